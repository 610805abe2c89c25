"""A run from its seeds to its summary, in one process: begins it, and closes it in any case."""

import asyncio
import logging
import time
from collections.abc import Iterable
from contextlib import suppress
from inspect import iscoroutinefunction
from os import PathLike
from pathlib import Path

from crawler.engine.cancelling import told_once
from crawler.engine.crawling import Clock, Crawling
from crawler.engine.crew import Crew
from crawler.engine.descriptors import affordable
from crawler.engine.events import LeftError, OnPage, name_of
from crawler.engine.order import Order
from crawler.engine.parsing import ParserPool
from crawler.engine.progress import Progress
from crawler.engine.reach import open_web
from crawler.engine.seeds import Seed, parse_seeds
from crawler.engine.span import Span
from crawler.engine.stop import Stop
from crawler.engine.summary import Summary
from crawler.engine.terms import series_of, terms
from crawler.errors import StoreError, UsageError
from crawler.kinds import check_kind
from crawler.location import Server
from crawler.model import Run
from crawler.settings import Settings
from crawler.store.ledger import open_store
from crawler.store.protocol import Store

logger = logging.getLogger(__name__)


async def crawl(
    seeds: Iterable[str | PathLike[str] | Seed],
    settings: Settings | None = None,
    *,
    stop: Stop | None = None,
    progress: Progress | None = None,
    on_page: OnPage | None = None,
    clock: Clock = time.time,
) -> Summary:
    """Crawl from `seeds`, remember everything in the database, and return what the run came to.

    `seeds` are http(s) URLs, or paths of built sites' folders and of Markdown. `stop` ends the run
    from outside, `progress` is counted up while it lasts, `on_page` is called for every page done,
    `clock` says when the run is (seconds since the epoch; requests have the time of day). Raises
    UsageError where the seeds, the settings or the database make no sense, StoreError where the
    database fails, NoParserError where no process can be had that parses. What is wrong with a page
    is no error but a row. Cancelled, it closes the run as interrupted; `stop` is the kinder way.
    """
    check_kind("settings", settings, Settings | None)
    check_kind("stop", stop, Stop | None)
    check_kind("progress", progress, Progress | None)
    _check_called("clock", clock)
    if on_page is not None:
        _check_called("on_page", on_page)
    chosen = affordable(settings or Settings())
    order = Order(
        seeds=parse_seeds(seeds),
        settings=chosen,
        stop=stop or Stop(),
        progress=progress or Progress(),
        clock=clock,
        on_page=on_page,
    )
    where = chosen.database
    run = _led(order, where) if isinstance(where, Server) else _alone(order, where)
    try:
        return await told_once(run)
    except LeftError as left:
        raise left.wish from None


def _check_called(name: str, function: object) -> None:
    called = getattr(function, "__call__", None)  # noqa: B004 - of an object too
    if called is None or iscoroutinefunction(function) or iscoroutinefunction(called):
        raise UsageError(f"{name} must be a function that is called and not awaited")


async def _led(order: Order, server: Server) -> Summary:
    from crawler.engine.leading import lead  # noqa: PLC0415 - a file is nobody else's

    return await lead(order, server)


async def _alone(order: Order, db: Path) -> Summary:
    settings, seeds, clock = order.settings, order.seeds, order.clock
    async with open_web(seeds, settings) as web, open_store(db) as store:
        crawling = Crawling(seeds, settings, store, web, clock, order.on_page)
        return await _Crawl(crawling, store, clock).run(order.stop, order.progress)


class _Crawl:
    """One run by one process: begins it, and closes it whatever ends it."""

    def __init__(self, crawling: Crawling, store: Store, clock: Clock) -> None:
        self._crawling = crawling
        self._settings = crawling.settings
        self._store = store
        self._clock = clock

    async def run(self, stop: Stop, progress: Progress) -> Summary:
        """Run to the end, whatever ends it, and close the run's row with its state and reason."""
        span = Span.begun(self._settings.deadline)
        begun = asyncio.ensure_future(self._begin())
        try:
            run = await asyncio.shield(begun)
        except asyncio.CancelledError:  # its row is in the database, or will be
            await self._end_badly(await begun, "interrupted", "cancelled")
            raise
        try:
            async with ParserPool() as pool:
                tools = self._crawling.tools(run, progress, pool)
                crew = Crew(tools, span)
                reason = await self._crawling.work(run, stop, tools, crew)
            summary = await self._crawling.conclude(run, reason, span, stop)
        except asyncio.CancelledError:
            await self._end_badly(run, "interrupted", "cancelled")
            raise
        except Exception as error:
            await self._end_badly(run, "failed", name_of(error))
            raise
        return summary

    async def _begin(self) -> Run:
        seeds, resume = self._crawling.seeds, self._settings.resume
        run = await self._store.begin(
            series_of(seeds), terms(seeds, self._settings), self._clock(), resume=resume
        )
        if resume and not run.resumed:
            logger.info("there is no unfinished run with these seeds: run %s begins", run.id)
        return run

    async def _end_badly(self, run: Run, state: str, reason: str) -> None:
        """Close the run's row if that can still be done; the error under way matters more."""
        if not self._crawling.ended:
            with suppress(StoreError):
                await self._crawling.break_off(run, state, reason)
