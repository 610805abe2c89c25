"""Promises of the report: what is broken, where it stands, and nothing that harms a terminal."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from crawler.cli import main
from crawler.report.names import Format
from crawler.report.places import QUERY
from crawler.report.printable import printable
from crawler.report.subject import subject_of
from crawler.store.findings import Findings, open_findings
from crawler.store.site import PageLink
from tests.night import SETTINGS, Night, written
from tests.site import Site


@dataclass(frozen=True, slots=True)
class Built:
    """A built site; each of its pages is a number of lines of links."""

    folder: Path

    def page(self, name: str, *lines: str) -> None:
        (self.folder / name).write_text("\n".join(lines), "utf-8")

    async def report(self) -> list[str]:
        """Crawl the site, and return the lines of the report but for the first and the last."""
        night = Night(self.folder.parent / "crawl.db")
        await night.crawl(str(self.folder))
        lines = (await night.report()).splitlines()
        return lines[1:-1]


@pytest.fixture
def built(tmp_path: Path) -> Built:
    (tmp_path / "site").mkdir()
    return Built(tmp_path / "site")


def links(*hrefs: str) -> list[str]:
    return [f'<a href="{href}">to {href}</a>' for href in hrefs]


def from_first_place(report: Sequence[str]) -> list[str]:
    """Return what stands below the number of broken links."""
    heading = next(line for line in report if "broken link" in line)
    return list(report[report.index(heading) :])


async def test_where_nothing_is_broken_the_report_says_so(built: Built) -> None:
    built.page("index.html", "<p>alone")

    report = await built.report()

    assert report == [
        "1 URL, 1 page followed, 0 links",
        "2 requests to 1 host",
        "",
        "0 broken links",
        "",
    ]


async def test_one_broken_link_is_one_link(built: Built) -> None:
    built.page("index.html", *links("gone.html"))

    assert from_first_place(await built.report()) == [
        "1 broken link:",
        "",
        "  404  http://site.localhost/gone.html",
        "      http://site.localhost/:1  a href “to gone.html”",
        "",
    ]


async def test_links_to_one_place_stand_together_the_most_linked_place_first(built: Built) -> None:
    built.page("index.html", *links("other.html", "few", "many", "other.html#part"))
    built.page("other.html", "<p>", *links("many"))

    assert from_first_place(await built.report()) == [
        "4 broken links:",
        "",
        "  404  http://site.localhost/many",
        "      http://site.localhost/:3  a href “to many”",
        "      http://site.localhost/other.html:2  a href “to many”",
        "",
        "  404  http://site.localhost/few",
        "      http://site.localhost/:2  a href “to few”",
        "",
        "  fragment  http://site.localhost/other.html#part",
        "      http://site.localhost/:4  a href “to other.html#part”",
        "",
    ]


async def test_a_dead_page_stands_once_whatever_place_on_it_is_linked(built: Built) -> None:
    built.page("index.html", *links("gone", "gone#a", "gone#b"))

    assert from_first_place(await built.report()) == [
        "3 broken links:",
        "",
        "  404  http://site.localhost/gone",
        "      http://site.localhost/:1  a href “to gone”",
        "      http://site.localhost/:2  a href #a “to gone#a”",
        "      http://site.localhost/:3  a href #b “to gone#b”",
        "",
    ]


async def test_of_a_link_that_stands_on_a_page_several_times_it_is_said_how_often(
    built: Built,
) -> None:
    built.page("index.html", *links("gone", "lost", "gone", "gone"))

    assert from_first_place(await built.report()) == [
        "2 broken links:",
        "",
        "  404  http://site.localhost/gone",
        "      http://site.localhost/:1  a href “to gone” (3 times)",
        "",
        "  404  http://site.localhost/lost",
        "      http://site.localhost/:2  a href “to lost”",
        "",
    ]


@pytest.mark.parametrize(
    ("sources", "said"), [(5, None), (6, "and 1 more link"), (8, "and 3 more links")]
)
async def test_of_many_links_to_one_place_five_are_shown(
    built: Built, sources: int, said: str | None
) -> None:
    built.page("index.html", *links(*(f"{n}.html" for n in range(sources))))
    for n in range(sources):
        built.page(f"{n}.html", *links("gone"))

    place = from_first_place(await built.report())[3:-1]

    assert [line.split(":1 ")[0].strip() for line in place[:5]] == [
        f"http://site.localhost/{n}.html" for n in range(5)
    ]
    assert [line.strip() for line in place[5:]] == ([said] if said else [])


@pytest.mark.parametrize(
    ("places", "said"),
    [
        (50, None),
        (51, "  and 1 more place: select * from broken"),
        (53, "  and 3 more places: select * from broken"),
    ],
)
async def test_of_many_places_fifty_are_shown(built: Built, places: int, said: str | None) -> None:
    built.page("index.html", *links(*(f"gone/{n:02}" for n in range(places))))

    report = from_first_place(await built.report())

    assert len([line for line in report if line.startswith("  404  ")]) == 50
    assert report[-2] == (said or "      http://site.localhost/:50  a href “to gone/49”")


async def test_only_of_the_places_that_are_shown_the_file_to_edit_is_looked_for(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    built.page("index.html", *links(*(f"{n}.html" for n in range(60))))
    for n in range(60):
        built.page(f"{n}.html", *links("gone/0" if n < 7 else f"gone/{n}"))
    asked = []

    async def links_of(findings: Findings, run_id: int, source: str) -> list[PageLink]:
        asked.append(source)
        return await found(findings, run_id, source)

    found = Findings.links_of
    monkeypatch.setattr(Findings, "links_of", links_of)
    await built.report()

    assert len(asked) == 5 + 49


async def test_what_is_neither_broken_nor_ok_is_counted(built: Built) -> None:
    built.page("robots.txt", "User-agent: *", "Disallow: /private")
    built.page("private.html", "<p>")
    built.page("index.html", *links("private.html"))

    assert "not broken, but not ok either: 1 skipped (robots)" in await built.report()


async def test_it_is_said_why_pages_are_skipped(site: Site, night: Night) -> None:
    site.links("/", site.external("/a"), site.external("/b"), "/c")

    await night.crawl(site.url(), replace(SETTINGS, external="skip", exclude=("/c",)))

    assert "either: 3 skipped (2 external, 1 excluded)\n" in await night.report()


async def test_an_address_that_nobody_made_is_not_counted(site: Site, night: Night) -> None:
    site.links("/", "/gone")
    site.page("/gone", "<title>Page not found</title>")

    totals = (await night.crawl(site.url())).totals

    assert night.column("SELECT count(*) FROM pages WHERE reason = 'probe'") == [1]
    assert (totals.pages, totals.skipped) == (2, {})
    assert "skipped" not in await night.report()


async def test_what_may_not_be_the_page_is_counted_unless_it_is_known_to_be_gone(
    site: Site, night: Night
) -> None:
    site.links("/", "/gone")
    site.page("/gone", "<title>Page not found</title>")
    site.declare_probe("<title>Page not found</title>", site.external().rstrip("/"))

    totals = (await night.crawl([site.url(), site.external()])).totals

    assert (totals.suspect, totals.broken_links) == (1, 1)
    assert "ok by their status, but perhaps not the page: 1 URL (see" in await night.report()


@pytest.mark.parametrize(("pages", "told"), [(5, True), (3, False)])
async def test_where_most_pages_keep_us_out_a_line_says_what_to_do(
    site: Site, night: Night, pages: int, *, told: bool
) -> None:
    site.links("/", *(f"/{number}" for number in range(pages)))
    for number in range(pages):
        site.page(f"/{number}", "for members", status=403)

    summary = await night.crawl(site.url())

    line = (
        "5 of 6 pages of the site kept us out (403), so little could be checked:"
        " --delay asks more slowly, --auth and --header say who asks"
    )
    assert (summary.doubts, summary.totals.broken_links) == ((), 0)
    assert summary.totals.refused == {"403": pages}
    forms: list[Format] = ["text", "markdown", "html"]
    for form in forms:
        assert (line in await night.report(form)) == told


async def test_the_nearest_anchor_is_named(built: Built) -> None:
    built.page("index.html", '<p id="install">', *links("#instal"))

    said = await built.report()

    assert "  fragment  http://site.localhost/#instal  perhaps #install" in said


async def test_pages_whose_links_a_script_makes_are_counted(built: Built) -> None:
    built.page("index.html", "<script>draw()</script>", '<div id="app"></div>')

    said = await built.report()

    assert "drawn by a script, whose links were not read: 1 page" in said


async def test_the_text_of_a_link_cannot_harm_the_terminal(built: Built) -> None:
    built.page("index.html", '<a href="gone">\x1b[31mred \u202eder\u202c \x07</a>')

    report = "\n".join(await built.report())

    assert printable(report.replace("\n", "")) == report.replace("\n", "")
    assert "“\ufffd[31mred \ufffdder\ufffd \ufffd”" in report


async def test_the_slowest_requests_and_the_way_to_the_rest_stand_at_the_end(
    tmp_path: Path,
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text("<p>")
    night = Night(tmp_path / "crawl.db")
    await night.crawl(str(tmp_path / "site"))
    with closing(sqlite3.connect(night.db)) as connection, connection:
        connection.execute("UPDATE fetch SET total_ms = 1234 WHERE status = 200")
        connection.execute("UPDATE fetch SET total_ms = 999 WHERE status = 404")

    lines = (await night.report()).splitlines()

    assert lines[-5:] == [
        "",
        "Slowest requests:",
        "     1,234 ms  http://site.localhost/  200",
        "",
        "Everything is in crawl.db, for instance: sqlite3 crawl.db 'select * from broken'",
    ]


@pytest.mark.parametrize(
    ("name", "shown", "asked"),
    [
        ("-x.db", "-x.db", "./-x.db"),
        ("a b.db", "a b.db", "'a b.db'"),
        ("a\x1b\n.db", "a\ufffd\ufffd.db", "'a\ufffd\ufffd.db'"),
    ],
)
def test_the_way_to_the_rest_is_open_whatever_the_database_is_called(
    here: Path, capsys: pytest.CaptureFixture[str], name: str, shown: str, asked: str
) -> None:
    main(["good", f"--db={name}"])

    last = capsys.readouterr().out.splitlines()[-1]
    assert (here / name).is_file()
    assert last == f"Everything is in {shown}, for instance: sqlite3 {asked} '{QUERY}'"


async def test_of_an_older_run_the_report_asks_the_database_for_what_was_broken_then(
    site: Site, night: Night
) -> None:
    site.links("/", *(f"/{number}" for number in range(51)))
    await night.crawl(site.url())
    site.links("/", "/0")
    await night.crawl(site.url())

    async with open_findings(night.db) as findings:
        before = await subject_of(findings, 1, "crawl.db")
        text, html = [await written(before, form) for form in ("text", "html")]
        now = await written(await subject_of(findings, 2, "crawl.db"), "text")

    asked = "select * from broken_links where run_id = 1"
    assert len(night.rows(asked)) == 51
    assert f"  and 1 more place: {asked}\n" in text
    assert text.endswith(f"for instance: sqlite3 crawl.db '{asked}'\n")
    assert f"sqlite3 crawl.db &#39;{asked}&#39;" in html
    assert "select * from broken<" not in html
    assert now.endswith(f"for instance: sqlite3 crawl.db '{QUERY}'\n")


async def test_the_report_says_how_many_links_are_new_where_not_all_are(built: Built) -> None:
    built.page("index.html", *links("gone.html"))
    first = await built.report()
    built.page("index.html", *links("gone.html", "lost.html"))

    second = await built.report()

    assert "1 broken link:" in first
    assert "2 broken links, 1 of them new:" in second
