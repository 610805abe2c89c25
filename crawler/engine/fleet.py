"""Further workers of a run: processes on this machine, or elsewhere, begun again where they die."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from crawler.engine.cancelling import at_once
from crawler.engine.children import command_of, environment
from crawler.engine.membership import FAREWELL, own_name
from crawler.errors import CrawlerError
from crawler.location import Server
from crawler.store.engines import opened
from crawler.store.leases import leave_for

# Seconds before one that died is started again, at first and at most.
_SOON, _LATER = 0.5, 30.0
_NOT_STARTED = 127  # as shells have it

logger = logging.getLogger(__name__)

Worked = Callable[[Server, int, float], Awaitable[int]]
"Has one more worker work on a run; returns its exit status. To cancel it ends the worker."


@asynccontextmanager
async def fleet(
    server: Server, run_id: int, number: int, grace: float, worked: Worked
) -> AsyncGenerator[list[asyncio.Task[None]]]:
    """Have `number` workers work on a run while the block lasts; `grace` is theirs to end in.

    What comes are the tasks that do so: they end with the run.
    """
    workers = (_kept_alive(partial(worked, server, run_id, grace)) for _ in range(number))
    async with at_once(*workers) as tasks:
        yield tasks


async def _kept_alive(worked: Callable[[], Awaitable[int]]) -> None:
    """Have a worker work on the run until that is over."""
    wait = _SOON
    while True:
        status = await worked()
        if status == 0:
            return
        logger.warning("a worker ended with status %d; another begins in %g s", status, wait)
        await asyncio.sleep(wait)
        wait = min(_LATER, 2 * wait)


async def worked_here(server: Server, run_id: int, grace: float) -> int:
    """Have a process work on a run until that is over; return its exit status."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command_of("crawler", "work", "--run", str(run_id)),
            env={**environment(), **_told(server)},  # arguments others could read
            stdin=asyncio.subprocess.DEVNULL,
            process_group=0,  # what is typed reaches us alone
        )
    except OSError as error:  # too many processes, or too little memory, for the moment
        logger.warning("a worker cannot be started: %s", error)
        return _NOT_STARTED
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
        await _leave_for(server, run_id, process.pid)
        raise


def _told(server: Server) -> dict[str, str]:
    """Return what a worker reads in its environment: where the run is, and how much is said here.

    Standard error is ours as well: where nobody asked a program to say what it does, neither may a
    process of its own.
    """
    quiet = not logger.isEnabledFor(logging.INFO)
    return {"CRAWLER_DB": server.dsn, **({"CRAWLER_QUIET": "true"} if quiet else {})}


async def _leave_for(server: Server, run_id: int, pid: int) -> None:
    """End the lease of a process that ended with requests under way: nobody waits for it now."""
    with contextlib.suppress(CrawlerError, TimeoutError):
        async with asyncio.timeout(FAREWELL), opened(server, must_exist=True) as (database, _):
            await leave_for(database, run_id, own_name(pid))
