"""What an answer makes of its request: another attempt, a hop, a document, or a verdict."""

import time
from dataclasses import replace

from crawler.engine.discovery import Discovery
from crawler.engine.parsing import ParserLostError
from crawler.engine.reader import Reader
from crawler.fetch.retry import RetryPolicy
from crawler.judge.outcomes import judge_fetch
from crawler.model import Answer, Judgement, Page, Request, Scope, Verdict
from crawler.parse.gate import format_of
from crawler.parse.headers import header_references
from crawler.parse.reading import Task
from crawler.settings import Settings
from crawler.urls import is_http, resolve

_REDIRECTS = {301, 302, 303, 307, 308}
# Errors that a GET would meet just as the HEAD did.
_OF_THE_HOST = {"dns", "private-address", "invalid-url"}


class Outcomes:
    """Turns answers into pages; its parts have what state there is."""

    def __init__(self, discovery: Discovery, reader: Reader, settings: Settings) -> None:
        self._discovery = discovery
        self._reader = reader
        self._retry = RetryPolicy(settings)
        self._max_redirects = settings.max_redirects

    async def of(self, request: Request, answer: Answer) -> Page:
        """Return what became of `request` by `answer`."""
        again = self.another_attempt(request, answer)
        if again is not None:
            return Page(request=again, done=False, fetch=answer.fetch)
        tried = replace(request, tries=request.tries + 1)
        page = Page(
            request=tried,
            done=True,
            fetch=answer.fetch,
            judgement=judge_fetch(answer.fetch),
            content_type=answer.headers.get("content-type"),
            etag=answer.headers.get("etag"),
            last_modified=answer.headers.get("last-modified"),
        )
        status = answer.fetch.status or 0
        if status in _REDIRECTS and (location := answer.headers.get("location")):
            return self._redirected(page, location)
        if 200 <= status < 300 and request.method == "GET":
            return await self._read(page, answer)
        return page

    def another_attempt(self, request: Request, answer: Answer) -> Request | None:
        """Return the request as it is to be tried again, or None where this answer is the last."""
        now = time.time()
        if request.method == "HEAD" and _failed(answer):
            return replace(request, method="GET", tries=0, not_before=now)
        wait = self._retry.wait(answer, request.tries + 1, now)
        if wait is None:
            return None
        return replace(request, tries=request.tries + 1, not_before=now + wait)

    def _redirected(self, page: Page, location: str) -> Page:
        request = page.request
        target = resolve(request.url, location)
        if target is None:
            return page
        if not is_http(target.url):
            return replace(page, judgement=Judgement(Verdict.BROKEN, "invalid-url"))
        if request.hops >= self._max_redirects:
            return replace(page, judgement=Judgement(Verdict.BROKEN, "too-many-redirects"))
        return replace(
            page,
            judgement=None,
            redirect_to=target.id,
            redirect_fragment=target.fragment or None,
            found=[self._discovery.of_redirect(target, request)],
        )

    async def _read(self, page: Page, answer: Answer) -> Page:
        request, content_type = page.request, content_type_of(answer)
        follow = request.scope is Scope.FOLLOW
        if format_of(content_type, request.url) is None:
            return replace(page, judgement=Judgement(Verdict.OK, "not-html")) if follow else page
        if answer.fetch.truncated:
            verdict = Verdict.UNVERIFIABLE if follow else Verdict.OK
            return replace(page, judgement=Judgement(verdict, "too-large"))
        if not answer.body:
            return replace(page, judgement=Judgement(Verdict.OK, "empty"))
        headers = tuple(header_references(answer.headers))
        task = Task(answer.body, request.url, content_type, follow, headers)
        try:
            reading = await self._reader.read(task)
        except ParserLostError:
            return replace(page, judgement=Judgement(Verdict.UNVERIFIABLE, "parser-lost"))
        if reading is None:
            return page
        found = await self._discovery.of_document(reading, request) if follow else []
        return replace(page, reading=reading, found=found)


def content_type_of(answer: Answer) -> str:
    """Return the content type of `answer`; HTML where nothing is said and it looks like it."""
    said = answer.headers.get("content-type", "")
    return said or ("text/html" if answer.body.lstrip()[:1] == b"<" else "")


def _failed(answer: Answer) -> bool:
    fetch = answer.fetch
    if fetch.error is not None:
        return fetch.error not in _OF_THE_HOST
    return (fetch.status or 0) >= 400
