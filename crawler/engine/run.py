"""A run from its seeds to its summary: builds the parts, watches the end, puts everything away."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from functools import partial

from crawler.engine.crew import Crew
from crawler.engine.descriptors import affordable
from crawler.engine.discovery import Discovery
from crawler.engine.events import OnPage, page_done
from crawler.engine.frontier import Frontier
from crawler.engine.looks import Looks
from crawler.engine.outcome import Outcomes
from crawler.engine.parsing import ParserPool
from crawler.engine.progress import Progress
from crawler.engine.reader import Reader
from crawler.engine.rulebook import Rulebook
from crawler.engine.scope import Scoping
from crawler.engine.seeds import Seed, parse_seeds
from crawler.engine.settle import settle_fragments, settle_moves, settle_pages
from crawler.engine.stop import Stop
from crawler.engine.suggest import suggest_copies
from crawler.engine.summary import Summary, doubts
from crawler.engine.waits import waits
from crawler.engine.worker import Tools
from crawler.engine.writer import Writer
from crawler.errors import StoreError, UsageError
from crawler.fetch.client import Client
from crawler.fetch.folder import Folder
from crawler.fetch.guard import Guard, kinds_of_seeds
from crawler.fetch.proxy import Proxy
from crawler.fetch.web import Web
from crawler.model import Ending, Page, Request, Run, Verdict
from crawler.settings import Settings
from crawler.store.protocol import Store
from crawler.store.sqlite import open_store
from crawler.urls import host_of, url_id

Clock = Callable[[], float]

# What ends a run before its end and is no interruption.
_LIMITS = {"deadline", "max-pages"}

logger = logging.getLogger(__name__)


async def crawl(
    seeds: Iterable[str | Seed],
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
    `clock` says when it is (seconds since the epoch). Raises UsageError where the seeds, the
    settings or the database make no sense, StoreError where the database fails. What is wrong with
    a page is no error but a row. Cancelled, it closes the run as interrupted; `stop` is the kinder
    way.
    """
    chosen = affordable(settings or Settings())
    sown = parse_seeds(seeds)
    async with _open_web(sown, chosen) as web, open_store(chosen.db_path) as store:
        run = _Crawl(sown, chosen, store, web, clock, on_page)
        return await run.run(stop or Stop(), progress or Progress())


@asynccontextmanager
async def _open_web(seeds: Sequence[Seed], settings: Settings) -> AsyncGenerator[Web]:
    try:
        folders = [
            Folder.at(seed.folder, seed.published, is_markdown=seed.base is not None)
            for seed in seeds
            if seed.folder is not None
        ]
    except OSError as error:
        raise UsageError(f"a seed's folder cannot be read: {error}") from error
    own = {host_of(seed.url) for seed in seeds if seed.folder is None}
    guard = Guard(settings.allow_private, await kinds_of_seeds(own))
    proxy = None if settings.proxy is None else Proxy(settings.proxy, guard)
    if proxy is not None:  # the one address that is connected to
        guard = Guard(settings.allow_private, await kinds_of_seeds({str(proxy.url.origin())}))
    async with Client.open(settings, guard, settings.told(own), proxy) as client:
        yield Web(client, folders, settings.max_body)


