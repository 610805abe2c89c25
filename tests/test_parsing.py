"""Parser processes: what they read, what they cost when they are lost, and that none is left."""

import asyncio
import errno
import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crawler.engine import parser_process, parsing
from crawler.engine.children import command_of
from crawler.engine.parsing import ParserLostError, ParserPool
from crawler.parse.document import Parser
from crawler.parse.gate import TooComplexError
from crawler.parse.reading import read
from tests.bombs import HTML
from tests.parsers import FATEFUL, NONE, PAGE, URL, put_in_place


async def test_a_process_reads_what_this_one_would_read() -> None:
    async with ParserPool() as pool:
        reading = await pool.parse(PAGE)

    assert reading == read(Parser(), PAGE)


async def test_what_is_no_document_comes_back_as_none() -> None:
    async with ParserPool() as pool:
        assert await pool.parse(PAGE._replace(content_type="image/png")) is None


async def test_many_documents_share_a_few_processes() -> None:
    async with ParserPool() as pool:
        readings = await asyncio.gather(*(pool.parse(PAGE) for _ in range(20)))
        processes = len(pids_of(pool))

    assert readings == [read(Parser(), PAGE)] * 20
    assert 1 <= processes <= 2


async def test_where_the_system_allows_one_process_that_one_reads_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commands = iter([command_of("crawler.parse")])

    def allowed(_: str) -> tuple[str, ...]:
        try:
            return next(commands)
        except StopIteration:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable") from None

    monkeypatch.setattr(parser_process, "command_of", allowed)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    async with ParserPool() as pool:
        readings = await asyncio.gather(*(pool.parse(PAGE) for _ in range(20)))

    assert readings == [read(Parser(), PAGE)] * 20


async def test_no_process_outlives_the_pool() -> None:
    async with ParserPool() as pool:
        await pool.parse(PAGE)
        pids = pids_of(pool)

    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGSTOP], ids=["dies", "hangs"])
async def test_a_parser_that_is_lost_for_no_fault_of_a_document_costs_none(
    sign: signal.Signals,
) -> None:
    async with ParserPool() as pool:
        await pool.parse(PAGE)
        pool._patience = 1.5
        os.kill(pids_of(pool)[0], sign)

        assert await pool.parse(PAGE) == await pool.parse(PAGE) == read(Parser(), PAGE)


async def test_a_parser_that_died_while_it_had_nothing_to_do_is_given_no_document() -> None:
    async with ParserPool() as pool:
        await pool.parse(PAGE)
        (dead,) = pool._processes
        os.kill(dead._process.pid, signal.SIGKILL)
        await dead._process.wait()

        assert await pool.parse(PAGE) == read(Parser(), PAGE)
        assert dead._taken == 1


@pytest.mark.slow
@pytest.mark.parametrize("fate", [b"DIE", b"HANG"])
async def test_a_document_that_loses_every_parser_is_the_only_one_lost(
    monkeypatch: pytest.MonkeyPatch, fate: bytes
) -> None:
    put_in_place(monkeypatch, FATEFUL)
    async with ParserPool() as pool:
        await pool.parse(PAGE)
        pool._patience = 1.5
        bodies = [PAGE.body] * 4 + [fate] + [PAGE.body] * 4
        found = await asyncio.gather(
            *(pool.parse(PAGE._replace(body=body)) for body in bodies), return_exceptions=True
        )

    lost = found.pop(4)
    assert isinstance(lost, ParserLostError)
    assert URL in str(lost)
    assert found == [read(Parser(), PAGE)] * 8


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGSTOP], ids=["dies", "hangs"])
@pytest.mark.usefixtures("one_process")
async def test_what_waits_behind_a_document_with_which_the_parser_is_lost_is_read_all_the_same(
    sign: signal.Signals,
) -> None:
    async with ParserPool() as pool:
        await pool.parse(PAGE)
        (lost,) = pids_of(pool)
        os.kill(lost, signal.SIGSTOP)
        pool._patience = 1.5
        both = [asyncio.create_task(pool.parse(PAGE)) for _ in range(2)]
        await in_line(pool, 2)
        os.kill(lost, sign)

        assert await asyncio.gather(*both) == [read(Parser(), PAGE)] * 2
        assert pids_of(pool) != [lost]


@pytest.mark.usefixtures("one_process")
async def test_what_waits_behind_a_document_whose_reader_is_cancelled_is_read_all_the_same() -> (
    None
):
    async with ParserPool() as pool:
        await pool.parse(PAGE)
        os.kill(pids_of(pool)[0], signal.SIGSTOP)
        first, second, third = (asyncio.create_task(pool.parse(PAGE)) for _ in range(3))
        await in_line(pool, 2)
        first.cancel()

        assert await second == await third == read(Parser(), PAGE)
        with pytest.raises(asyncio.CancelledError):
            await first


