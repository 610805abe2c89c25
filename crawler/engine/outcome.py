"""What an answer makes of its request: another attempt, a hop, a document, or a verdict."""

from functools import partial

from crawler.document import Link, Reading
from crawler.engine.attempts import Attempts
from crawler.engine.chains import REDIRECTS, Chains
from crawler.engine.discovery import Discovery
from crawler.engine.evidence import Evidence
from crawler.engine.known import NOT_MODIFIED, etag_of, known_to
from crawler.engine.parsing import ParserLostError
from crawler.engine.reader import Reader
from crawler.judge.logins import asks_for_password
from crawler.judge.outcomes import ERRORS, judge_fetch
from crawler.judge.overrides import Overrides
from crawler.judge.suspects import HOME, is_deep, is_probe, probe_url, suspicion
from crawler.model import Answer, Judgement, Known, Note, Page, Request, Scope, Verdict
from crawler.parse.gate import Format, TooComplexError, format_of
from crawler.parse.headers import header_references, leads_on
from crawler.parse.reading import Task, id_of
from crawler.parse.references import MOST
from crawler.parse.xhtml import is_xhtml
from crawler.settings import Settings
from crawler.urls import resolve

# What is there for the URLs in it alone, XHTML apart.
_LISTS = {Format.XML, Format.FEED, Format.PACKED_SITEMAP, Format.TEXT_SITEMAP}
# What says of the method alone that it is not served.
_OF_METHODS = {405, 501}
_EMPTY = Judgement(Verdict.OK, "empty")
_UNREADABLE = {ParserLostError: "parser-lost", TooComplexError: "too-complex"}


class Outcomes:
    """Turns answers into pages; its parts have what state there is."""

    def __init__(self, discovery: Discovery, reader: Reader, settings: Settings) -> None:
        self._discovery = discovery
        self._reader = reader
        self._overrides = Overrides(settings.rulings)
        self._evidence = Evidence()
        self.expect_text = self._evidence.expect
        self._chains = Chains(discovery, self._evidence, settings.max_redirects)
        self.type_of = discovery.type_of
        self.take_late = discovery.take_late
        self.known_to = partial(known_to, type_of=discovery.type_of)
        attempts = Attempts(self.known_to, settings)
        self.another_attempt, self.made = attempts.another, attempts.made

    async def of(self, request: Request, answer: Answer) -> Page:
        """Return what became of `request` by `answer`."""
        again = self.another_attempt(request, answer)
        if again is not None:
            return Page(request=again, done=False, fetch=answer.fetch)
        return self.overridden(await self._last(request, answer))

    async def retold(self, request: Request, answer: Answer) -> Page:
        """Return what became of `request` by an answer that was had, and stored, before."""
        return self.overridden(await self._last(request, answer))._replace(retold=True)

    def overridden(self, page: Page) -> Page:
        """Return `page` with the verdict that a person's rule gives it, if there is such a rule.

        Where the rule is for a redirect, it is not followed.
        """
        reason = page.judgement.reason if page.judgement else None
        evidence = (page.fetch.status, page.fetch.error) if page.fetch else (None, None)
        judgement = self._overrides.judge(page.request.url, *evidence, reason)
        if judgement is None:
            return page
        found = page.found if page.redirect_to is None else []
        return page._replace(
            judgement=judgement, redirect_to=None, redirect_fragment=None, found=found
        )

    async def _last(self, request: Request, answer: Answer) -> Page:
        page = self._by_headers(request, answer)
        if is_probe(request.url, request.host):
            return await self._probed(page, answer)
        status = answer.fetch.status or 0
        if status == NOT_MODIFIED and (known := self.known_to(request)) is not None:
            return _unchanged(page, known)
        wall = self._evidence.wall(answer)
        if wall is not None:
            reason = "999" if answer.fetch.status == 999 else "challenge"
            judgement = Judgement(Verdict.BLOCKED, reason)
            return page._replace(judgement=judgement, notes=[*page.notes, Note("wall", wall)])
        if status in REDIRECTS and answer.headers.get("location", "").strip():
            return self._chains.led_on(page, answer)
        if 200 <= status < 300 and request.method == "GET":
            return await self._read(page, answer)
        return page

    def _by_headers(self, request: Request, answer: Answer) -> Page:
        """Return the page as status and headers alone tell it."""
        # A HEAD after a GET stands for it: no later look shall ask for the page once more.
        method = "GET" if request.tries else request.method
        return Page(
            request=request._replace(tries=request.tries + 1, method=method),
            done=True,
            fetch=answer.fetch,
            judgement=_judged(request, answer),
            content_type=answer.headers.get("content-type"),
            etag=etag_of(answer.headers),
            last_modified=answer.headers.get("last-modified"),
            notes=self._evidence.of_certificate(request, answer),
        )

    async def _probed(self, page: Page, answer: Answer) -> Page:
        """Note what the host says of a URL that nobody made; it is no page of the site."""
        said: list[str | None] = []
        url = page.request.url
        if url != probe_url(page.request.host) and _may_be_for_members(answer):
            said = []
        elif answer.fetch.status in REDIRECTS:
            target = resolve(url, answer.headers.get("location", ""))
            said = [HOME] if target is not None and not is_deep(target.url) else []
        elif answer.fetch.status is not None and answer.fetch.status < 300:
            said = await self._said(Task(answer.body, url, content_type_of(answer), follow=False))
        notes = [Note("probe", each) for each in said if each is not None]
        return page._replace(judgement=Judgement(Verdict.SKIPPED, "probe"), notes=notes)

    async def _said(self, task: Task) -> list[str | None]:
        try:
            reading = await self._reader.read(task)
        except (ParserLostError, TooComplexError):
            return []
        if reading is None:
            return []
        # What asks for a password may be for members, also where it is all that a host shows.
        same = None if asks_for_password(task.body) else f"body {reading.digest.hex()}"
        return [suspicion(task.url, reading.signs), same]

    async def _read(self, page: Page, answer: Answer) -> Page:
        request, content_type = page.request, content_type_of(answer)
        follow = request.scope is Scope.FOLLOW
        read_as = self.type_of(request, content_type)
        form = format_of(read_as, request.url)
        if form is None or (form is Format.JSON and answer.fetch.truncated):
            return _without_document(page)
        headers = tuple(header_references(answer.headers))
        if answer.fetch.truncated or not (answer.body or leads_on(headers)):
            return page._replace(judgement=_unread(answer, follow=follow))
        task = Task(answer.body, request.url, read_as, follow, headers)
        known = self.known_to(request)
        if known is not None and known.document_id == id_of(task):
            return _unchanged(page, known)
        try:
            reading = await self._reader.read(task)
        except (ParserLostError, TooComplexError) as error:
            judgement = Judgement(Verdict.UNVERIFIABLE, _UNREADABLE[type(error)])
            return page._replace(judgement=judgement)
        if reading is None:
            return _without_document(page)
        return await self._noted(page._replace(content_type=content_type), task, reading)

    async def _noted(self, page: Page, task: Task, reading: Reading) -> Page:
        """Return `page` with what was read, what is to be asked next, and what is worth a note."""
        if not reading.links and _is_list(task):  # it is cut, or malformed, or names no page
            return page._replace(judgement=_EMPTY)
        notes = [*page.notes, *await self._evidence.of_document(task, reading)]
        if len(reading.links) >= MOST * len(Link._fields):
            notes.append(Note("links", f"only the first {MOST:,} are read"))
        if task.follow:
            if reading.signs.drawn:
                notes.append(Note("drawn", "a script draws it: links that it makes are not read"))
            found = await self._discovery.of_document(reading, page.request)
            return page._replace(reading=reading, found=found, notes=notes)
        reading, changed = await self._evidence.of_change(page.request.known, task, reading)
        return page._replace(reading=reading, found=[], notes=notes + changed)


