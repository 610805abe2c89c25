"""What a worker does with each request: ask, judge, hand on; a failure is a row, not an end."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from crawler.engine.chains import REDIRECTS
from crawler.engine.frontier import Frontier
from crawler.engine.known import conditions_of
from crawler.engine.outcome import Outcomes
from crawler.engine.progress import Progress
from crawler.engine.rulebook import Rulebook
from crawler.engine.writer import Writer
from crawler.errors import CrawlerError
from crawler.fetch.client import REST, Sent
from crawler.fetch.robots import MAX_BYTES
from crawler.fetch.web import Asked
from crawler.judge.outcomes import ERRORS, GIVEN_UP
from crawler.judge.walls import MOST
from crawler.model import Answer, Fetch, Judgement, Page, Request
from crawler.parse.gate import Format, format_of
from crawler.settings import Settings
from crawler.urls import host_of, is_http, resolve

_ROBOTS_HOPS = 5

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tools:
    """What all workers share."""

    queue: asyncio.Queue[Request | None]
    semaphore: asyncio.Semaphore
    web: Asked
    frontier: Frontier
    writer: Writer
    outcomes: Outcomes
    rulebook: Rulebook
    progress: Progress
    settings: Settings


class Worker:
    """Takes requests from the queue, one at a time, until it is cancelled or sent home."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def work(self) -> None:
        """Work until None comes; when cancelled in the middle of an attempt, leave its row."""
        tools = self._tools
        while (request := await tools.queue.get()) is not None:
            tools.progress.in_flight += 1
            try:
                page = await self._visit(request)
                tools.frontier.finished(page)
                tools.writer.submit(page)
            finally:
                tools.progress.in_flight -= 1
            if tools.queue.empty():
                tools.writer.hurry()
            if page.fetch is None:  # whoever asked nobody gives others their turn
                await asyncio.sleep(0)
            await tools.writer.room()

    async def _visit(self, request: Request) -> Page:
        known = await self._known(request)
        if known is not None:
            return known
        request = self._tools.outcomes.made(request)
        answer = await self._attempt(request)
        try:
            if request.robots_for is not None:
                return await self._read_robots(request, answer)
            return await self._tools.outcomes.of(request, answer)
        except (asyncio.CancelledError, CrawlerError):
            self._tools.writer.submit(Page(request=request, done=False, fetch=answer.fetch))
            raise
        except Exception:
            logger.exception("cannot make sense of %s", request.url)
            if request.robots_for is not None:  # without rules, rather than never
                self._tools.frontier.robots_known(request.robots_for, None)
            judgement = ERRORS["internal-error"]
            return Page(request=request, done=True, fetch=answer.fetch, judgement=judgement)

    async def _known(self, request: Request) -> Page | None:
        """Return what becomes of a request that need not be made."""
        tools = self._tools
        if request.robots_for is not None:
            return await self._recalled(request, request.robots_for)
        source = tools.rulebook.source(request)
        if source is not None:
            return source
        refusal = await self._refusal(request)
        if refusal is not None:
            refused = Page(request=request, done=True, judgement=refusal)
            return tools.outcomes.overridden(refused)
        answer = tools.rulebook.answer(request)
        return None if answer is None else await tools.outcomes.retold(request, answer)

    async def _recalled(self, request: Request, host: str) -> Page | None:
        """Open the host's gate by a robots.txt that is on file."""
        recalled = await self._tools.rulebook.recall(request)
        if recalled is None:
            return None
        page, delay = recalled
        self._tools.frontier.robots_known(host, delay)
        return page

    async def _refusal(self, request: Request) -> Judgement | None:
        """Return the verdict on what is not even asked for."""
        frontier = self._tools.frontier
        if frontier.is_hostless(request):
            return None
        dead = frontier.dead(request.host)
        return await self._tools.rulebook.refusal(request) if dead is None else GIVEN_UP[dead]

    async def _attempt(self, request: Request) -> Answer:
        tools = self._tools
        asked_at = time.perf_counter()
        async with tools.semaphore:
            waited_ms = round((time.perf_counter() - asked_at) * 1000, 3)
            tools.frontier.started(request)
            started_at = time.time()
            limit = _robots_limit if request.robots_for else partial(self._limit, request)
            try:
                conditions = conditions_of(tools.outcomes.known_to(request))
                sent = Sent(request.chain.cookies, conditions)
                answer = await tools.web.fetch(request.url, request.method, limit, sent)
            except asyncio.CancelledError:
                cancelled = _ended(request, started_at, "cancelled")
                tools.writer.submit(Page(request=request, done=False, fetch=cancelled))
                raise
            except Exception as error:
                logger.exception("cannot ask for %s", request.url)
                answer = Answer(_ended(request, started_at, "internal-error", repr(error)))
        fetch = self._mended(request, answer.fetch)._replace(wait_ms=waited_ms)
        answer = answer._replace(fetch=fetch)
        came = fetch.error or fetch.status
        logger.debug("%s %s: %s in %.0f ms", request.method, request.url, came, fetch.total_ms)
        tools.frontier.answered(request, answer)
        return answer

    def _mended(self, request: Request, fetch: Fetch) -> Fetch:
        """Return `fetch`, where a name that was there a moment ago is not gone for good."""
        is_known = fetch.error == "dns" and self._tools.frontier.has_answered(request.host)
        return fetch._replace(error="dns-temporary") if is_known else fetch

    def _limit(self, request: Request, status: int, headers: Mapping[str, str]) -> int:
        """Return how much of a body to read: all of what can be parsed, up to the limit."""
        content_type = self._tools.outcomes.type_of(request, headers.get("content-type", ""))
        form = format_of(content_type, request.url)
        if 200 <= status < 300 and (not content_type or form) and form is not Format.JSON:
            return self._tools.settings.max_body
        return MOST if status >= 400 else REST  # enough for a manifest too

    async def _read_robots(self, request: Request, answer: Answer) -> Page:
        """Follow a robots.txt that moves, try again where that may help, open the host's gate."""
        tools = self._tools
        assert request.robots_for is not None
        again = tools.outcomes.another_attempt(request, answer)
        if again is not None:
            return Page(request=again, done=False, fetch=answer.fetch)
        page = Page(request=request, done=True, fetch=answer.fetch)
        hop = _robots_hop(request, answer)
        if hop is not None:
            tools.frontier.robots_hop(hop)
            return page
        page, delay = await tools.rulebook.learn(request.robots_for, answer, page)
        reached = answer.fetch.error is None
        tools.frontier.robots_known(request.robots_for, delay, reached=reached)
        return page


def _ended(request: Request, started_at: float, error: str, detail: str | None = None) -> Fetch:
    return Fetch(
        method=request.method,
        started_at=started_at,
        total_ms=round((time.time() - started_at) * 1000, 3),
        error=error,
        detail=detail,
    )


def _robots_limit(_status: int, _headers: Mapping[str, str]) -> int:
    return MAX_BYTES


def _robots_hop(request: Request, answer: Answer) -> Request | None:
    if answer.fetch.status not in REDIRECTS or request.hops >= _ROBOTS_HOPS:
        return None
    target = resolve(request.url, answer.headers.get("location", ""))
    if target is None or not is_http(target.url):
        return None
    return request._replace(
        url=target.url,
        url_id=target.id,
        host=host_of(target.url),
        hops=request.hops + 1,
        tries=0,
    )
