"""The robots.txt of every host that has been asked for it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable

from crawler.document import Link, Reading, Signs
from crawler.engine.discovery import Discovery
from crawler.engine.scope import is_bound
from crawler.fetch.robots import LARGE, Robots, Sitemap, outcome_of, robots_url
from crawler.judge.outcomes import ERRORS
from crawler.judge.suspects import is_probe
from crawler.model import Answer, Judgement, Page, Request, RobotsFile, Scope, Verdict
from crawler.parse.gate import format_of
from crawler.parse.reading import Task, digest_of, id_of
from crawler.settings import Settings
from crawler.urls import url_id

# Seconds for which a robots.txt is taken as it was read (RFC 9309, 2.4).
_LIFE = 24 * 3600
# What a robots.txt is, whatever its host calls it (RFC 9309, 2.3).
_TYPE = "text/plain"

# What became of the robots.txt of a host, where the run has asked for it.
OnFile = Callable[[str], Awaitable[RobotsFile | None]]


class Rulebook:
    """Reads robots.txt files and answers by them; knows no rules for hosts that were not asked."""

    def __init__(self, discovery: Discovery, settings: Settings, on_file: OnFile | None) -> None:
        """Take `on_file` where another process may have asked for files before."""
        self._on_file = on_file
        self._discovery = discovery
        self._settings = settings
        self._rules: dict[str, Robots] = {}
        # Two threads at once would keep the event loop from the interpreter.
        self._thread = asyncio.Lock()
        self._errors: dict[str, str] = {}
        self._answers: dict[str, Answer] = {}
        self._sources: dict[int, Page] = {}

    async def refusal(self, request: Request) -> Judgement | None:
        """Return the verdict on `request` where robots.txt does not let it be made.

        Where nobody answered for robots.txt, that is what is wrong with all URLs of the host.
        """
        made_up = is_probe(request.url, request.host)  # no reader would ever ask for that
        if not is_bound(Scope.FOLLOW if made_up else request.scope, self._settings):
            return None
        rules = self._rules.get(request.host)
        error = self._errors.get(request.host)
        if rules is None or await self._allows(rules, request.url):
            return None
        if made_up:
            return Judgement(Verdict.SKIPPED, "probe")
        return Judgement(Verdict.SKIPPED, "robots") if error is None else ERRORS[error]

    def source(self, request: Request) -> Page | None:
        """Return what becomes of a link to a robots.txt that links to sitemaps, and was read."""
        known = self._sources.get(request.url_id)
        if known is None:
            return None
        request = request._replace(depth=known.request.depth, scope=known.request.scope)
        return known._replace(request=request, robots=None, found=(), retold=True)

    def answer(self, request: Request) -> Answer | None:
        """Return what is known of a link to a robots.txt that was asked for as such.

        None for other URLs, and where the body would be looked at.
        """
        if request.url != robots_url(request.host):
            return None
        answer = self._answers.get(request.host)
        if answer is None or format_of(answer.headers.get("content-type", ""), request.url):
            return None
        return answer

    async def learn(self, host: str, answer: Answer, page: Page) -> tuple[Page, float | None]:
        """Take in the last `answer` for the robots.txt of `host`.

        Return `page` with it and with requests for its sitemaps, and the delay that it asks for.
        One that names sitemaps of a site is a page of it, which links to them.
        """
        file = outcome_of(answer, host, time.time())
        rules = await self._read(file)
        if not page.request.hops:
            self._answers[host] = answer._replace(body=b"")
        self._errors.pop(host, None)
        if answer.fetch.error is not None and page.request.host == host:  # not where it moved to
            self._errors[host] = answer.fetch.error
        found = self._discovery.of_sitemaps([each.url for each in rules.sitemaps], page.request)
        page = page._replace(robots=file._replace(delay=rules.delay), found=found)
        if found:
            page = _with_links(page, file, rules.sitemaps)
            self._sources[page.request.url_id] = page
        return page, rules.delay

    async def recall(self, request: Request) -> tuple[Page, float | None] | None:
        """Return what `learn` would for the robots.txt that `request` is for, if it is on file.

        What could not be reached is asked for again.
        """
        host = request.robots_for
        file = None if self._on_file is None or host is None else await self._on_file(host)
        if file is None or file.outcome == "unreachable" or time.time() - file.fetched_at > _LIFE:
            return None
        rules = await self._read(file)
        found = self._discovery.of_sitemaps([each.url for each in rules.sitemaps], request)
        return Page(request=request, done=True, found=found), rules.delay

    async def _read(self, file: RobotsFile) -> Robots:
        agent = self._settings.user_agent
        if len(file.body) > LARGE:
            async with self._thread:
                rules = await asyncio.to_thread(Robots.from_file, file, agent)
        else:
            rules = Robots.from_file(file, agent)
        self._rules[file.host] = rules
        return rules

    async def _allows(self, rules: Robots, url: str) -> bool:
        if not rules.large:
            return rules.allows(url)
        async with self._thread:
            return await asyncio.to_thread(rules.allows, url)


def _with_links(page: Page, file: RobotsFile, sitemaps: Iterable[Sitemap]) -> Page:
    links = [
        Link(url_id(url), "", "robots sitemap", written, "", line, 1)
        for url, written, line in sitemaps
    ]
    task = Task(file.body, page.request.url, _TYPE, follow=True)
    reading = Reading(
        document_id=id_of(task),
        digest=digest_of(task),
        signs=Signs(),
        links=[value for link in links for value in link],
        anchors=[],
        targets={},
        named=[],
        directed=[],
    )
    return page._replace(
        request=page.request._replace(depth=1, scope=Scope.FOLLOW, hops=0),
        judgement=Judgement(Verdict.OK),
        content_type=_TYPE,
        reading=reading,
    )
