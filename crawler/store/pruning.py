"""Forgetting old nights: their runs, and all that nothing else refers to any more."""

from functools import partial
from typing import NamedTuple

from crawler.location import Location, Server
from crawler.store.database import Database
from crawler.store.engines import opened
from crawler.store.memory import MOST_RUNS
from crawler.store.truce import while_choosing, while_forgetting

_LISTS = (
    "CREATE TEMP TABLE kept (series BIGINT NOT NULL, oldest_id BIGINT NOT NULL)",
    "CREATE TEMP TABLE old (id BIGINT NOT NULL)",
)

# The first of the nights of each series that are kept; where there are no more, nothing goes.
_OLDEST_KEPT = """
INSERT INTO kept
SELECT series, min(id) AS oldest_id
FROM (
    SELECT series, id, row_number() OVER (PARTITION BY series ORDER BY id DESC) AS ago FROM nights
) AS night
WHERE ago <= :keep
GROUP BY series
HAVING count(*) = :keep
"""

# What a run that goes on may have been told of a page, and take over unread, stays for the time.
_OLD_RUNS = """
INSERT INTO old
SELECT run.id
FROM run
JOIN kept ON kept.series = run.series
WHERE run.id < kept.oldest_id AND run.state <> 'running' AND NOT EXISTS (
    SELECT 1
    FROM run AS going
    WHERE going.series = run.series AND going.state = 'running' AND going.id > run.id AND (
        SELECT count(*)
        FROM run AS former
        WHERE former.series = run.series AND former.id >= run.id AND former.id < going.id
    ) <= :remembered
)
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

# By EXCEPT and NOT EXISTS: for more than fits into its memory, PostgreSQL goes through what stands
# behind NOT IN once for every row.
_UNUSED = (
    """
    DELETE FROM document WHERE id IN (
        SELECT id FROM document EXCEPT SELECT document_id FROM page
    )
    """,
    """
    DELETE FROM link
    WHERE NOT EXISTS (SELECT 1 FROM document WHERE document.id = link.document_id)
    """,
    """
    DELETE FROM anchor
    WHERE NOT EXISTS (SELECT 1 FROM document WHERE document.id = anchor.document_id)
    """,
    "DELETE FROM watch WHERE NOT EXISTS (SELECT 1 FROM run WHERE run.id = watch.run_id)",
    """
    DELETE FROM url WHERE id IN (
        SELECT id FROM url
        EXCEPT SELECT url_id FROM page
        EXCEPT SELECT url_id FROM fetch
        EXCEPT SELECT url_id FROM document
        EXCEPT SELECT target_id FROM link
        EXCEPT SELECT target_id FROM spell
        EXCEPT SELECT url_id FROM note
    )
    """,
    """
    DELETE FROM host WHERE id IN (
        SELECT id FROM host EXCEPT SELECT host_id FROM url EXCEPT SELECT host_id FROM robots
    )
    """,
)


class Pruned(NamedTuple):
    """What came of it: runs that went, and the size of the database before and after, in bytes."""

    runs: int
    before: int
    after: int


async def prune(location: Location, keep: int) -> Pruned:
    """Forget all runs before the last `keep` nights of each series, and give the room back.

    Crawls that go on beside it, on a server, wait with what they write, and those that begin until
    it has ended. UsageError where there is no database, or somebody writes to its file.
    """
    shared = isinstance(location, Server)
    async with opened(location, must_exist=True) as (database, _):
        before = await database.size()
        runs = await database.transact(partial(_prune, database, keep, shared=shared))
        if runs:
            await database.give_back()
        return Pruned(runs, before, await database.size())


async def _prune(database: Database, keep: int, *, shared: bool) -> int:
    if shared:
        await while_choosing(database)
    for statement in _LISTS:
        await database.run(statement)
    await database.run(_OLDEST_KEPT, {"keep": keep})
    await database.run(_OLD_RUNS, {"remembered": MOST_RUNS})
    ((runs,),) = await database.rows("SELECT count(*) FROM old")
    if not runs:
        return 0
    for statement in _OF_RUNS:
        await database.run(statement)
    if shared:  # what comes now is not of old runs alone
        await while_forgetting(database)
    for statement in (_OLD_SPELLS, *_UNUSED):
        await database.run(statement)
    return int(runs)
