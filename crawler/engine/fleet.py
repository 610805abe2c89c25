"""Further workers of a run on this machine: processes, started again where they die."""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from crawler.location import Server

# Seconds before one that died is started again, at first and at most.
_SOON, _LATER = 0.5, 30.0
# What a worker exits with where another would fare no better: the run cannot be joined.
_REFUSED = 2

logger = logging.getLogger(__name__)


Fleet = set[asyncio.Task[None]]


@asynccontextmanager
async def fleet(server: Server, run_id: int, number: int, grace: float) -> AsyncGenerator[Fleet]:
    """Have `number` processes work on a run while the block lasts; `grace` is theirs to end in.

    What comes are the tasks that do so: they end with the run.
    """
    tasks = {asyncio.create_task(_kept_alive(server, run_id, grace)) for _ in range(number)}
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _kept_alive(server: Server, run_id: int, grace: float) -> None:
    """Have a process work on the run until that is over."""
    wait = _SOON
    while True:
        status = await _worked(server, run_id, grace)
        if status in (0, _REFUSED):
            return
        logger.warning("a worker ended with status %d; another begins in %g s", status, wait)
        await asyncio.sleep(wait)
        wait = min(_LATER, 2 * wait)


async def _worked(server: Server, run_id: int, grace: float) -> int:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "crawler", "work", "--run", str(run_id)),
        env={**os.environ, "CRAWLER_DB": server.dsn},  # arguments others could read
        stdin=asyncio.subprocess.DEVNULL,
        process_group=0,  # what is typed reaches us alone
    )
    try:
        return await process.wait()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), grace)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
