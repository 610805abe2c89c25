"""Promises about nights: the report is what changed, and a normal night has little to say."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crawler.cli import main
from crawler.errors import UsageError
from crawler.location import Location, Server
from crawler.report.changes import changes_report
from crawler.report.runs import runs_report
from crawler.store import statements as sql
from crawler.store.changes import ListedRun
from crawler.store.findings import open_findings
from tests.night import SETTINGS, Night
from tests.site import Site
from tests.stored import HOST


@pytest.fixture
def night(location: Location, tmp_path: Path) -> Night:
    return Night(tmp_path / "crawl.db", location)


async def diff(night: Night, run_id: int | None = None, before_id: int | None = None) -> list[str]:
    """Return the lines on what changed, without the headline."""
    async with open_findings(night.location) as findings:
        span = await findings.span(run_id, before_id)
        lines = [line async for line in changes_report(findings, span)]
    return lines[1:]


@pytest.mark.slow
async def test_the_report_of_an_unchanged_night_has_fewer_than_15_lines(
    site: Site, night: Night
) -> None:
    site.links("/", *(f"/gone/{number}" for number in range(40)))
    await night.crawl(site.url())
    assert len((await night.report()).splitlines()) > 80

    await night.crawl(site.url())

    lines = (await night.report()).splitlines()
    assert len(lines) < 15
    assert lines[4] == "40 broken links, none of them new"
    assert lines[5].startswith("  40 places stay broken (40 links; the oldest since 20")
    assert (await diff(night))[0] == "Nothing changed."


@pytest.mark.slow
async def test_a_diff_is_of_any_two_runs_with_the_same_seeds(site: Site, night: Night) -> None:
    site.links("/", "/gone")
    await night.crawl(site.url())
    await night.crawl(site.external())
    site.page("/gone", "here")
    await night.crawl(site.url())
    site.links("/", "/gone", "/other")
    await night.crawl(site.url())

    assert await diff(night, 4, 1) == [
        "",
        "Newly broken:",
        "",
        f"  404  {site.url('/other')}",
        f"      {site.url()}:2  a href “/other”",
        "",
        "Fixed:",
        f"  mended  {site.url('/gone')} (was 404)  {site.url()}:1",
        "",
        "New pages:",
        f"  {site.url('/gone')}",
    ]
    assert await diff(night, 4) == await diff(night)
    for before in (2, 4):
        with pytest.raises(UsageError, match=f"run {before} is no run with the same seeds before"):
            await diff(night, 4, before)
    for runs in ((9, None), (4, 9)):
        with pytest.raises(UsageError, match="there is no run 9"):
            await diff(night, *runs)


async def test_an_address_that_nobody_made_is_no_url_of_a_run(site: Site, night: Night) -> None:
    site.links("/", "/odd")
    site.page("/odd", "<title>Page not found</title>")
    totals = (await night.crawl(site.url())).totals
    assert night.column("SELECT count(*) FROM pages WHERE reason = 'probe'") == [1]

    async with open_findings(night.location) as findings:
        (run,), figures = await findings.runs(), findings.figures
        (host,), (own,) = await figures.hosts(1), await figures.nights(1)
        depths = await figures.depths(1)

    assert (totals.pages, run.urls, host.pages, own.pages) == (2, 2, 2, 2)
    assert sum(depth.followed + depth.checked for depth in depths) == 2


@pytest.mark.slow
async def test_what_was_broken_in_both_runs_of_a_diff_is_not_new(site: Site, night: Night) -> None:
    site.links("/", "/flap")
    for day, status in enumerate((404, 404, 200, 404)):
        site.page("/flap", status=status)
        await night.crawl(site.url(), day=day)

    assert await diff(night, 4, 2) == [
        "",
        "Flaky:",
        f"  {site.url('/flap')}",
        "",
        "1 place stays broken (1 link; the oldest since 2027-01-04)",
    ]
    assert (await diff(night, 4, 3))[1] == "Newly broken:"


@pytest.mark.slow
async def test_pages_that_one_of_two_runs_was_not_to_look_at_neither_came_nor_went(
    site: Site, night: Night
) -> None:
    site.links("/", "/page")
    site.links("/page", "/deep")
    site.page("/deep", "")
    others = [
        replace(SETTINGS, depth=0),
        replace(SETTINGS, include=("/page",)),
        replace(SETTINGS, exclude=("/deep",)),
        replace(SETTINGS, external="skip"),
        replace(SETTINGS, robots="ignore"),
    ]
    for settings in (SETTINGS, *others, replace(SETTINGS, concurrency=1)):
        await night.crawl(site.url(), settings)

    differing = "They did not check the same: pages that came or went are not told."
    for run_id in range(2, 2 + len(others)):
        assert await diff(night, run_id, 1) == [differing, "Nothing changed."]
    assert await diff(night, 2 + len(others), 1) == ["Nothing changed."]


@pytest.mark.slow
async def test_who_reads_while_a_crawl_writes_neither_waits_nor_disturbs(
    site: Site, night: Night
) -> None:
    site.links("/", "/gone", *(f"/{number}" for number in range(20)))
    await night.crawl(site.url())
    site.hits.clear()
    under_way = asyncio.create_task(night.crawl(site.url()))
    await site.asked("/")
    site.gate.clear()
    await site.busy(1)

    assert await diff(night) == await diff(night, 1)
    assert "Run 2 running" in ((await night.report()).splitlines())[0]
    assert night.rows("SELECT * FROM runs") != []
    if not isinstance(night.location, Server):
        with pytest.raises(UsageError, match="another crawl"):
            await night.crawl(site.url())

    site.gate.set()
    assert (await under_way).state == "finished"
    assert (await diff(night))[0] == "Nothing changed."


def test_runs_and_diff_are_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text("<a href=gone>")
    crawl = ["site", "--progress", "none", "--fail-on", "new"]

    assert [main(crawl), main([*crawl, "--max-pages", "1"]), main(crawl)] == [1, 3, 0]
    capsys.readouterr()

    assert main(["runs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["3", "2", "max-pages", "1"]
    assert lines[0].endswith("state           URLs  broken places  seeds")
    assert lines[1].endswith("finished           2              1  http://site.localhost/")
    assert main(["diff", "--from", "1", "--to", "3"]) == 0
    assert capsys.readouterr().out.splitlines()[1:2] == ["Nothing changed."]
    assert main(["diff", "--from", "3"]) == 2


def test_of_many_seeds_the_list_of_runs_names_the_first() -> None:
    def line(number: int) -> str:
        seeds = tuple(f"{HOST}/{name}" for name in range(number))
        run = ListedRun(1, "2027-01-01 02:00:00", 100.0, "finished", 9, 0, None, seeds)
        return list(runs_report([run]))[1]

    assert line(3).endswith(f"  {HOST}/0, {HOST}/1, {HOST}/2")
    assert line(500).endswith(f"  {HOST}/0, {HOST}/1, {HOST}/2 and 497 more seeds")


async def test_a_small_night_makes_the_next_one_no_slower(site: Site, tmp_path: Path) -> None:
    night = Night(tmp_path / "crawl.db")
    site.links("/", "/gone")
    await night.crawl(site.url())  # the planner remembers how few pages these were

    steps = night.rows(f"EXPLAIN QUERY PLAN {sql.ABSENT_TEXTS.replace(':run', '2')}")
    assert [said for *_, said in steps if said.startswith("SCAN")] == ["SCAN note"]


@pytest.mark.slow
async def test_a_night_on_which_the_site_is_behind_a_login_mends_and_loses_nothing(
    site: Site, night: Night
) -> None:
    pages = [f"/{number}" for number in range(4)]
    site.links("/", *pages, "/gone")
    site.page("/login", "<form>")
    for path in pages:
        site.page(path, f"<p>{path}")
    await night.crawl(site.url())
    for path in ("/", *pages, "/gone"):
        site.redirect(path, "/login")

    barred = await night.crawl(site.url())
    told = await diff(night)
    lasting = await night.crawl(site.url())

    led = f"the seed {site.url()} leads to {site.url('/login')} now"
    assert barred.doubts == (f"{led} (pages read: 1, on the night before 5)",)
    assert told[0] == "Nothing changed."
    assert lasting.doubts == (), "what stays so is how the site is"


@pytest.mark.slow
async def test_a_night_on_which_most_of_the_site_is_missing_mends_and_loses_nothing(
    site: Site, night: Night
) -> None:
    site.links("/", *(f"/{number}" for number in range(3)))
    for number in range(3):
        site.links(f"/{number}", "/gone")
    await night.crawl(site.url())
    site.page("/", "We are back soon.")

    closed = await night.crawl(site.url())
    told = await diff(night)
    lasting = await night.crawl(site.url())

    missing = "most of the site is missing (pages read: 1, on the night before 4)"
    assert closed.doubts == (missing,)
    assert told[0] == "Nothing changed."
    assert lasting.doubts == (), "what stays so is how the site is"


@pytest.mark.slow
@pytest.mark.parametrize("change", [{"depth": 0}, {"exclude": (r"/\d$",)}])
async def test_who_asks_for_less_misses_nothing(
    site: Site, night: Night, change: dict[str, Any]
) -> None:
    site.links("/", *(f"/{number}" for number in range(6)))
    for number in range(6):
        site.page(f"/{number}")
    await night.crawl(site.url(), SETTINGS)

    assert (await night.crawl(site.url(), replace(SETTINGS, **change))).doubts == ()


@pytest.mark.slow
async def test_a_site_that_moves_as_a_whole_is_not_doubted(site: Site, night: Night) -> None:
    names = range(4)
    for path in ("/", "/new/"):
        site.links(path, *(f"{path}{name}" for name in names))
        for name in names:
            site.page(f"{path}{name}", f"<p>{name}")
    await night.crawl(site.url())
    site.redirect("/", "/new/")

    assert (await night.crawl(site.url())).doubts == ()
