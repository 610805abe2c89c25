"""One promise above all: what a crawl finds, and says of it, is the same in either database."""

from collections.abc import AsyncGenerator, Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import get_args

import pytest

from crawler.location import Location
from crawler.report.changes import changes_report
from crawler.report.explain import explain_text
from crawler.report.formats import FORMATS
from crawler.report.names import Format
from crawler.report.redirects import redirects_table
from crawler.report.runs import runs_report
from crawler.report.subject import subject_of
from crawler.store.findings import Findings, open_findings
from crawler.urls import url_id
from tests.night import Night
from tests.server import PostgresServer
from tests.site import Site
from tests.stored import change
from tests.test_ten_nights import Story, said

pytestmark = pytest.mark.slow

SAMPLE = Path(__file__).parents[1] / "seeds" / "site"
FORMS: tuple[Format, ...] = get_args(Format)
# No two crawls take the same time; these say that they did, and let no two attempts take the same.
SAME_TIMES = """
UPDATE fetch
SET
    started_at = '2027-01-01 00:00:00.000', wait_ms = NULL, dns_ms = NULL, connect_ms = NULL,
    ttfb_ms = 1, total_ms = 2 + abs(url_id % 1000003) + attempt
"""


@pytest.fixture
def nights(tmp_path: Path, server: PostgresServer) -> list[Night]:
    """Return a night on each engine."""
    return [Night(tmp_path / "crawl.db"), Night(tmp_path / "none.db", server.schema())]


async def lines_of(report: AsyncGenerator[str]) -> str:
    return "\n".join([line async for line in report])


async def everything_said(
    location: Location, *urls: str, forms: Sequence[Format] = FORMS
) -> dict[str, str]:
    """Return all that the commands say of the newest run."""
    change(location, SAME_TIMES)
    async with open_findings(location) as findings:
        subject = await subject_of(findings, None, "the database")
        told: dict[str, str] = {form: await lines_of(FORMATS[form](subject)) for form in forms}
        told["diff"] = await lines_of(changes_report(findings, await findings.span(None, None)))
        told["redirects"] = "\n".join(redirects_table(await findings.rewrites(None)))
        told["runs"] = "\n".join(runs_report(await findings.runs()))
        for url in urls:
            told[url] = await explained(findings, url)
    return told


async def explained(findings: Findings, url: str) -> str:
    known = await findings.explain(url_id(url), None)
    return "" if known is None else "\n".join(explain_text(known, ""))


async def test_the_sample_site_is_the_same_in_both(nights: list[Night]) -> None:
    told = []
    for night in nights:
        for day in range(3):
            await night.crawl(str(SAMPLE), day=day)
        told.append(await everything_said(night.location))

    assert told[0] == told[1]
    assert all(told[0].values())


@pytest.mark.timeout(60)
async def test_ten_nights_are_the_same_in_both(site: Site, nights: list[Night]) -> None:
    story = Story(site)
    happenings: list[Callable[[Story], None] | None] = [None, *(each[0] for each in said(site))]

    for day, happens in enumerate(happenings):
        if happens is not None:
            happens(story)
        for night in nights:
            await night.crawl(site.url(), day=day)
        told = [await everything_said(night.location, forms=["json"]) for night in nights]

        assert told[0] == told[1], f"night {day + 1}"

    urls = site.url("/doc"), site.url("/b")
    told = [await everything_said(night.location, *urls) for night in nights]
    assert told[0] == told[1]
    assert all(told[0].values())


async def test_names_longer_than_a_key_of_a_database_are_found_in_either(
    site: Site, nights: list[Night]
) -> None:
    name = "".join(sha256(b"%d" % n).hexdigest() for n in range(200))  # which nobody can compress
    wide = "\N{HIRAGANA LETTER A}" * 900 + name
    ids = f"<p id='{name}'><p id='{name}'><p id='{wide}'>"
    site.page("/", f"{ids}<a href='#{name}'>a</a><a href='#y{name}'>b</a>")

    for night in nights:
        for day in (1, 2):
            assert (await night.crawl(site.url(), day=day)).state == "finished"

        assert [fragment[:5] for _, _, fragment, _ in night.broken()] == ["y" + name[:4]]
        assert night.column("SELECT count(*) FROM note WHERE kind = 'duplicate-id'") == [2]


async def test_what_a_folder_has_for_any_address_is_dead_in_both(
    site: Site, nights: list[Night]
) -> None:
    said = ("<title>Not found</title>", "<title>Docs</title>")
    names = ["/lost/a", "/lost/b", "/same/a", "/same/b", "/same/c", "/else/a"]
    site.links("/", *names, site.external("/lost/a#x"), site.external("/lost/c"))
    for name in (*names, "/lost/c"):
        site.page(name, said[name.startswith("/same")])
    for host in (site.url(""), site.external("")):
        site.declare_probe(said[0], host, "/lost/")
        site.declare_probe(said[1], host, "/same/")

    told = []
    for night in nights:
        await night.crawl(site.url())
        told.append(night.broken())

    assert told[0] == told[1]
    gone = {*map(site.url, names[:-1]), site.external("/lost/a"), site.external("/lost/c")}
    assert {target for _, target, _, _ in told[0]} == gone


async def test_a_fragment_behind_a_login_is_blocked_in_both(
    site: Site, nights: list[Night]
) -> None:
    site.links("/", "/admin#users")
    site.redirect("/admin", "/sign_in")
    site.page("/sign_in", "<form><input type=password></form>")

    for night in nights:
        for day in range(2):
            await night.crawl(site.url(), day=day)

        assert night.rows("SELECT run_id, verdict, reason FROM links WHERE fragment <> ''") == [
            (1, "blocked", "challenge"),
            (2, "blocked", "challenge"),
        ]