def _unchanged(page: Page, known: Known) -> Page:
    """Take over what was there on a night before: it is neither read nor written again."""
    same = page._replace(unchanged=known, content_type=known.content_type)
    if page.fetch is not None and page.fetch.status == NOT_MODIFIED:  # it need not repeat them
        etag, last_modified = page.etag or known.etag, page.last_modified or known.last_modified
        same = same._replace(etag=etag, last_modified=last_modified)
    return _without_document(same) if known.document_id is None else same


def _may_be_for_members(answer: Answer) -> bool:
    """Return whether what a folder answers may be the same for what it has."""
    return answer.fetch.status in REDIRECTS or asks_for_password(answer.body)


def _without_document(page: Page) -> Page:
    """Return `page` as that of an image, say; of one that was to be followed with a reason."""
    if page.request.scope is not Scope.FOLLOW:
        return page
    return page._replace(judgement=Judgement(Verdict.OK, "not-html"))


def _is_list(task: Task) -> bool:
    return format_of(task.content_type, task.url) in _LISTS and not is_xhtml(task.body)


def _unread(answer: Answer, *, follow: bool) -> Judgement:
    """Return the verdict on a page of which there is too much, or nothing at all."""
    if not answer.fetch.truncated:
        return _EMPTY
    return Judgement(Verdict.UNVERIFIABLE if follow else Verdict.OK, "too-large")


def content_type_of(answer: Answer) -> str:
    """Return the content type of `answer`; HTML where nothing is said and it looks like it."""
    said = answer.headers.get("content-type", "")
    return said or ("text/html" if answer.body.lstrip()[:1] == b"<" else "")


def _judged(request: Request, answer: Answer) -> Judgement:
    """Return the verdict by status or error; of a page to be read, headers alone say little.

    And less where they are of a HEAD that came after a GET, and is not served.
    """
    if request.method == "HEAD" and request.tries and answer.fetch.status in _OF_METHODS:
        return ERRORS["protocol"]
    judgement = judge_fetch(answer.fetch)
    is_unread = request.method == "HEAD" and request.scope is Scope.FOLLOW
    if is_unread and judgement.verdict is Verdict.OK:
        return Judgement(Verdict.UNVERIFIABLE, "protocol")
    return judgement
