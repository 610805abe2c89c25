"""What a run does between its beginning and its end: its parts, and in which order they come."""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial

from crawler.engine.crew import Crew
from crawler.engine.discovery import Discovery
from crawler.engine.events import OnPage, tell
from crawler.engine.frontier import Frontier
from crawler.engine.hosts import politeness
from crawler.engine.looks import MOST_FOLDERS, Looks
from crawler.engine.novelties import Novelties
from crawler.engine.outcome import Outcomes
from crawler.engine.parsing import ParserPool
from crawler.engine.progress import Progress
from crawler.engine.reader import MOST_LOST, Reader
from crawler.engine.roster import Since, for_ever
from crawler.engine.rulebook import Rulebook
from crawler.engine.scope import Scoping
from crawler.engine.seeds import Seed
from crawler.engine.settle import settle_fragments, settle_lasting, settle_moves, settle_pages
from crawler.engine.span import Span
from crawler.engine.stop import Stop
from crawler.engine.suggest import Archive, Paced, suggest_copies
from crawler.engine.summary import SOME_PAGES, Summary, doubts, missed
from crawler.engine.unlinked import note_unlinked
from crawler.engine.waits import waits
from crawler.engine.worker import Tools
from crawler.engine.writer import Writer
from crawler.fetch.retry import RetryPolicy
from crawler.fetch.web import Asked
from crawler.model import Ending, Page, Request, Run, Verdict
from crawler.settings import Settings
from crawler.store.protocol import Store
from crawler.urls import host_of, url_id

Clock = Callable[[], float]

LIMITS = frozenset({"deadline", "max-pages"})
"What ends a run before its end and is no interruption."


