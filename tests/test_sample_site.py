"""Promises about the sample site: a crawl finds what seeds/README.md says was planted."""

import asyncio
from pathlib import Path
from urllib.parse import unquote

import pytest

from crawler.engine.run import crawl
from crawler.engine.seeds import read_seeds
from crawler.settings import Settings
from crawler.store.findings import open_findings
from crawler.urls import url_id
from tests.night import Night

SEEDS = Path(__file__).parent.parent / "seeds"
README = (SEEDS / "README.md").read_text("utf-8")


def table(heading: str) -> list[dict[str, str]]:
    """Return the rows of the table under `heading`, by the names of its columns."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    header, _, *rows = [line for line in section.splitlines() if line.startswith("|")]
    names = cells(header)
    return [dict(zip(names, cells(row), strict=True)) for row in rows]


def cells(row: str) -> list[str]:
    """Return the cells of a row, those in backquotes as they stand there."""
    return [
        written[1:-1] if written.startswith("`") and written.endswith("`") else written.strip()
        for written in (cell.strip() for cell in row.strip().strip("|").split("|"))
    ]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Night:
    night = Night(tmp_path_factory.mktemp("crawled") / "crawl.db")
    asyncio.run(crawl(read_seeds(SEEDS / "site.txt"), Settings(db=str(night.db), depth=2)))
    return night


def test_the_planted_rot_is_found_and_no_other(crawled: Night) -> None:
    found = crawled.rows("SELECT source, target, fragment, kind, reason, line, href FROM broken")

    assert {(*row[:6], row[6].strip()) for row in found} == {
        (
            planted["page"],
            planted["target URL"],
            planted["fragment"],
            planted["kind"],
            planted["reason"],
            int(planted["line"]),
            planted["link as written"],
        )
        for planted in table("Planted rot")
    }
    assert len(found) == 29
    assert set(crawled.column("SELECT DISTINCT verdict FROM links WHERE verdict <> 'ok'")) == {
        "broken",
        "skipped",
    }


def test_what_is_planted_and_fine_is_asked_for_or_ignored(crawled: Night) -> None:
    planted = table("Planted and fine")
    links = {
        (source, target, decoded(fragment), kind)
        for source, target, fragment, kind in crawled.rows(
            "SELECT source, target, fragment, kind FROM links WHERE verdict = 'ok'"
        )
    }

    assert {
        (row["page"], row["target URL"], row["fragment"], row["kind"])
        for row in planted
        if row["verdict"] == "ok"
    } <= links
    ignored = {row["link as written"] for row in planted if row["verdict"] == "ignored"}
    assert len(ignored) > 5
    assert not ignored & set(crawled.column("SELECT href FROM link"))


def decoded(fragment: str) -> str:
    return unquote(fragment)


def test_every_redirect_is_a_hop(crawled: Night) -> None:
    found = crawled.rows(
        "SELECT source.url, target.url, page.status FROM page"
        " JOIN url AS source ON source.id = page.url_id"
        " JOIN url AS target ON target.id = page.redirect_to"
    )

    assert set(found) == {
        (row["from"], row["to"], int(row["status"])) for row in table("Redirects")
    }


def test_what_is_not_followed_says_why(crawled: Night) -> None:
    rows = table("Not followed")

    assert {crawled.outcome(row["target URL"]).verdict for row in rows} == {"skipped", "ok"}
    for row in rows:
        assert crawled.outcome(row["target URL"]).verdict == row["verdict"]
        assert crawled.rows("SELECT * FROM pages WHERE url = ?", row["its target URL"]) == []
    assert crawled.outcome("http://site.localhost/drafts/roadmap.html").reason == "robots"


async def test_one_level_deeper_one_more_dead_link_is_found(night: Night) -> None:
    deeper = table("Not followed")[1]

    await crawl(read_seeds(SEEDS / "site.txt"), Settings(db=str(night.db), depth=3))

    broken = set(night.column("SELECT target FROM broken"))
    assert broken - {row["target URL"] for row in table("Planted rot")} == {
        deeper["its target URL"]
    }
    assert night.rows("SELECT count(*) FROM broken") == [(30,)]


async def test_a_url_is_explained_by_the_verdicts_that_its_links_have(crawled: Night) -> None:
    links = crawled.rows("SELECT target, source, line, kind, fragment, verdict, reason FROM links")
    explained = []

    async with open_findings(crawled.db) as findings:
        for url in {target for target, *_ in links}:
            found = await findings.explain(url_id(url), None)
            assert found is not None
            explained += [
                (url, each.source, each.line, each.kind, each.fragment, each.verdict, each.reason)
                for each in found.links
            ]

    assert set(explained) == set(links)
    assert len(explained) == len(links)


def test_the_orphan_is_found_by_the_sitemap_alone(crawled: Night) -> None:
    orphans = set(crawled.column("SELECT url FROM orphans"))

    assert orphans == {"http://site.localhost/guide/restore-drills.html"}
