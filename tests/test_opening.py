"""Promises about the files that databases are: made, opened, read only, refused."""

import os
import sqlite3
import tempfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread

import pytest

from crawler.errors import CrawlerError, StoreError, UnwritableError, UsageError
from crawler.store.findings import open_findings
from crawler.store.ledger import Ledger, open_store
from crawler.store.opening import APPLICATION_ID, connect_to_read
from crawler.store.sqlite import opened_to_read
from crawler.store.steps import VERSION
from tests.stored import HOST, NOW, SEEDS, SETTINGS, begun, page, rows


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "crawl.db"


@pytest.fixture
async def store(path: Path) -> AsyncGenerator[Ledger]:
    async with open_store(path) as opened:
        yield opened


async def test_only_one_at_a_time_writes_to_a_database(store: Ledger, path: Path) -> None:
    await store.begin(SEEDS, SETTINGS, NOW, resume=False)

    said = f"another crawl (process {os.getpid()}) is writing to it"
    assert await refusal(path) == said
    async with open_findings(path) as findings:
        assert await findings.slowest(1, 1) == []


async def refusal(path: Path, kind: type[CrawlerError] = UsageError) -> str:
    with pytest.raises(kind) as caught:
        async with open_store(path):
            raise AssertionError("it was opened")
    return str(caught.value).removeprefix(f"{path}: ")


