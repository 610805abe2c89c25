"""The truce of who writes with who forgets, on a server: nobody refers to what is about to go."""

from crawler.store.database import Database

# Held until the transaction ends; which it does, too, where who began it is never heard of again.
# PostgreSQL serves in turn: who waits to forget lets nobody begin to write before.
_WRITE = """
SELECT
    set_config('idle_in_transaction_session_timeout', '30s', true),
    pg_advisory_xact_lock_shared(hashtextextended('prune ' || current_schema(), 0))
"""

_FORGET = """
SELECT
    set_config('idle_in_transaction_session_timeout', '30s', true),
    pg_advisory_xact_lock(hashtextextended('prune ' || current_schema(), 0))
"""


async def while_writing(database: Database) -> None:
    """Have nothing forgotten before the open transaction ends: what is known may be relied on."""
    await database.rows(_WRITE)


async def while_forgetting(database: Database) -> None:
    """Have no crawl write before the open transaction ends."""
    await database.rows(_FORGET)
