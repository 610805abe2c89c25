"""A run that a server has, begun here: others may join it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

from crawler.engine.events import name_of
from crawler.engine.fleet import Worked, fleet, worked_here
from crawler.engine.membership import Membership, own_name
from crawler.engine.order import Order
from crawler.engine.overview import overseen
from crawler.engine.parsing import ParserPool
from crawler.engine.progress import Progress
from crawler.engine.reach import open_web
from crawler.engine.summary import Summary
from crawler.engine.terms import series_of, terms
from crawler.errors import RunOverError, StoreError, UsageError
from crawler.location import Server
from crawler.store.engines import opened
from crawler.store.founding import Founder, Shared, shared

LEASE = 30.0
"Seconds for which a worker that says nothing keeps its hosts."

# Seconds that other processes may take to end, beside those that their requests may.
_LONGER = 5.0


async def lead(order: Order, server: Server, lease: float = LEASE) -> Summary:
    """Begin a run, or continue one, and work on it until it is over; return what it came to.

    Where that is stopped, or fails, and nobody else works on it, the run is closed.
    """
    async with (
        open_web(order.seeds, order.settings) as web,
        ParserPool() as pool,
        _place(order.settings.ray) as worked,
    ):
        joined, member = await founded(order, server, lease)
        order.progress.run_id = joined.run_id
        ours = Progress()
        membership = Membership(joined, replace(order, progress=ours), web, pool)
        try:
            async with overseen(server, ours, order.progress):
                summary = await _served(membership, member, order, server, worked)
            return summary or await membership.end("interrupted", order.stop.reason or "")
        except asyncio.CancelledError:
            await membership.end("interrupted", "cancelled")
            raise
        except (StoreError, RunOverError):
            raise
        except Exception as error:
            await membership.end("failed", name_of(error))
            raise


async def _served(
    membership: Membership, member: int, order: Order, server: Server, worked: Worked
) -> Summary | None:
    """Work on the run, with as many others as are asked for."""
    number, grace = order.settings.workers_here, order.settings.grace + _LONGER
    if worked is worked_here:
        number -= 1  # this is one
    async with fleet(server, order.progress.run_id or 0, number, grace, worked) as workers:
        summary = await membership.serve(member)
        if workers and summary is not None:
            await asyncio.wait(workers, timeout=_LONGER)
        return summary


async def founded(order: Order, server: Server, lease: float) -> tuple[Shared, int]:
    """Begin a run, or continue one; return it, with a lease on it that is begun."""
    settings, seeds = order.settings, order.seeds
    async with opened(server) as (writer, reader):
        founder = Founder(writer, reader, own_name(), lease)
        text, resume = terms(seeds, settings), settings.resume
        run = await founder.begin(series_of(seeds), text, order.clock(), resume=resume)
        return await shared(reader, run.id), founder.member


@asynccontextmanager
async def _place(address: str | None) -> AsyncGenerator[Worked]:
    """Yield what has others work: in processes here, or on the Ray cluster at `address`."""
    if address is None:
        yield worked_here
        return
    try:
        from crawler.engine.cluster import connected, worked  # noqa: PLC0415 - few need it
    except ModuleNotFoundError as error:
        raise UsageError(f"--ray needs {error.name}: pip install '.[ray]'") from error
    async with connected(address):
        yield worked