class Crawling:
    """What a run is made of; whoever owns it begins the run, and closes it where that fails.

    `ended`: its row is closed.
    """

    def __init__(
        self,
        seeds: Sequence[Seed],
        settings: Settings,
        store: Store,
        web: Asked,
        clock: Clock,
        on_page: OnPage | None,
    ) -> None:
        self.seeds = seeds
        self.settings = settings
        folders = [seed.published for seed in seeds if seed.folder is not None]
        self.scoping = Scoping([seed.site for seed in seeds], settings, folders)
        self.ended = False
        self._store = store
        self._web = web
        self._clock = clock
        self._on_page = on_page

    def tools(
        self, run: Run, progress: Progress, pool: ParserPool, since: Since = for_ever
    ) -> Tools:
        """Return what the workers of `run` share; `since` says how long hosts have been ours."""
        settings = self.settings
        queue: asyncio.Queue[Request | None] = asyncio.Queue(
            settings.workers or settings.concurrency
        )
        load = partial(self._store.window, run.id)
        frontier = Frontier(queue, self.scoping, settings, load, since)
        progress.run_id = run.id

        discovery = Discovery(self.scoping)
        novelties = Novelties(partial(self._store.new_targets, run.id), discovery)
        write = partial(self._write, run.id, novelties)
        committed = partial(self._committed, frontier, progress)
        writer = Writer(write, committed, at_once=since is not for_ever)
        progress.waits = lambda: waits(frontier.hosts(), time.monotonic(), writer.since)
        on_file = partial(self._store.robots, run.id) if run.resumed else None
        return Tools(
            queue=queue,
            semaphore=asyncio.Semaphore(settings.concurrency),
            web=self._web,
            frontier=frontier,
            writer=writer,
            outcomes=Outcomes(discovery, Reader(pool), settings),
            rulebook=Rulebook(discovery, settings, on_file),
            progress=progress,
            settings=settings,
        )

    async def _write(
        self, run_id: int, novelties: Novelties, pages: Sequence[Page]
    ) -> list[Request]:
        return await self._store.write(run_id, await novelties.added(pages))

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
                tell(self._on_page, page)

    async def work(self, run: Run, stop: Stop, tools: Tools, crew: Crew) -> str | None:
        """Work through the frontier; return why it was left before its end, if it was."""
        async with crew.at_work():
            new = await self.sow(run)
            if run.resumed:
                for url in await self._store.seeds(run.id):
                    self.scoping.adopt(url)
                tools.frontier.restore(await self._store.open_pages(run.id))
            else:
                tools.frontier.admit(new)
            looks = Looks(self._store, run, self.scoping, tools.outcomes, self.settings)
            reason = await crew.exhaust(stop)
            while reason is None and await looks.again(tools.frontier):
                reason = await crew.exhaust(stop)
            in_folders = [looks.probe_folders] * MOST_FOLDERS
            last = (looks.with_cookies, looks.slowly, looks.probe, *in_folders, looks.closely)
            for look in last:
                if reason is None and await look(tools.frontier):
                    reason = await crew.exhaust(stop)
            while reason is None and await looks.again(tools.frontier):
                reason = await crew.exhaust(stop)
        return reason

    async def sow(self, run: Run) -> list[Request]:
        """Store the requests for the seeds; return those that were new."""
        return await self._store.add(run.id, [seed.request for seed in self.seeds])

    async def conclude(self, run: Run, reason: str | None, span: Span, stop: Stop) -> Summary:
        """Judge what only the whole can say, close the run's row, and return what it came to.

        Nothing is left out for `stop`, but what is asked of an archive.
        """
        if reason is not None:
            await self._store.explain_open(run.id, reason)
        await settle_pages(self._store, run.id, self.settings)
        await settle_fragments(self._store, run.id, self.settings.rulings)
        await settle_moves(self._store, run.id, self.settings.max_redirects)
        await self._store.settle_notes(run.id)
        if reason is None:
            deepest = self.settings.deepest
            await note_unlinked(self._store, run.id, self.seeds, self.scoping, deepest)
        if self.settings.suggest and reason is None:
            await suggest_copies(self._store, run.id, self._archive(), stop, span)
        doubted = await self._doubts(run.id, whole=reason is None)
        state = (
            "finished" if reason is None else "incomplete" if reason in LIMITS else "interrupted"
        )
        ending = self._ending(state, reason, doubted)
        await settle_lasting(self._store, run.id, self.settings, ending)
        await self._store.end(run.id, ending)
        self.ended = True
        totals = await self._store.totals(run.id)
        return Summary(run.id, state, reason, span.seconds, totals, doubted)

    def _archive(self) -> Archive:
        settings, host = self.settings, host_of(self.settings.archive)
        polite = politeness(settings, host, inside=self.scoping.owns(host))
        return Archive(Paced(self._web, polite, RetryPolicy(settings)), settings.archive)

    async def break_off(self, run: Run, state: str, reason: str) -> None:
        """Close the run's row, judging nothing."""
        await self._store.explain_open(run.id, reason)
        await self._store.end(run.id, self._ending(state, reason, ()))

    async def _doubts(self, run_id: int, *, whole: bool) -> tuple[str, ...]:
        """Return why the run says little about the site; `whole`: it came to its end."""
        seeds = [url_id(seed.url) for seed in self.seeds]
        ill = await self._store.ill_pages(run_id, seeds)
        strayed = await self._store.strayed_seeds(run_id, seeds, SOME_PAGES)
        unasked = await self._store.unasked_pages(run_id)
        unread = await self._store.unread_pages(run_id, MOST_LOST)
        hosts = await self._store.hosts(run_id)
        folders = {seed.url: seed.built for seed in self.seeds if seed.built is not None}
        doubted = doubts(hosts, ill, unasked, unread, strayed, folders)
        if doubted or not whole:
            return doubted
        missing = await self._store.missing_pages(run_id, SOME_PAGES)
        return (missed(*missing),) if missing else ()

    def _ending(self, state: str, reason: str | None, doubted: tuple[str, ...]) -> Ending:
        """Return how the run ends, now."""
        settings = self.settings
        return Ending(
            state=state,
            reason=reason,
            at=self._clock(),
            doubts=doubted,
            confirm_runs=settings.confirm_runs,
            confirm_seconds=settings.confirm_after.total_seconds(),
        )


def _is_broken(page: Page) -> bool:
    return page.judgement is not None and page.judgement.verdict is Verdict.BROKEN
