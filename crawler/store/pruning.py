"""Forgetting old nights: their runs, and all that nothing else refers to any more."""

from pathlib import Path
from typing import NamedTuple

import aiosqlite

from crawler.store.failures import translated
from crawler.store.lock import writing
from crawler.store.opening import connect, existing

# The first of the nights of each series that are kept; where there are no more, nothing goes.
_OLDEST_KEPT = """
CREATE TEMP TABLE kept AS
SELECT series, min(id) AS oldest_id
FROM (
    SELECT series, id, row_number() OVER (PARTITION BY series ORDER BY id DESC) AS ago FROM nights
)
WHERE ago <= :keep
GROUP BY series
HAVING count(*) = :keep
"""

_OLD_RUNS = """
CREATE TEMP TABLE old AS
SELECT run.id
FROM run
JOIN kept ON kept.series = run.series
WHERE run.id < kept.oldest_id AND run.state <> 'running'
"""

# Spells that were over by then, and those of places that no night has looked at since.
_OLD_SPELLS = """
DELETE FROM spell
WHERE EXISTS (
    SELECT 1
    FROM kept
    WHERE kept.series = spell.series AND coalesce(spell.ended_id, spell.seen_id) < kept.oldest_id
)
"""

_OF_RUNS = (
    "DELETE FROM page WHERE run_id IN (SELECT id FROM old)",
    "DELETE FROM fetch WHERE run_id IN (SELECT id FROM old)",
    "DELETE FROM fragment WHERE run_id IN (SELECT id FROM old)",
    "DELETE FROM note WHERE run_id IN (SELECT id FROM old)",
    "DELETE FROM robots WHERE run_id IN (SELECT id FROM old)",
    "DELETE FROM run WHERE id IN (SELECT id FROM old)",
)

_UNUSED = (
    "DELETE FROM document WHERE id NOT IN (SELECT document_id FROM page WHERE document_id NOTNULL)",
    "DELETE FROM link WHERE document_id NOT IN (SELECT id FROM document)",
    "DELETE FROM anchor WHERE document_id NOT IN (SELECT id FROM document)",
    "DELETE FROM watch WHERE run_id NOT IN (SELECT id FROM run)",
    """
    DELETE FROM url WHERE id NOT IN (
        SELECT url_id FROM page
        UNION SELECT url_id FROM fetch
        UNION SELECT url_id FROM document
        UNION SELECT target_id FROM link
        UNION SELECT target_id FROM spell
    )
    """,
    """
    DELETE FROM host
    WHERE id NOT IN (SELECT host_id FROM url UNION SELECT host_id FROM robots)
    """,
)


class Pruned(NamedTuple):
    """What came of it: runs that went, and the size of the file before and after, in bytes."""

    runs: int
    before: int
    after: int


async def prune(path: Path, keep: int) -> Pruned:
    """Forget all runs before the last `keep` nights of each series, and give the room back.

    UsageError where there is no database, or somebody writes to it.
    """
    existing(path)
    with writing(path):
        before = _size(path)
        connection = await connect(path)
        try:
            with translated():
                runs = await _prune(connection, keep)
                if runs:
                    await connection.execute("VACUUM")
                await connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            await connection.close()
    return Pruned(runs, before, _size(path))


async def _prune(connection: aiosqlite.Connection, keep: int) -> int:
    await connection.execute("BEGIN IMMEDIATE")
    await connection.execute(_OLDEST_KEPT, {"keep": keep})
    await connection.execute(_OLD_RUNS)
    async with connection.execute("SELECT count(*) FROM old") as cursor:
        found = await cursor.fetchone()
    assert found is not None
    if found[0]:
        for statement in (*_OF_RUNS, _OLD_SPELLS, *_UNUSED):
            await connection.execute(statement)
    await connection.execute("COMMIT")
    return int(found[0])


def _size(path: Path) -> int:
    return path.stat().st_size