async def reading_refusal(path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        _ = await connect_to_read(path)
    return str(caught.value).removeprefix(f"{path}: ")


def write_database(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


def write(path: Path, content: bytes = b"") -> Path:
    path.write_bytes(content)
    return path


def content(path: Path) -> bytes:
    return path.read_bytes()


@contextmanager
def protected(mode: int, written: bytes = b"", folder_mode: int = 0o755) -> Iterator[Path]:
    """Yield a database with the given permissions for whoever is here; nobody here is root."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(folder_mode)
        path = Path(folder) / "crawl.db"
        write(path, written).chmod(mode)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        try:
            yield path
        finally:
            os.seteuid(user)


@pytest.fixture
def locked() -> Iterator[Path]:
    with protected(0o000) as path:
        yield path


@pytest.fixture
def read_only() -> Iterator[Path]:
    with protected(0o444) as path:
        yield path


async def test_missing_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a b?c#d%.db"

    async with open_store(path) as store:
        await store.begin(SEEDS, SETTINGS, NOW, resume=False)

    assert rows(path, "PRAGMA user_version") == [(VERSION,)]
    assert rows(path, "SELECT settings FROM run") == [(SETTINGS,)]


async def test_no_name_of_a_file_means_anything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    for name in (":memory:", "file:crawl.db"):
        async with open_store(Path(name)):
            pass
        assert rows(tmp_path / name, "PRAGMA application_id") == [(APPLICATION_ID,)]


async def test_an_empty_file_becomes_a_database(path: Path) -> None:
    async with open_store(write(path)):
        pass

    assert rows(path, "PRAGMA application_id") == [(APPLICATION_ID,)]


async def test_what_was_stored_is_there_when_the_file_is_opened_again(path: Path) -> None:
    async with open_store(path) as store:
        await begun(store, page(f"{HOST}/"))

    async with open_store(path) as store:
        assert (await store.totals(1)).pages == 1


async def test_where_the_system_has_no_thread_left_that_is_said(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Thread, "start", none)

    assert await refusal(path, StoreError) == "cannot be opened: can't start new thread"


async def test_a_folder_is_no_database(tmp_path: Path) -> None:
    assert await refusal(tmp_path) == "is a folder, not a database"
    assert await reading_refusal(tmp_path) == "there is no database"


async def test_where_a_file_stands_there_can_be_no_folder(path: Path) -> None:
    assert (await refusal(write(path, b"x") / "crawl.db")).startswith("cannot be opened:")


async def test_a_file_that_may_not_be_touched_is_refused(locked: Path) -> None:
    said = "cannot be opened: unable to open database file"

    assert await refusal(locked) == "cannot be opened: Permission denied"
    assert await reading_refusal(locked) == said


async def test_a_file_that_may_only_be_read_is_refused(read_only: Path) -> None:
    assert await refusal(read_only) == "cannot be opened: Permission denied"


async def test_the_lock_of_somebody_else_is_named_that_outlived_him() -> None:
    with protected(0o666, folder_mode=0o777) as path:
        lock = path.resolve().with_name("crawl.db-lock")
        write(lock).chmod(0o000)

        assert await refusal(path) == f"its lock {lock} cannot be opened: Permission denied"


async def test_a_database_is_read_where_nothing_may_be_written(path: Path) -> None:
    async with open_store(path) as store:
        await begun(store, page(f"{HOST}/"))

    with protected(0o444, content(path)) as there:
        async with opened_to_read(there) as database:
            assert await database.rows("SELECT url FROM url") == [(f"{HOST}/",)]


async def test_a_database_that_may_only_be_read_is_so_and_nothing_is_left_beside_it(
    path: Path,
) -> None:
    async with open_store(path) as store:
        await begun(store, page(f"{HOST}/"))

    with protected(0o444, content(path), folder_mode=0o777) as there:
        assert await refusal(there, UnwritableError) == "cannot be written: Permission denied"
        async with opened_to_read(there) as database:
            assert await database.rows("SELECT url FROM url") == [(f"{HOST}/",)]

        assert list(there.parent.iterdir()) == [there]


async def test_a_database_with_other_views_is_read_by_ours_where_nothing_may_be_written(
    path: Path,
) -> None:
    async with open_store(path) as store:
        await begun(store, page(f"{HOST}/"))
    write_database(path, "DROP VIEW pages; CREATE VIEW pages AS SELECT 'of before' AS url")

    with protected(0o444, content(path)) as there:
        async with opened_to_read(there) as database:
            assert await database.rows("SELECT url FROM pages") == [(f"{HOST}/",)]


async def test_a_database_of_an_older_version_says_so_where_nothing_may_be_written(
    path: Path,
) -> None:
    async with open_store(path):
        pass
    write_database(path, f"PRAGMA user_version = {VERSION - 1}")

    with protected(0o444, content(path)) as there:
        assert await reading_refusal(there) == (
            "cannot be opened: Permission denied;"
            " it is of an older version, and has to be brought up to date before it can be read"
        )


async def test_text_is_no_database(path: Path) -> None:
    write(path, b"all work and no play makes jack a dull boy " * 100)
    said = "is not a database: file is not a database"

    assert [await refusal(path), await reading_refusal(path)] == [said, said]


@pytest.mark.slow
async def test_a_database_that_somebody_keeps_to_himself_is_one_all_the_same(path: Path) -> None:
    async with open_store(path):
        pass

    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA locking_mode = EXCLUSIVE; PRAGMA user_version = 1")

        assert await reading_refusal(path) == "cannot be read: database is locked"


async def test_the_database_of_another_program_is_left_alone(path: Path) -> None:
    write_database(path, "CREATE TABLE bookmark (url)")
    before = content(path)
    said = "is the database of another program"

    assert [await refusal(path), await reading_refusal(path)] == [said, said]

    assert content(path) == before


async def test_a_database_of_a_newer_version_is_left_alone(path: Path) -> None:
    newer = VERSION + 1
    async with open_store(path):
        pass
    write_database(path, f"PRAGMA user_version = {newer}")
    said = f"was written by a newer crawler (version {newer}, this one knows {VERSION})"

    assert [await refusal(path), await reading_refusal(path)] == [said, said]


async def test_to_read_there_must_be_a_database_of_ours(path: Path) -> None:
    assert await reading_refusal(path) == "there is no database"
    assert await reading_refusal(write(path)) == "is not a database of the crawler"
