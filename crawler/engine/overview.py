"""How far a run is that many work on: the database knows what all of them have done."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from crawler.engine.progress import Progress
from crawler.errors import StoreError, UsageError
from crawler.location import Server
from crawler.store.database import Database
from crawler.store.engines import opened_to_read
from crawler.store.founding import counts

# Seconds between two looks; and so many times what one takes, for it counts all pages.
_EVERY, _TIMES = 1.0, 20


@asynccontextmanager
async def overseen(server: Server, ours: Progress, shown: Progress) -> AsyncGenerator[None]:
    """Keep `shown` at what all workers of its run have done, while the block lasts.

    What only this process knows comes from `ours`: the hosts that are waited for, and how many
    requests are in flight. Where the server cannot be asked, `shown` stays as it was.
    """
    shown.waits = lambda: ours.waits()  # noqa: PLW0108 - they change
    watching = asyncio.create_task(_watch(server, ours, shown), name="overview")
    try:
        yield
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def _watch(server: Server, ours: Progress, shown: Progress) -> None:
    while True:
        with suppress(UsageError, StoreError):
            async with opened_to_read(server) as reader:
                await _count(reader, ours, shown)
        await asyncio.sleep(_EVERY)


async def _count(reader: Database, ours: Progress, shown: Progress) -> None:
    while True:
        begin = time.monotonic()
        found = await counts(reader, shown.run_id or 0)
        shown.done, shown.open, shown.broken = found
        shown.in_flight = ours.in_flight
        await asyncio.sleep(max(_EVERY, _TIMES * (time.monotonic() - begin)))
