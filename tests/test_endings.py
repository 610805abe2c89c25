"""Promises about how a run ends: early, by force, with a store that fails."""

import asyncio
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from crawler.engine.progress import Progress
from crawler.engine.stop import Stop
from crawler.errors import StoreError
from tests.night import SETTINGS, Night
from tests.site import Site
from tests.stopping import (
    PAGES,
    every_request_has_its_row,
    many,
    open_reasons,
    states,
    stop_in_the_middle,
)


async def test_a_run_that_finds_no_more_is_finished(site: Site, night: Night) -> None:
    many(site)
    progress = Progress()

    summary = await night.crawl(site.url(), progress=progress)

    assert (summary.state, summary.reason) == ("finished", None)
    assert states(night) == [("finished", None)]
    assert open_reasons(night) == set()
    assert every_request_has_its_row(site, night)
    assert summary.totals.fetches == len(site.hits)
    assert summary.totals.pages == progress.done == 1 + 2 * PAGES
    assert (progress.open, progress.in_flight, progress.broken) == (0, 0, PAGES)


@pytest.mark.slow
async def test_at_the_deadline_a_run_ends_and_says_so(site: Site, night: Night) -> None:
    many(site)
    site.gate.clear()
    settings = replace(SETTINGS, deadline=timedelta(seconds=0.3), grace=0.1, robots="ignore")

    summary = await asyncio.wait_for(night.crawl(site.url(), settings), 5)
    site.gate.set()

    assert (summary.state, summary.reason) == ("incomplete", "deadline")
    assert states(night) == [("incomplete", "deadline")]
    assert open_reasons(night) == {("skipped", "deadline")}
    assert night.attempts(site.url()) == [("GET", None, "cancelled")]
    assert 0.3 <= summary.seconds < 2
    assert summary.doubts == ()  # it is not the seed's fault


@pytest.mark.slow
async def test_who_has_ended_waits_for_no_host(site: Site, night: Night) -> None:
    site.links("/", "/a", "/b")
    settings = replace(SETTINGS, delay=60, deadline=timedelta(seconds=0.3), robots="ignore")
    progress = Progress()

    await night.crawl(site.url(), settings, progress=progress)

    assert list(progress.waits()) == []


async def test_a_budget_is_spent_to_the_last_page_and_no_further(site: Site, night: Night) -> None:
    many(site)

    summary = await night.crawl(site.url(), replace(SETTINGS, max_pages=5, concurrency=2))

    assert (summary.state, summary.reason) == ("incomplete", "max-pages")
    assert site.counts.total() == 5
    assert every_request_has_its_row(site, night)
    assert night.rows("SELECT state, count(*) FROM page GROUP BY state ORDER BY 1") == [
        ("done", 5),
        ("ready", PAGES + 1 + 4 - 5),
    ]
    assert open_reasons(night) == {("skipped", "max-pages")}


async def test_what_the_budget_was_spent_on_is_asked_for_as_often_as_it_must_be(
    site: Site, night: Night
) -> None:
    async def stumble(request: web.Request) -> web.Response:
        return web.Response(status=200 if len(site.of(request.path)) > 2 else 500)

    site.links("/", *(site.external(f"/{n}") for n in range(9)))
    for n in range(9):
        site.handler(f"/{n}", stumble)
    settings = replace(SETTINGS, max_pages=5, per_host=2, backoff=0.1)

    summary = await night.crawl(site.url(), settings)

    assert (summary.state, summary.reason) == ("incomplete", "max-pages")
    assert len(site.counts) == 5
    assert night.rows("SELECT verdict, count(*) FROM page GROUP BY verdict ORDER BY 1") == [
        ("ok", 5),
        ("skipped", 5),
    ]


async def test_a_budget_that_is_just_enough_is_no_end(site: Site, night: Night) -> None:
    many(site)

    summary = await night.crawl(site.url(), replace(SETTINGS, max_pages=1 + 2 * PAGES))

    assert (summary.state, summary.reason) == ("finished", None)


async def test_what_robots_bars_or_a_second_look_asks_for_is_not_charged(
    site: Site, night: Night
) -> None:
    site.robots("User-agent: *\nDisallow: /private")
    site.links("/", *(f"/private/{n}" for n in range(5)), "/a", site.external("/leaf"))
    site.links("/a", site.external("/leaf#here"))
    site.page("/leaf", '<p id="here">')

    summary = await night.crawl(site.url(), replace(SETTINGS, max_pages=3))

    assert (summary.state, summary.reason) == ("finished", None)
    assert site.methods("/leaf") == ["HEAD", "GET"]


async def test_asked_once_to_stop_a_run_finishes_what_is_in_flight(
    site: Site, night: Night
) -> None:
    summary = await stop_in_the_middle(site, night, Stop())

    assert (summary.state, summary.reason) == ("interrupted", "SIGINT")
    assert states(night) == [("interrupted", "SIGINT")]
    assert site.counts.total() == 1 + 4
    assert every_request_has_its_row(site, night)
    assert night.rows("SELECT count(*) FROM fetch WHERE error IS NOT NULL") == [(0,)]
    assert night.rows("SELECT count(*) FROM page WHERE state = 'done'") == [(1 + 4,)]
    assert open_reasons(night) == {("skipped", "SIGINT")}


async def test_what_does_not_finish_in_its_grace_is_cancelled(site: Site, night: Night) -> None:
    summary = await stop_in_the_middle(site, night, Stop(), grace=0)

    assert summary.state == "interrupted"
    assert every_request_has_its_row(site, night)
    assert night.rows("SELECT count(*) FROM fetch WHERE error = 'cancelled'") == [(4,)]