@pytest.mark.slow
@pytest.mark.usefixtures("one_process")
async def test_a_parser_that_hangs_after_many_documents_is_given_no_more_time() -> None:
    async with ParserPool() as pool:
        await pool.parse(PAGE)
        (lost,) = pids_of(pool)
        pool._patience = 1.5
        documents = [asyncio.create_task(pool.parse(PAGE)) for _ in range(60)]
        await documents[50]
        os.kill(lost, signal.SIGSTOP)

        async with asyncio.timeout(15.0):
            assert await asyncio.gather(*documents) == [read(Parser(), PAGE)] * 60


@pytest.mark.slow
@pytest.mark.usefixtures("one_process")
async def test_nobody_is_given_the_answer_to_another_who_gave_up() -> None:
    other = PAGE._replace(body=b'<a href="other">')
    async with ParserPool() as pool:
        await pool.parse(PAGE)
        (pid,) = pids_of(pool)
        os.kill(pid, signal.SIGSTOP)
        pool._patience, patience = 0.3, pool._patience
        first = asyncio.create_task(pool.parse(PAGE))
        await in_line(pool, 1)
        pool._patience = patience
        second = asyncio.create_task(pool.parse(other))
        await in_line(pool, 2)
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.5)  # noqa: ASYNC251 - so that time is up when the answers come

        assert await second == read(Parser(), other)
        await asyncio.gather(first, return_exceptions=True)


@pytest.mark.usefixtures("one_process")
async def test_a_parser_is_sent_the_next_document_while_it_reads_one() -> None:
    complex_page = PAGE._replace(body=HTML.bombs["depth"](2**16).encode())
    other = PAGE._replace(body=b'<a href="other">')
    async with ParserPool() as pool:
        await pool.parse(PAGE)
        (pid,) = pids_of(pool)
        os.kill(pid, signal.SIGSTOP)
        tasks = [asyncio.create_task(pool.parse(each)) for each in (complex_page, other, PAGE)]
        await in_line(pool, 2)
        os.kill(pid, signal.SIGCONT)

        with pytest.raises(TooComplexError):
            await tasks[0]
        assert await tasks[1] == read(Parser(), other)
        assert await tasks[2] == read(Parser(), PAGE)
        assert pids_of(pool) == [pid]


async def test_who_is_cancelled_while_a_document_is_read_leaves_no_process() -> None:
    async with ParserPool() as pool:
        await pool.parse(PAGE)
        pid = pids_of(pool)[0]
        os.kill(pid, signal.SIGSTOP)
        reading = asyncio.create_task(pool.parse(PAGE))
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps so much")
async def test_what_a_large_page_took_is_given_back() -> None:
    large = PAGE._replace(body=b"<p id=a><b>a</b> b</p>" * 200_000)
    async with ParserPool() as pool:
        await pool.parse(PAGE)
        before = memory_of(pool)
        await pool.parse(large)
        await pool.parse(PAGE)
        after = memory_of(pool)

    assert after - before < len(large.body)


async def test_large_documents_are_read_one_at_a_time() -> None:
    large = PAGE._replace(body=PAGE.body + b" " * 1024 * 1024)
    async with ParserPool() as pool:
        readings = await asyncio.gather(*(pool.parse(large) for _ in range(2)))
        assert len(pids_of(pool)) == 1
        await asyncio.gather(pool.parse(large), pool.parse(PAGE))  # a small one need not wait
        assert len(pids_of(pool)) == min(2, os.cpu_count() or 1)

    assert readings == [read(Parser(), large)] * 2


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "_MOST", 1)


async def in_line(pool: ParserPool, documents: int) -> None:
    """Let so many documents reach the one process of a pool."""
    for _ in range(20):
        await asyncio.sleep(0)
    assert pool._processes[0].in_line == documents


def memory_of(pool: ParserPool) -> int:
    """Return the bytes of memory that its one process has."""
    (pid,) = pids_of(pool)
    pages = Path(f"/proc/{pid}/statm").read_text("utf-8").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def pids_of(pool: ParserPool) -> list[int]:
    return [process._process.pid for process in pool._processes if process.is_usable]


# Loses a parser while a large document is written to it.
LOSING = f"""
import asyncio, sys
from crawler.engine import parser_process
from crawler.engine.parsing import ParserPool
from crawler.errors import NoParserError
from crawler.parse.reading import Task

async def main():
    async with ParserPool() as pool:
        try:
            await pool.parse(Task(b"<p>" * 1_000_000, {URL!r}, "text/html", True))
        except NoParserError:
            print("lost")
    await asyncio.sleep(0.1)

parser_process.command_of = lambda _: (sys.executable, "-c", {NONE!r})
asyncio.run(main())
"""


def test_a_parser_that_is_lost_in_the_middle_of_a_document_leaves_no_word() -> None:
    """What asyncio says of an error that nobody asked about would stand in the caller's log."""
    ended = subprocess.run(
        [sys.executable, "-c", LOSING], capture_output=True, check=False, text=True, timeout=30
    )

    assert (ended.stdout, ended.stderr) == ("lost\n", "")
