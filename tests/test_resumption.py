"""Promises about a run that was left unfinished: how it goes on."""

from dataclasses import replace
from pathlib import Path

import pytest

from crawler.engine.stop import Stop
from crawler.errors import UsageError
from tests.night import SETTINGS, Night
from tests.site import Site
from tests.stopping import PAGES, many, states, stop_in_the_middle


async def verdicts(night: Night) -> list[tuple[object, ...]]:
    return sorted(
        night.rows(
            "SELECT source, target, fragment, verdict, reason, kind, line FROM links"
            " WHERE run_id = (SELECT max(id) FROM run)"
        )
    )


@pytest.mark.parametrize("budget", [1, 2, 7, 20])
async def test_an_unfinished_run_can_be_continued(
    site: Site, night: Night, tmp_path: Path, budget: int
) -> None:
    many(site)
    undisturbed = Night(tmp_path / "undisturbed.db")
    await undisturbed.crawl(site.url())
    asked = site.counts

    site.hits.clear()
    await night.crawl(site.url(), replace(SETTINGS, max_pages=budget))
    summary = await night.crawl(site.url(), replace(SETTINGS, resume=True))

    assert summary.state == "finished"
    assert states(night) == [("finished", None)]
    assert await verdicts(night) == await verdicts(undisturbed)
    assert {path: site.counts[path] for path in asked} == asked


async def test_a_run_that_is_continued_keeps_to_the_robots_txt_that_it_read(
    site: Site, night: Night
) -> None:
    site.robots("User-agent: *\nDisallow: /private")
    site.links("/", "/a", "/private")
    site.links("/a")
    await night.crawl(site.url(), replace(SETTINGS, max_pages=1))

    await night.crawl(site.url(), replace(SETTINGS, resume=True))

    assert len(site.of("/robots.txt")) == 1
    assert site.counts == {"/": 1, "/a": 1}
    assert night.outcome(site.url("/private")) == ("skipped", "robots")


@pytest.mark.slow
async def test_a_robots_txt_that_could_not_be_read_is_asked_for_again(
    site: Site, night: Night
) -> None:
    site.links("/", "/a")
    site.links("/a")
    site.robots("", status=503)
    await night.crawl(site.url(), replace(SETTINGS, retries=0, max_pages=1))
    before = len(site.of("/robots.txt"))

    await night.crawl(site.url(), replace(SETTINGS, resume=True))

    assert len(site.of("/robots.txt")) > before


async def test_a_seed_that_moved_is_still_followed_when_a_run_is_continued(
    site: Site, night: Night
) -> None:
    site.redirect("/", site.external("/a"))
    site.chain("/a", "/b", "/c", "/gone")

    await night.crawl(site.url(), replace(SETTINGS, max_pages=2, depth=5))
    await night.crawl(site.url(), replace(SETTINGS, resume=True, depth=5))

    assert night.broken() == {(site.external("/c"), site.external("/gone"), "", "404")}


async def test_an_interrupted_run_can_be_continued(site: Site, night: Night) -> None:
    await stop_in_the_middle(site, night, Stop(), times=2)
    many(site)

    summary = await night.crawl(site.url(), replace(SETTINGS, resume=True))

    assert summary.state == "finished"
    assert len(night.broken()) == PAGES


async def test_an_unfinished_run_is_abandoned_by_the_next(site: Site, night: Night) -> None:
    many(site)

    await night.crawl(site.url(), replace(SETTINGS, max_pages=3))
    await night.crawl(site.url())

    assert [state for state, _ in states(night)] == ["abandoned", "finished"]


async def test_a_run_that_checks_other_things_is_not_continued(site: Site, night: Night) -> None:
    many(site)
    await night.crawl(site.url(), replace(SETTINGS, max_pages=3))

    with pytest.raises(UsageError, match="run 1 cannot be continued: it had depth 2, not 3"):
        await night.crawl(site.url(), replace(SETTINGS, resume=True, depth=3))


async def test_a_run_with_other_seeds_is_left_alone(site: Site, night: Night) -> None:
    many(site)
    await night.crawl(site.url(), replace(SETTINGS, max_pages=3))

    await night.crawl(site.external())
    await night.crawl(site.url(), replace(SETTINGS, resume=True))

    assert states(night) == [("finished", None), ("finished", None)]


async def test_where_no_run_is_unfinished_a_new_one_begins_and_says_so(
    site: Site, night: Night, caplog: pytest.LogCaptureFixture
) -> None:
    many(site)
    caplog.set_level("INFO", "crawler")

    await night.crawl(site.url(), replace(SETTINGS, resume=True))
    await night.crawl(site.url(), replace(SETTINGS, resume=True))

    assert states(night) == [("finished", None), ("finished", None)]
    said = "there is no unfinished run with these seeds: run 2 begins"
    assert said in [record.message for record in caplog.records]