class _Crawl:
    """One run: says in which order its parts come and go."""

    def __init__(
        self,
        seeds: Sequence[Seed],
        settings: Settings,
        store: Store,
        web: Web,
        clock: Clock,
        on_page: OnPage | None,
    ) -> None:
        self._seeds = seeds
        self._settings = settings
        self._store = store
        self._web = web
        self._clock = clock
        self._on_page = on_page
        self._ended = False
        self._scoping = Scoping([seed.site for seed in seeds], settings)

    async def run(self, stop: Stop, progress: Progress) -> Summary:
        """Run to the end, whatever ends it, and close the run's row with its state and reason."""
        started = time.monotonic()
        run = await self._begin()
        try:
            async with ParserPool() as pool:
                reason = await self._work(run, stop, self._tools(run, progress, pool))
            summary = await self._conclude(run, reason, started)
        except asyncio.CancelledError:
            await self._end_badly(run, "interrupted", "cancelled")
            raise
        except Exception as error:
            await self._end_badly(run, "failed", type(error).__name__)
            raise
        return summary

    async def _begin(self) -> Run:
        seeds = [seed.url for seed in self._seeds]
        described = {
            "seeds": seeds,
            "folders": {seed.published: str(seed.folder) for seed in self._seeds if seed.folder},
            **asdict(self._settings),
            "recheck_after": self._settings.recheck_after.total_seconds(),
        }
        resume = self._settings.resume
        run = await self._store.begin(
            _series(self._seeds), _json(described), self._clock(), resume=resume
        )
        if resume and not run.resumed:
            logger.info("there is no unfinished run with these seeds: run %s begins", run.id)
        return run

    def _tools(self, run: Run, progress: Progress, pool: ParserPool) -> Tools:
        settings = self._settings
        queue: asyncio.Queue[Request | None] = asyncio.Queue(
            settings.workers or settings.concurrency
        )
        load = partial(self._store.window, run.id)
        frontier = Frontier(queue, self._scoping, settings, load)
        progress.run_id = run.id
        progress.waits = lambda: waits(frontier.hosts(), time.monotonic())

        committed = partial(self._committed, frontier, progress)
        discovery = Discovery(self._scoping, partial(self._store.new_targets, run.id))
        return Tools(
            queue=queue,
            semaphore=asyncio.Semaphore(settings.concurrency),
            web=self._web,
            frontier=frontier,
            writer=Writer(self._store, run.id, committed),
            outcomes=Outcomes(discovery, Reader(pool), settings),
            rulebook=Rulebook(discovery, settings),
            progress=progress,
            settings=settings,
        )

    def _committed(
        self, frontier: Frontier, progress: Progress, pages: Sequence[Page], new: list[Request]
    ) -> None:
        frontier.committed(pages, new)
        progress.open = frontier.open
        done = [page for page in pages if page.done and page.request.robots_for is None]
        progress.done += len(done)
        progress.broken += sum(map(_is_broken, done))
        if self._on_page is not None:
            for page in done:
                self._on_page(page_done(page))

    async def _work(self, run: Run, stop: Stop, tools: Tools) -> str | None:
        """Work through the frontier; return why it was left before its end, if it was."""
        limit = self._settings.deadline
        deadline = None if limit is None else time.monotonic() + limit.total_seconds()
        crew = Crew(tools, deadline)
        async with crew.at_work():
            new = await self._store.add(run.id, [seed.request for seed in self._seeds])
            if run.resumed:
                for url in await self._store.seeds(run.id):
                    self._scoping.adopt(url)
                tools.frontier.restore(await self._store.open_pages(run.id))
            else:
                tools.frontier.admit(new)
            looks = Looks(self._store, run, self._scoping, tools.outcomes, self._settings)
            reason = await crew.exhaust(stop)
            while reason is None and await looks.again(tools.frontier):
                reason = await crew.exhaust(stop)
            for look in (looks.with_cookies, looks.slowly, looks.probe, looks.closely):
                if reason is None and await look(tools.frontier):
                    reason = await crew.exhaust(stop)
            while reason is None and await looks.again(tools.frontier):
                reason = await crew.exhaust(stop)
        return reason

    async def _conclude(self, run: Run, reason: str | None, started: float) -> Summary:
        if reason is not None:
            await self._store.explain_open(run.id, reason)
        await settle_pages(self._store, run.id, self._settings)
        await settle_fragments(self._store, run.id, self._settings.rulings)
        await settle_moves(self._store, run.id)
        await self._store.settle_notes(run.id)
        if self._settings.suggest:
            await suggest_copies(self._store, run.id, self._web, self._settings.archive)
        ill = await self._store.ill_pages(run.id, [url_id(seed.url) for seed in self._seeds])
        doubted = doubts(await self._store.hosts(run.id), ill)
        state = (
            "finished" if reason is None else "incomplete" if reason in _LIMITS else "interrupted"
        )
        await self._store.end(run.id, self._ending(state, reason, doubted))
        self._ended = True
        totals = await self._store.totals(run.id)
        return Summary(run.id, state, reason, time.monotonic() - started, totals, doubted)

    def _ending(self, state: str, reason: str | None, doubted: tuple[str, ...]) -> Ending:
        settings = self._settings
        return Ending(
            state=state,
            reason=reason,
            at=self._clock(),
            doubts=doubted,
            confirm_runs=settings.confirm_runs,
            confirm_seconds=settings.confirm_after.total_seconds(),
        )

    async def _end_badly(self, run: Run, state: str, reason: str) -> None:
        """Close the run's row if that can still be done; the error under way matters more."""
        if self._ended:
            return
        try:
            await self._store.explain_open(run.id, reason)
            await self._store.end(run.id, self._ending(state, reason, ()))
        except StoreError:
            return


def _is_broken(page: Page) -> bool:
    return page.judgement is not None and page.judgement.verdict is Verdict.BROKEN


def _series(seeds: Iterable[Seed]) -> str:
    """Return what the runs have in common that know one another: a built site is not the web's."""
    return _json(sorted({(seed.url, "web" if seed.folder is None else "folder") for seed in seeds}))


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), default=str)
