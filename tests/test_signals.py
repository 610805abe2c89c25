"""Promises of the command about signals: an orderly end, nothing left behind, a way to go on."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import pytest

from crawler.cli.signals import stopping
from crawler.engine.stop import Stop
from tests import command
from tests.night import Night
from tests.site import Site

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="needs signals, and process groups"),
]

PAGES = 8
IN_FLIGHT = 4
FIRST = "requests in flight may finish; once more cancels them"
SECOND = "requests in flight are cancelled; once more ends the process"
# A page of more than this is parsed in a process of its own.
LARGE = "<p>much to read</p>\n" * 20_000


@pytest.fixture
def large(site: Site) -> Site:
    """Return a site with a large page that links to many others, all of them held back."""
    links = "".join(f'<a href="/{n}">{n}</a>' for n in range(PAGES))
    site.page("/", links + LARGE)
    for n in range(PAGES):
        site.links(f"/{n}", f"/gone/{n}")
    return site


@asynccontextmanager
async def crawling(
    site: Site, night: Night, *further: str
) -> AsyncGenerator[subprocess.Popen[str]]:
    """Crawl the site, until so many requests are in flight that the site does not answer."""
    arguments = ["--concurrency", str(IN_FLIGHT), "--robots", "ignore", "--progress", "none"]
    with command.started(
        site.url(), "--db", str(night.db), *arguments, *further, cwd=night.db.parent
    ) as process:
        await asyncio.wait_for(site.asked("/"), 30)
        site.gate.clear()
        await asyncio.wait_for(site.busy(IN_FLIGHT), 30)
        yield process


async def send(process: subprocess.Popen[str], number: signal.Signals) -> str:
    """Send a signal; return what the process says about it, so that it is known to have it."""
    assert process.stderr is not None
    process.send_signal(number)
    said = await asyncio.wait_for(asyncio.to_thread(process.stderr.readline), 10)
    return said.removeprefix(f"crawler: {number.name}: ").rstrip()


async def end_of(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for the end of the process; return its exit status, and what it said on stderr."""
    _, err = await asyncio.wait_for(asyncio.to_thread(process.communicate), 10)
    return process.returncode, err


def alive(group: int) -> list[int]:
    """Return the processes of a process group that are not dead."""
    if not Path("/proc/self/stat").exists():
        return [pid for pid, pgrp, state in listed() if pgrp == group and state[0] != "Z"]
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            state, _, pgrp = stat.read_text().rpartition(")")[2].split()[:3]
            if int(pgrp) == group and state != "Z":
                found.append(int(stat.parent.name))
    return found


def listed() -> list[tuple[int, int, str]]:  # pragma: no cover - where there is no /proc
    """Return id, group and state of every process."""
    command = ["ps", "-A", "-o", "pid=", "-o", "pgid=", "-o", "state="]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [(int(pid), int(pgrp), state) for pid, pgrp, state in map(str.split, lines)]


async def nobody_is_left_of(group: int) -> bool:
    """Return whether the process group is, or will be in a moment, without a process."""
    deadline = time.monotonic() + 5
    while alive(group):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


def every_request_has_its_row(site: Site, night: Night) -> bool:
    stored = Counter(night.rows("SELECT url, method FROM fetch JOIN url ON url.id = url_id"))
    return stored == Counter((site.url(hit.path), hit.method) for hit in site.hits)


