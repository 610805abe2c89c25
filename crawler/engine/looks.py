"""The looks back at what is done, once nothing is open: what is to be asked for once more."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence

from crawler.engine.frontier import Frontier
from crawler.engine.outcome import Outcomes
from crawler.engine.scope import Scoping
from crawler.engine.settle import note_home_redirects
from crawler.judge.suspects import probe_url, telling_folders
from crawler.model import Chain, Request, Run, Scope
from crawler.settings import Settings
from crawler.store.protocol import Store
from crawler.urls import host_of, url_id

# Folders of a host, beside its root, that are asked for what nobody made.
MOST_FOLDERS = 3
# Cookies sent with a request that does not count: the next one, though without any, is news.
_BEFORE_ANY = -1


class Looks:
    """Reopens pages of a run; each look returns whether there were any.

    It remembers the suspects that it had hosts probed for, and what it had folders probed with;
    nothing else.
    """

    def __init__(
        self, store: Store, run: Run, scoping: Scoping, outcomes: Outcomes, settings: Settings
    ) -> None:
        self._store = store
        self._run_id = run.id
        self._resumed = run.resumed
        self._scoping = scoping
        self._outcomes = outcomes
        self._settings = settings
        self._suspects: list[tuple[int, str]] = []
        self._in_folders: set[str] = set()

    async def again(self, frontier: Frontier) -> bool:
        """Look for what is nearer than was thought, and for leaves to be asked by GET after all.

        So what a run comes to does not depend on which answer was there first.
        """
        most = self._settings.max_redirects
        await self._store.settle_chains(self._run_id, most)
        # What others met as deeper, or this run before it was resumed, is not known.
        nearer = await self._nearer(None if self._resumed else self._outcomes.take_late())
        cut = await self._store.cut_chains(self._run_id, most)
        again = nearer + [self._as_decided(each) for each in cut]
        await self._store.reopen(self._run_id, again)
        leaves = await self._store.unread_leaves(self._run_id)
        leaves += await self._store.misled_leaves(self._run_id)
        await self._store.reopen(self._run_id, leaves)
        frontier.admit(again + leaves)
        return bool(again or leaves)

    async def slowly(self, frontier: Frontier) -> bool:
        """Look for what is unsettled, for once more after a pause, one request a host at a time."""
        pause = self._settings.second_look
        if not pause:
            return False
        due, tries = time.time() + pause, self._settings.retries
        unsettled = await self._store.transient_pages(self._run_id, due, tries)
        frontier.go_slowly()
        frontier.admit(unsettled)
        return bool(unsettled)

    async def probe(self, frontier: Frontier) -> bool:
        """Ask the hosts of suspect pages, once each, for a URL that nobody can have made.

        Not where that is left out as external: there, only a folder below a path has answered.
        """
        await self._store.settle_chains(self._run_id, self._settings.max_redirects)
        await note_home_redirects(self._store, self._run_id)
        hosts = await self._store.suspicious_hosts(self._run_id)
        self._suspects = await self._store.suspects(self._run_id) if hosts else []
        return await self._ask(frontier, filter(self._may_ask, map(probe_url, hosts)))

    async def probe_folders(self, frontier: Frontier) -> bool:
        """Ask for such a URL in a folder of each host that has suspects left.

        It is the one with the most of them that was not asked in yet.
        """
        if not self._suspects:
            return False
        confirmed = await self._store.confirmed_suspects(self._run_id)
        # All pages of a large site may be suspect: the event loop is not held.
        urls = await asyncio.to_thread(self._folder_probes, confirmed)
        self._in_folders.update(urls)
        return await self._ask(frontier, urls)

    async def with_cookies(self, frontier: Frontier) -> bool:
        """Look at loops in which a cookie was set, with it: a page in them was asked without."""
        await self._store.settle_chains(self._run_id, self._settings.max_redirects)
        looping = await self._store.cookie_loops(self._run_id)
        walked = Chain(asked=tuple((each.url_id, _BEFORE_ANY) for each, _ in looping))
        again = [
            each._replace(chain=walked, hops=0) for each, sets_cookie in looping if sets_cookie
        ]
        await self._store.reopen(self._run_id, again)
        frontier.admit(again)
        return bool(again)

    async def closely(self, frontier: Frontier) -> bool:
        """Look at leaves of hosts that answer to anything, and for texts that links quote.

        What a link quotes of a page (`:~:text=`) may be known only when that page is read already.
        """
        soft = await self._store.soft_leaves(self._run_id)
        quoted = await self._store.unread_texts(self._run_id)
        for request, directive in quoted:
            self._outcomes.expect_text(request.url_id, directive)
        again = list(
            {each.url_id: each for each in (*soft, *(each for each, _ in quoted))}.values()
        )
        await self._store.reopen(self._run_id, again)
        frontier.admit(again)
        return bool(again)

    def _folder_probes(self, confirmed: Iterable[tuple[int, str]]) -> list[str]:
        settled = {id_ for id_, _ in confirmed}
        left: defaultdict[str, list[str]] = defaultdict(list)
        for id_, url in self._suspects:
            if id_ not in settled:
                left[host_of(url)].append(url)
        probes = [self._probe_in_folder(host, urls) for host, urls in left.items()]
        return [url for url in probes if url is not None]

    def _probe_in_folder(self, host: str, suspects: Iterable[str]) -> str | None:
        probes = (probe_url(host, folder) for folder in telling_folders(suspects))
        news = (url for url in probes if url not in self._in_folders and self._may_ask(url))
        return next(news, None)

    def _may_ask(self, url: str) -> bool:
        return self._scoping.decide(url, 1).reason != "external"

    async def _ask(self, frontier: Frontier, urls: Iterable[str]) -> bool:
        probes = await self._store.add(self._run_id, [_leaf(url) for url in urls])
        frontier.budget.exempt(probes)
        frontier.admit(probes)
        return bool(probes)

    async def _nearer(self, late: Sequence[int] | None) -> list[Request]:
        """Return pages that were left out, or only checked, and are to be followed or checked."""
        await self._store.settle_depths(self._run_id, late)
        found = await self._store.misjudged(
            self._run_id, self._scoping.hosts, self._settings.deepest
        )
        decided = [(each, self._as_decided(each)) for each in found]
        return [new for old, new in decided if new.scope not in (old.scope, Scope.SKIP)]

    def _as_decided(self, request: Request) -> Request:
        scope, _ = self._scoping.decide(request.url, request.depth)
        method = "GET" if scope is Scope.FOLLOW else request.method
        return request._replace(scope=scope, method=method)


def _leaf(url: str) -> Request:
    return Request(url=url, url_id=url_id(url), host=host_of(url), depth=1, scope=Scope.CHECK)
