"""A worker that is there for every run of a database: it joins one after the other."""

import asyncio
import logging
import time
from collections.abc import Collection
from contextlib import suppress

from crawler.engine.membership import work
from crawler.engine.stop import Stop
from crawler.errors import RunOverError, UnwritableError, UsageError
from crawler.location import Server
from crawler.store.engines import opened_to_read
from crawler.store.founding import next_shared

# Seconds between two looks for a run; before one that could not be joined is tried again.
_LOOK, _AGAIN = 5.0, 60.0

logger = logging.getLogger(__name__)


async def serve(server: Server, stop: Stop, look: float = _LOOK) -> None:
    """Work on the runs of the database on `server`, and wait for more, until `stop` ends that.

    It looks for one every `look` seconds. UsageError where there is no database at first.
    """
    await _next(server, ())
    refused: dict[int, float] = {}
    while stop.reason is None:
        run_id, now = None, time.monotonic()
        refused = {each: until for each, until in refused.items() if until > now}
        try:
            run_id = await _next(server, refused)
            if run_id is not None:
                await work(server, run_id, stop)
        except RunOverError as error:
            logger.info("%s", error)
        except (UsageError, UnwritableError) as error:
            logger.warning("%s", error)
            if run_id is not None:
                refused[run_id] = now + _AGAIN
        if run_id is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.asked(), look)


async def _next(server: Server, refused: Collection[int]) -> int | None:
    async with opened_to_read(server) as reader:
        return await next_shared(reader, refused)