def result(night: Night) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Return what the one run in the database found, but for times."""
    return (
        night.rows("SELECT url, depth, verdict, reason FROM pages ORDER BY url"),
        night.rows("SELECT source, target, fragment, verdict FROM links ORDER BY 1, 2, 3"),
    )


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
async def test_after_one_signal_what_is_in_flight_is_finished(
    large: Site, night: Night, number: signal.Signals, status: int
) -> None:
    async with crawling(large, night) as process:
        assert await send(process, number) == FIRST
        assert large.in_flight == IN_FLIGHT
        large.gate.set()
        said = await end_of(process)

    assert said == (status, "")
    assert night.rows("SELECT state, reason FROM run") == [("interrupted", number.name)]
    assert every_request_has_its_row(large, night)
    assert night.rows("SELECT DISTINCT status, error FROM fetch") == [(200, None)]
    assert await nobody_is_left_of(process.pid)


async def test_what_is_not_finished_within_the_grace_is_cancelled(
    large: Site, night: Night
) -> None:
    async with crawling(large, night, "--grace", "0.2") as process:
        assert await send(process, signal.SIGINT) == FIRST
        said = await end_of(process)

    assert said == (130, "")
    assert night.rows("SELECT count(*) FROM fetch WHERE error = 'cancelled'") == [(IN_FLIGHT,)]
    assert every_request_has_its_row(large, night)


async def test_a_second_signal_cancels_what_is_in_flight(large: Site, night: Night) -> None:
    async with crawling(large, night) as process:
        assert await send(process, signal.SIGINT) == FIRST
        assert await send(process, signal.SIGTERM) == SECOND
        said = await end_of(process)

    assert said == (130, "")
    assert night.rows("SELECT state, reason FROM run") == [("interrupted", "SIGINT")]
    assert night.rows("SELECT count(*) FROM fetch WHERE error = 'cancelled'") == [(IN_FLIGHT,)]
    assert every_request_has_its_row(large, night)
    assert await nobody_is_left_of(process.pid)


async def test_a_third_signal_ends_the_process_whatever_it_is_at(large: Site, night: Night) -> None:
    async with crawling(large, night) as process:
        with closing(sqlite3.connect(night.db, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # so that it cannot store what it was at
            assert await send(process, signal.SIGINT) == FIRST
            assert await send(process, signal.SIGINT) == SECOND
            process.send_signal(signal.SIGTERM)
            said = await end_of(process)

    assert said == (143, "")
    assert night.rows("SELECT state FROM run") == [("running",)]
    assert await nobody_is_left_of(process.pid)


async def test_ctrl_c_goes_to_the_parsers_too_and_disturbs_nothing(
    large: Site, night: Night
) -> None:
    async with crawling(large, night) as process:
        assert len(alive(process.pid)) == 2, "the page was not parsed in a process of its own"
        os.killpg(process.pid, signal.SIGINT)
        large.gate.set()
        status, err = await end_of(process)

    assert (status, err.splitlines()) == (130, [f"crawler: SIGINT: {FIRST}"])
    assert await nobody_is_left_of(process.pid)


async def test_no_parser_outlives_a_crawl_that_is_killed(large: Site, night: Night) -> None:
    async with crawling(large, night) as process:
        assert len(alive(process.pid)) == 2, "the page was not parsed in a process of its own"
        process.kill()
        await end_of(process)

        assert await nobody_is_left_of(process.pid)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["SIGINT", "SIGKILL"])
async def test_a_run_that_was_ended_goes_on_to_the_same_end(
    large: Site, night: Night, tmp_path: Path, number: signal.Signals
) -> None:
    async with crawling(large, night, "--grace", "0") as process:
        process.send_signal(number)
        await end_of(process)
    large.gate.set()

    async with crawling_on(large, night) as process:
        said = await end_of(process)

    assert said == (1, "")
    assert night.rows("SELECT id, state, reason FROM run") == [(1, "finished", None)]
    undisturbed = Night(tmp_path / "undisturbed.db")
    await undisturbed.crawl(large.url())
    assert result(night) == result(undisturbed)


@asynccontextmanager
async def crawling_on(site: Site, night: Night) -> AsyncGenerator[subprocess.Popen[str]]:
    """Continue the crawl of `crawling`."""
    arguments = ["--robots", "ignore", "--resume", "--progress", "none"]
    with command.started(
        site.url(), "--db", str(night.db), *arguments, cwd=night.db.parent
    ) as process:
        yield process


class WindowsLoop(asyncio.SelectorEventLoop):
    """An event loop that knows of no signals, as those of Windows."""

    def add_signal_handler(self, *_: object) -> None:
        raise NotImplementedError

    def remove_signal_handler(self, _: int) -> bool:
        raise NotImplementedError


def test_where_the_loop_knows_of_no_signals_the_first_one_is_heard_all_the_same() -> None:
    async def stopped() -> str | None:
        stop = Stop()
        with stopping(stop):
            signal.raise_signal(signal.SIGINT)
            await asyncio.wait_for(stop.asked(), 5)
        return stop.reason

    before = signal.getsignal(signal.SIGINT)
    with asyncio.Runner(loop_factory=WindowsLoop) as runner:
        reason = runner.run(stopped())

    assert reason == "SIGINT"
    assert signal.getsignal(signal.SIGINT) == before
