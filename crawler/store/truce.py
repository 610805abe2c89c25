"""The truce of who writes with who forgets, on a server: nobody refers to what is about to go.

Who begins a run waits until all is forgotten, as what it remembers was not kept for it; who goes on
with one waits only while what belongs to no run alone is forgotten.
"""

import logging

from crawler.store.database import Database

logger = logging.getLogger(__name__)

# Held until the transaction ends. PostgreSQL serves in turn: who waits to forget lets nobody begin
# to write before.
_WRITE = "SELECT pg_advisory_xact_lock_shared(hashtextextended('prune ' || current_schema(), 0))"

_FORGET = "SELECT pg_advisory_xact_lock(hashtextextended('prune ' || current_schema(), 0))"

_MAY_BEGIN = """
SELECT pg_try_advisory_xact_lock_shared(hashtextextended('begin ' || current_schema(), 0))
"""

_BEGIN = "SELECT pg_advisory_xact_lock_shared(hashtextextended('begin ' || current_schema(), 0))"

_LET_NONE_BEGIN = "SELECT pg_advisory_xact_lock(hashtextextended('begin ' || current_schema(), 0))"


async def while_beginning(database: Database) -> None:
    """Have nobody choose what to forget before the open transaction, which begins a run, ends."""
    if await database.rows(_MAY_BEGIN) != [(True,)]:
        logger.warning("old runs are being forgotten, and that is waited for")
        await database.rows(_BEGIN)


async def while_choosing(database: Database) -> None:
    """Have no run begin, nor be continued, before the open transaction, which forgets, ends."""
    await database.rows(_LET_NONE_BEGIN)


async def while_writing(database: Database) -> None:
    """Have nothing forgotten before the open transaction ends: what is known may be relied on."""
    await database.rows(_WRITE)


async def while_forgetting(database: Database) -> None:
    """Have no crawl write before the open transaction ends."""
    await database.rows(_FORGET)
