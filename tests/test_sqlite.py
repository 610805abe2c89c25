"""Promises about the SQLite store, on real files."""

import asyncio
import errno
import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Event, current_thread, main_thread
from typing import Any

import pytest

from crawler.errors import StoreError, UsageError
from crawler.store import opening, statements
from crawler.store.findings import open_findings
from crawler.store.ledger import open_store
from crawler.store.lock import writing
from crawler.store.sqlite import SqliteDatabase, opened
from tests.stored import HOST, begun, page, request

# What SQLite calls this `temp_store`.
IN_MEMORY = 2


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "crawl.db"


def test_a_link_to_a_database_is_the_database(path: Path) -> None:
    link = path.with_name("link.db")
    link.symlink_to(path)

    with writing(path), pytest.raises(UsageError, match="another crawl"), writing(link):
        pass


def test_a_lock_needs_no_room_on_the_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int, _content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)

    with writing(path), pytest.raises(UsageError, match="another crawl is writing"), writing(path):
        pass


def test_a_lock_dies_with_its_process(path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from crawler.store.lock import writing\n"
        "with writing(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, path], check=False)

    assert path.with_name("crawl.db-lock").exists()
    with writing(path), pytest.raises(UsageError, match="another crawl"), writing(path):
        pass
    assert names_in(path.parent) == []


async def test_a_database_that_fails_is_a_failure_of_the_store(path: Path) -> None:
    async with open_store(path) as store:
        run_id = await begun(store, page(f"{HOST}/"))
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript("DROP TABLE fetch; DROP TABLE url")

        with pytest.raises(StoreError, match="the database failed: no such table"):
            await store.totals(run_id)
        with pytest.raises(StoreError, match="the database failed: no such table"):
            await store.add(run_id, [request(f"{HOST}/x")])


async def test_a_store_that_cannot_be_tidied_up_is_still_closed(path: Path) -> None:
    async with opened(path) as (writer, _):
        await writer.run("BEGIN")

    with pytest.raises(ValueError, match="no active connection"):
        await writer.run("SELECT 1")


async def test_who_is_cancelled_in_a_transaction_leaves_it_whole(path: Path) -> None:
    begun, go_on = Event(), Event()

    async def work() -> None:
        await writer.run("CREATE TABLE one (value INTEGER)")
        begun.set()
        go_on.wait(10)
        await writer.run("INSERT INTO one VALUES (1)")

    async with opened(path) as (writer, reader):
        writing = asyncio.create_task(writer.transact(work))
        await asyncio.to_thread(begun.wait, 10)
        writing.cancel()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await writing
        await writer.run("CREATE TABLE two (value INTEGER)")

        assert await reader.rows("SELECT value FROM one") == [(1,)]


async def test_who_is_cancelled_while_a_file_is_opened_leaves_no_thread_behind(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, opening = sqlite3.connect, Event()

    def slowly(*arguments: Any, **settings: Any) -> sqlite3.Connection:  # noqa: ANN401
        if current_thread() is not main_thread():
            opening.set()
            time.sleep(0.1)
        there: sqlite3.Connection = connect(*arguments, **settings)
        return there

    before = set(threading.enumerate())
    monkeypatch.setattr(sqlite3, "connect", slowly)
    under_way = asyncio.create_task(begun_at(path))
    await asyncio.to_thread(opening.wait)
    under_way.cancel()
    await asyncio.wait({under_way})

    left = set(threading.enumerate()) - before
    assert [each.name for each in left if "asyncio" not in each.name] == []


async def begun_at(path: Path) -> None:
    async with open_store(path):
        pass


async def test_a_transaction_that_waits_for_anything_else_comes_to_nothing(path: Path) -> None:
    async def work() -> None:
        await writer.run("CREATE TABLE one (value INTEGER)")
        await asyncio.sleep(0)

    async with opened(path) as (writer, reader):
        with pytest.raises(RuntimeError, match="waits for nothing but its database"):
            await writer.transact(work)

        assert await reader.rows("SELECT name FROM sqlite_schema WHERE name = 'one'") == []


async def test_who_reads_last_leaves_nothing_beside_the_database(tmp_path: Path) -> None:
    db = tmp_path / "crawl.db"
    async with open_store(db) as store:
        await store.begin("[]", '{"seeds":[]}', 0.0, resume=False)

    async with open_findings(db) as findings:
        await findings.slowest(1, 1)

    assert names_in(tmp_path) == ["crawl.db"]


@pytest.mark.slow
async def test_somebody_who_writes_for_some_seconds_too_is_waited_for(path: Path) -> None:
    async with open_store(path) as store:
        run_id = await begun(store)
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN IMMEDIATE")
            writing = asyncio.create_task(store.write(run_id, [page(f"{HOST}/")]))
            await asyncio.sleep(5.5)
            other.execute("ROLLBACK")

        await writing


async def test_who_inserts_many_rows_writes_them_once(path: Path) -> None:
    """SQLite would write each page first as it was, to a file, so as to undo one statement."""
    written = []

    async def work(database: SqliteDatabase) -> None:
        before = bytes_written()
        for start in range(100):  # on a page of its own each
            names = [f"{number:05} {'a' * 300}" for number in range(start, 6400, 100)]
            await database.insert(statements.INSERT_ANCHORS, 1, [(1, names)])
        written.append(bytes_written() - before)

    async with opened(path) as (writer, _):
        await writer.transact(partial(work, writer))

    assert written < [100_000]


def bytes_written() -> int:
    """Return how many bytes this process has written so far, to files of any kind."""
    counts = Path("/proc/self/io").read_text("ascii")
    return int(dict(line.split(": ") for line in counts.splitlines())["wchar"])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows always has a folder for them")
async def test_where_no_temporary_file_can_be_none_is_needed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container that is read-only but for the folder of the database."""
    monkeypatch.setattr(opening, "_TEMPORARY", (None, str(path / "nowhere")))

    async with opened(path) as databases:
        stores = [await each.rows("PRAGMA temp_store") for each in databases]

    assert stores == [[(IN_MEMORY,)]] * 2


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_no_parameter_has_a_number() -> None:
    """Python looks such up by name, which takes 15 times as long on 3.12.3 and 5 on 3.13."""
    said = [text for text in vars(statements).values() if isinstance(text, str)]

    assert [text for text in said if re.search(r"\?\d", text)] == []
