"""One worker among many on a run that a server has: it takes part until the run is over."""

import asyncio
import logging
import os
import socket
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from crawler.engine.crawling import Crawling
from crawler.engine.descriptors import affordable
from crawler.engine.order import Order
from crawler.engine.parsing import ParserPool
from crawler.engine.progress import Progress
from crawler.engine.reach import open_web
from crawler.engine.span import Span
from crawler.engine.stint import Stint
from crawler.engine.stop import Stop
from crawler.engine.summary import Summary
from crawler.engine.tenure import Tenure
from crawler.engine.terms import seeds_in, settings_in
from crawler.errors import CrawlerError, RunOverError, StoreError, UnwritableError, UsageError
from crawler.fetch.web import PermittedWeb, Web
from crawler.location import Server
from crawler.store.database import Database
from crawler.store.engines import opened, opened_to_read
from crawler.store.founding import Shared, shared
from crawler.store.leases import LeaseLostError, Leases
from crawler.store.shared import SharedLedger

# Seconds before a server that cannot be reached is tried again.
_AGAIN = 1.0
FAREWELL = 2.0
"Seconds that it takes at most to say that a worker leaves: its lease ends by itself too."

logger = logging.getLogger(__name__)


async def work(server: Server, run_id: int, stop: Stop) -> Summary | None:
    """Join the run `run_id` that is in the database on `server`, and work on it until it is over.

    Return what it came to; None where `stop` ended the work before: the run goes on with the
    others. Raises UsageError where it cannot be joined, RunOverError where it was over before.
    """
    async with opened_to_read(server) as reader:
        joined = await shared(reader, run_id)
    settings = affordable(replace(settings_in(joined.settings), db=server.dsn))
    if settings.max_pages is not None:
        raise UsageError(f"run {run_id} has max-pages, which only one worker can keep to")
    seeds = seeds_in(joined.settings)
    order = Order(seeds=seeds, settings=settings, stop=stop, progress=Progress())
    async with open_web(order.seeds, settings) as web, ParserPool() as pool:
        return await Membership(joined, order, web, pool).serve()


def own_name(pid: int | None = None) -> str:
    """Return what this process, or another one here, is called among the workers of a run."""
    return f"{socket.gethostname()}:{os.getpid() if pid is None else pid}"


class Membership:
    """Goes from one lease to the next, until the run is over; what is under way is the lease's."""

    def __init__(self, joined: Shared, order: Order, web: Web, pool: ParserPool) -> None:
        self._joined = joined
        self._order = order
        self._web = web
        self._pool = pool
        self._span = Span.begun(order.settings.deadline, joined.age)
        self._former: list[int] = []

    async def serve(self, member: int | None = None) -> Summary | None:
        """Work until the run is over; return what it came to, None where that was stopped before.

        `member` is a lease that was begun already. RunOverError where the run was forgotten.
        """
        away_since: float | None = None
        met = member is not None
        while self._order.stop.reason is None:
            try:
                async with self._stint(member) as stint:
                    member, met, away_since = None, True, None
                    return await stint.serve(self._order.stop)
            except LeaseLostError as error:
                logger.warning("%s; another begins", error)
            except RunOverError:
                raise
            except (UsageError, UnwritableError) as error:
                if not met:
                    raise
                away_since = self._still_away(away_since, error)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._order.stop.asked(), _AGAIN)
        if member is not None:
            self._former.append(member)
        return None

    def _still_away(self, since: float | None, error: CrawlerError) -> float:
        """Return since when the server is away; StoreError where it was waited for long enough."""
        now = time.monotonic()
        if since is None:
            since = now
            logger.warning("%s; it is tried again", error)
        limit = since + self._order.patience
        if now >= min(limit, self._span.deadline or limit):
            raise StoreError(f"{error}; it is given up") from error
        return since

    async def end(self, state: str, reason: str) -> Summary:
        """End the run before its time, unless others work on it; return what it came to so far."""
        async with self._stint(None) as stint:
            return await stint.end(state, reason, self._former)

    @asynccontextmanager
    async def _stint(self, member: int | None) -> AsyncGenerator[Stint]:
        order, run_id = self._order, self._joined.run_id
        server = order.settings.database
        async with (
            opened(server, must_exist=True) as (beating, _),
            opened(server, must_exist=True) as (writer, reader),
        ):
            leases = await self._leases(beating, member)
            store = SharedLedger(writer, reader, leases.member)
            tenure = Tenure(run_id, leases, store)
            try:
                await store.join(self._joined)
                web = PermittedWeb(self._web, lambda: leases.holds)
                crawling = Crawling(
                    order.seeds, order.settings, store, web, order.clock, order.on_page
                )
                yield Stint(tenure, crawling, self._pool, order.progress, self._span)
            finally:
                if not tenure.clean:  # hosts may be busy with it: they rest until the lease is over
                    self._former.append(leases.member)
                else:
                    with suppress(StoreError, TimeoutError):
                        await asyncio.wait_for(leases.leave(), FAREWELL)

    async def _leases(self, database: Database, member: int | None) -> Leases:
        run_id, seconds = self._joined.run_id, self._joined.lease
        if member is not None:
            return Leases(database, run_id, member, seconds)
        return await Leases.begin(database, run_id, own_name(), seconds)
