"""Promises about files of the past: each stays readable, and is crawled into."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, closing
from pathlib import Path

import pytest

from crawler.errors import UnwritableError, UsageError
from crawler.store import opening, steps
from crawler.store.findings import open_findings
from crawler.store.ledger import open_store
from crawler.store.lock import writing
from tests.night import Night
from tests.past import SITE, restore
from tests.stored import rows

VERSIONS = range(1, steps.VERSION + 1)
TABLES = (
    "SELECT type, name, sql FROM sqlite_schema"
    " WHERE type <> 'view' AND name NOT LIKE 'sqlite_%'"
    " AND name NOT IN ('link_document', 'link_place', 'link_target', 'link_text') ORDER BY name"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "crawl.db"


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_file_of_each_version_is_read(path: Path, version: int) -> None:
    restore(version, path)

    async with open_findings(path) as findings:
        found = [finding async for finding in findings.of(2)]
        still = await findings.still(await findings.span(2, 1))

    assert len(found) == 29
    assert {finding.nights for finding in found} == {2}
    assert sum(place.links for place in still) == 29


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_file_of_each_version_is_crawled_into(path: Path, version: int) -> None:
    restore(version, path)
    night = Night(path)

    summary = await night.crawl(str(SITE), day=2)

    assert (summary.run_id, summary.totals.new_broken_links) == (3, 0)
    assert night.column("SELECT DISTINCT nights FROM broken") == [3]


async def test_the_tables_of_a_version_do_not_change(path: Path, tmp_path: Path) -> None:
    restore(steps.VERSION, path)
    async with open_store(tmp_path / "new.db"):
        pass

    told = "other tables are another version, with a step to it; then: python -m tests.past"
    assert rows(path, TABLES) == rows(tmp_path / "new.db", TABLES), told


async def test_an_older_file_is_brought_up_to_date_step_by_step(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore(1, path)
    monkeypatch.setattr(steps, "VERSION", 3)
    further = {1: "ALTER TABLE run ADD COLUMN mood TEXT;", 2: "UPDATE run SET mood = 'good';"}
    monkeypatch.setattr(steps, "STEPS", further)

    async with open_findings(path) as findings:
        assert (await findings.run(None)).id == 2

    assert rows(path, "PRAGMA user_version") == [(3,)]
    assert rows(path, "SELECT mood FROM run") == [("good",), ("good",)]


async def test_a_file_that_has_an_index_of_the_next_version_already_is_read(path: Path) -> None:
    restore(1, path)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(steps.STEPS[1])  # it came before its version did

    async with open_findings(path) as findings:
        assert (await findings.run(None)).id == 2

    assert rows(path, "PRAGMA user_version") == [(steps.VERSION,)]


@pytest.mark.parametrize("version", VERSIONS)
async def test_readers_at_once_wait_for_who_brings_a_file_up_to_date(
    path: Path, version: int
) -> None:
    restore(version, path)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("DROP VIEW fixed;")

    async with asyncio.TaskGroup() as readers:
        asked = [readers.create_task(newest(path)) for _ in range(5)]

    assert [task.result() for task in asked] == [2] * 5


async def newest(path: Path) -> int:
    async with open_findings(path) as findings:
        return (await findings.run(None)).id


async def test_who_waits_for_a_file_of_the_past_does_not_wait_for_ever(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore(1, path)
    monkeypatch.setattr(opening, "_PATIENCE", 2)
    monkeypatch.setattr(opening, "_PAUSE", 1)

    with writing(path), pytest.raises(UsageError, match=r"another crawl .* is writing to it"):
        await newest(path)

    assert rows(path, "PRAGMA user_version") == [(1,)]


@pytest.mark.parametrize(
    "before", ["DROP TABLE run;", pytest.param("ROLLBACK;", id="as SQLite does on a full disk")]
)
async def test_a_step_that_fails_leaves_the_file_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    restore(1, path)
    monkeypatch.setattr(steps, "VERSION", 2)
    monkeypatch.setattr(steps, "STEPS", {1: f"{before} SELECT no_column;"})

    with pytest.raises(UnwritableError, match="cannot be written: no such column: no_column"):
        async with open_findings(path):
            pass

    assert rows(path, "PRAGMA user_version") == [(1,)]
    assert rows(path, "SELECT count(*) FROM runs") == [(2,)]


@pytest.mark.parametrize("opened", [open_store, open_findings])
async def test_views_are_written_anew_where_they_differ(
    path: Path, opened: Callable[[Path], AbstractAsyncContextManager[object]]
) -> None:
    restore(steps.VERSION, path)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("DROP VIEW broken; CREATE VIEW broken AS SELECT 1 AS one;")

    async with opened(path):
        pass

    assert rows(path, "SELECT count(*) FROM broken") == [(29,)]


async def test_views_of_ones_own_stay(path: Path) -> None:
    restore(steps.VERSION, path)
    own = 'CREATE VIEW "my-view 2" AS SELECT count(*) AS places FROM broken'
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"{own}; DROP VIEW fixed;")

    async with open_store(path):
        pass

    assert rows(path, 'SELECT places FROM "my-view 2"') == [(29,)]
    assert rows(path, "SELECT count(*) FROM fixed") == [(0,)]