async def test_asked_twice_a_run_ends_at_once(site: Site, night: Night) -> None:
    summary = await stop_in_the_middle(site, night, Stop(), times=2, grace=60)

    assert (summary.state, summary.reason) == ("interrupted", "SIGINT")
    assert summary.seconds < 3
    assert every_request_has_its_row(site, night)
    assert night.rows("SELECT count(*) FROM fetch WHERE error = 'cancelled'") == [(4,)]
    assert night.rows("SELECT count(*) FROM page WHERE state = 'done'") == [(1,)]


async def test_a_run_whose_task_is_cancelled_is_interrupted(site: Site, night: Night) -> None:
    many(site)
    site.gate.clear()
    settings = replace(SETTINGS, robots="ignore", concurrency=4)
    running = asyncio.create_task(night.crawl(site.url(), settings))
    await asyncio.wait_for(site.busy(1), 30)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    site.gate.set()

    assert states(night) == [("interrupted", "cancelled")]
    assert every_request_has_its_row(site, night)
    assert open_reasons(night) == {("skipped", "cancelled")}


@pytest.mark.slow
async def test_a_page_that_is_being_read_when_a_run_is_cancelled_has_its_row(
    site: Site, night: Night, caplog: pytest.LogCaptureFixture
) -> None:
    site.page("/", "".join(f'<p><a href="/{n}">' for n in range(20_000)))
    caplog.set_level("DEBUG", "crawler.engine.worker")
    stop = Stop()

    running = asyncio.create_task(night.crawl(site.url(), stop=stop))
    while f"{site.url()}: 200" not in caplog.text:  # noqa: ASYNC110 - a log wakes nobody
        await asyncio.sleep(0)
    stop.ask("SIGTERM")
    stop.ask("SIGTERM")
    summary = await running

    assert summary.state == "interrupted"
    assert every_request_has_its_row(site, night)
    assert night.rows("SELECT state, status, verdict FROM page") == [("waiting", None, "skipped")]


async def test_a_run_that_is_stopped_before_it_begins_asks_for_nothing_new(
    site: Site, night: Night
) -> None:
    many(site)
    stop = Stop()
    stop.ask("SIGINT")

    summary = await night.crawl(site.url(), stop=stop)

    assert (summary.state, summary.reason) == ("interrupted", "SIGINT")
    assert every_request_has_its_row(site, night)
    assert open_reasons(night) == {("skipped", "SIGINT")}


async def test_a_redirect_whose_end_was_not_asked_for_says_so(site: Site, night: Night) -> None:
    site.redirect("/", "/next")
    site.links("/next")

    await night.crawl(site.url(), replace(SETTINGS, max_pages=1))

    assert night.outcome(site.url()) == ("skipped", "max-pages")
    assert night.outcome(site.url("/next")) == ("skipped", "max-pages")


# A store that fails


def refuse_writes(db: Path, after: int) -> None:
    """Have the database fail, as a full disk does, when it is to store so many attempts."""
    with closing(sqlite3.connect(db)) as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON fetch"  # noqa: S608 - a number
            f" WHEN (SELECT count(*) FROM fetch) >= {after}"
            " BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )


@pytest.mark.parametrize("after", [1, 5, 14])
async def test_a_store_that_fails_ends_the_run(site: Site, night: Night, after: int) -> None:
    site.page("/")
    await night.crawl(site.url(), replace(SETTINGS, robots="ignore"))
    refuse_writes(night.db, after)
    many(site)

    with pytest.raises(StoreError, match="full"):
        await asyncio.wait_for(night.crawl(site.url(), replace(SETTINGS, robots="ignore")), 5)

    assert states(night) == [("finished", None), ("failed", "StoreError")]
    assert night.rows("PRAGMA integrity_check") == [("ok",)]


CHILD = """
import asyncio, resource, sys
from datetime import timedelta
from crawler.engine.run import crawl
from crawler.engine.stop import Stop
from crawler.errors import StoreError
from crawler.settings import Settings

async def main(how, seed, db):
    asyncio.get_running_loop().slow_callback_duration = 60  # how fast it is, other tests ask
    stop = Stop()
    settings = Settings(db=db, retries=0, delay=0, backoff=0, concurrency=4, grace=0.2)
    running = asyncio.ensure_future(crawl([seed], settings, stop=stop))
    if how == "disk-full":
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    else:
        await asyncio.to_thread(sys.stdin.readline)
        for _ in range(int(how)):
            stop.ask("SIGINT")
    try:
        print((await running).state)
    except StoreError as error:
        print("StoreError", error)
    finally:  # who measures this process has a file to write too
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

asyncio.run(main(*sys.argv[1:]))
"""


async def child(how: str, seed: str, db: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "dev", "-W", "error", "-c", CHILD, how, seed, str(db)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 2])
async def test_a_run_that_is_stopped_leaves_nothing_behind_that_python_complains_of(
    site: Site, night: Night, times: int
) -> None:
    many(site)
    held = asyncio.Event()

    async def hold(_: web.Request) -> web.Response:
        await held.wait()
        return web.Response()

    site.handler("/0", hold)
    process = await child(str(times), site.url(), night.db)
    await asyncio.wait_for(site.asked("/0"), 30)
    said, complained = await process.communicate(b"now\n")
    held.set()

    assert (said, complained) == (b"interrupted\n", b"")


@pytest.mark.slow
async def test_a_full_disk_ends_the_run_with_an_error_of_ours(site: Site, night: Night) -> None:
    many(site, 3000)

    process = await child("disk-full", site.url(), night.db)
    said, complained = await process.communicate()

    assert said.startswith(b"StoreError the database failed: ")
    assert complained == b""
