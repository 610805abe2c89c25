"""Promises about how a run ends: early, by force, with a store that fails; and how it goes on."""

import asyncio
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from crawler.engine.progress import Progress
from crawler.engine.stop import Stop
from crawler.engine.summary import Summary
from crawler.errors import StoreError, UsageError
from tests.night import SETTINGS, Night
from tests.site import Site

PAGES = 12


def many(site: Site, number: int = PAGES) -> None:
    """Declare a seed that links to so many pages, each with a dead link."""
    site.links("/", *(f"/{n}" for n in range(number)))
    for n in range(number):
        site.links(f"/{n}", f"/{n}/gone")


async def stop_in_the_middle(
    site: Site, night: Night, stop: Stop, *, times: int = 1, grace: float = 5
) -> Summary:
    """Crawl `many`, and ask for the end when four pages are in flight; then let the site answer."""
    many(site)
    site.page("/robots.txt", status=404)
    held = asyncio.Event()

    async def hold(_: web.Request) -> web.Response:
        await held.wait()
        return web.Response(text="<p>late</p>", content_type="text/html", status=200)

    for n in range(PAGES):
        site.handler(f"/{n}", hold)
    settings = replace(SETTINGS, concurrency=4, grace=grace)
    running = asyncio.create_task(night.crawl(site.url(), settings, stop=stop))
    await asyncio.wait_for(site.busy(4), 30)
    for _ in range(times):
        stop.ask("SIGINT")
    if times == 1 and grace:
        for _ in range(20):  # turns of the loop, for the run to hear of it
            await asyncio.sleep(0)
        held.set()
    summary = await asyncio.wait_for(running, 5)
    held.set()
    return summary


def every_request_has_its_row(site: Site, night: Night) -> bool:
    """Return whether the attempts in the store are those that the server saw."""
    stored = Counter(night.rows("SELECT url, method FROM fetch JOIN url ON url.id = url_id"))
    seen = Counter((site.url(hit.path), hit.method) for hit in site.hits)
    return stored == seen


def states(night: Night) -> list[tuple[str, str | None]]:
    return night.rows("SELECT state, reason FROM run ORDER BY id")


def open_reasons(night: Night) -> set[tuple[str | None, str | None]]:
    return set(
        night.rows(
            "SELECT verdict, reason FROM page WHERE state <> 'done' GROUP BY verdict, reason"
        )
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


# Going on


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
    site.links("/a", "/b")
    site.links("/b", "/c")
    site.links("/c", "/gone")

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


async def test_a_full_disk_ends_the_run_with_an_error_of_ours(site: Site, night: Night) -> None:
    many(site, 3000)

    process = await child("disk-full", site.url(), night.db)
    said, complained = await process.communicate()

    assert said.startswith(b"StoreError the database failed: ")
    assert complained == b""
