"""A run that a server has, begun here: others may join it."""

import asyncio

from crawler.engine.fleet import fleet
from crawler.engine.membership import Membership, Order, own_name
from crawler.engine.parsing import ParserPool
from crawler.engine.reach import open_web
from crawler.engine.summary import Summary
from crawler.engine.terms import series_of, terms
from crawler.errors import StoreError
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
    async with open_web(order.seeds, order.settings) as web, ParserPool() as pool:
        joined, member = await founded(order, server, lease)
        order.progress.run_id = joined.run_id
        membership = Membership(joined, order, web, pool)
        try:
            summary = await _served(membership, member, order, server)
            return summary or await membership.end("interrupted", order.stop.reason or "")
        except asyncio.CancelledError:
            await membership.end("interrupted", "cancelled")
            raise
        except StoreError:
            raise
        except Exception as error:
            await membership.end("failed", type(error).__name__)
            raise


async def _served(
    membership: Membership, member: int, order: Order, server: Server
) -> Summary | None:
    """Work on the run, with as many processes as are asked for."""
    number, grace = order.settings.workers_here - 1, order.settings.grace + _LONGER
    async with fleet(server, order.progress.run_id or 0, number, grace) as workers:
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
