"""What a worker does under one lease: crawls with the others, then closes the run or stands by."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial

from crawler.engine.cancelling import at_once
from crawler.engine.crawling import LIMITS, Crawling
from crawler.engine.crew import Crew
from crawler.engine.parsing import ParserPool
from crawler.engine.progress import Progress
from crawler.engine.span import Span
from crawler.engine.stop import Stop
from crawler.engine.summary import Summary
from crawler.engine.tenure import CLOSING, LAPSED, Tenure
from crawler.engine.worker import Tools
from crawler.model import Run
from crawler.store.leases import LeaseLostError

# Seconds that may pass until all is written, beside those that requests may take to finish.
_LONGER = 10.0
# Seconds between two looks at a run that another closes.
_LOOK = 0.2

logger = logging.getLogger(__name__)


class Stint:
    """One worker's part in a run, as long as its tenure lasts."""

    def __init__(
        self,
        tenure: Tenure,
        crawling: Crawling,
        pool: ParserPool,
        progress: Progress,
        span: Span,
    ) -> None:
        self._span = span
        self._tenure = tenure
        self._crawling = crawling
        self._pool = pool
        self._progress = progress
        self._run = Run(tenure.run_id, resumed=True)

    async def serve(self, stop: Stop) -> Summary | None:
        """Take part until the run is over; return what it came to, None where `stop` came first.

        LeaseLostError where the lease was over before.
        """
        tenure = self._tenure
        patience = self._crawling.settings.grace + _LONGER
        async with tenure.kept(), _relayed(stop, partial(tenure.ask, patience=patience)):
            standing = await tenure.leases.standing()
            joins = standing.running and not standing.closing
            reason = await self._crawl() if joins else CLOSING
            if reason in LIMITS and not await tenure.leases.begin_closing(limit=True):
                reason = CLOSING
            if reason == CLOSING:
                tenure.go_on()
                await tenure.give_back()
                return await self._stand_by()
            return await self._close(reason)

    async def end(self, state: str, reason: str, former: Iterable[int]) -> Summary:
        """End the run before its time, unless others work on it; return what it came to so far.

        Whoever has `former` leases does not ask for anything any more.
        """
        tenure = self._tenure
        async with tenure.kept():
            for member in former:
                await tenure.leases.dismiss(member)
            await tenure.leases.evict()
            standing = await tenure.leases.standing()
            alone = standing.running and standing.members == 1
            if alone and await tenure.leases.begin_closing(limit=True):
                await tenure.gather()
                if state == "interrupted":
                    return await self._crawling.conclude(self._run, reason, self._span, tenure.stop)
                await self._crawling.break_off(self._run, state, reason)
            return await self._outcome(state, reason)

    async def _crawl(self) -> str | None:
        """Crawl with the others; return why that ended, None where we are to close the run."""
        tenure, tools = self._tenure, self._tools()
        tools.frontier.expect(more=True)
        crew = tenure.lead(Crew(tools, self._span))
        async with crew.at_work():
            await self._crawling.sow(self._run)
            async with tenure.tended(tools, self._crawling.scoping):
                return await crew.exhaust(tenure.stop)

    async def _stand_by(self) -> Summary | None:
        """Wait until the run is over; should the one who closes it die, do it."""
        tenure = self._tenure
        while tenure.stop.reason is None:
            standing = await tenure.leases.standing()
            if not standing.running:
                return await self._outcome("running", None)
            await tenure.leases.evict()
            if await tenure.leases.begin_closing():
                return await self._close(None)
            await asyncio.sleep(_LOOK)
        _refuse_lapse(tenure.stop.reason)
        return None

    async def _close(self, reason: str | None) -> Summary | None:
        """Do what only one can, with all shards: the looks back, and the last judgements."""
        tenure = self._tenure
        if reason is None or reason in LIMITS:
            await tenure.gather()
        if reason is None:
            tools = self._tools()
            crew = tenure.lead(Crew(tools, self._span))
            reason = await self._crawling.work(self._run, tenure.stop, tools, crew)
        if reason is not None and reason not in LIMITS:
            _refuse_lapse(reason)
            return None
        return await self._crawling.conclude(self._run, reason, self._span, tenure.stop)

    def _tools(self) -> Tools:
        return self._crawling.tools(self._run, self._progress, self._pool, self._tenure.since)

    async def _outcome(self, state: str, reason: str | None) -> Summary:
        """Return what the run came to; where it goes on, as if it were `state` for a `reason`."""
        store, seconds = self._tenure.store, self._span.seconds
        ending = await store.ending(self._run.id)
        totals = await store.totals(self._run.id)
        if ending.state == "running":
            ending = ending._replace(state=state, reason=reason)
        return Summary(
            self._run.id, ending.state, ending.reason, seconds, totals, tuple(ending.doubts)
        )


def _refuse_lapse(reason: str | None) -> None:
    if reason == LAPSED:
        raise LeaseLostError("the lease of this worker was over")


@asynccontextmanager
async def _relayed(stop: Stop, ask: Callable[[str], None]) -> AsyncGenerator[None]:
    """Pass on what `stop` is asked for while the block lasts."""

    async def relay() -> None:
        await stop.asked()
        ask(stop.reason or "")
        await stop.forced()
        ask(stop.reason or "")

    async with at_once(relay()):
        yield
