"""One attempt, one hop, over HTTP: a request goes out, whatever happens comes back as a value."""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple
from urllib.parse import quote_from_bytes

import aiohttp
from yarl import URL

from crawler.fetch.attempt import AddressedResponse, Attempt, tracing
from crawler.fetch.body import NOT_UNPACKED, Body, read_body
from crawler.fetch.failures import FETCH_ERRORS, REUSED, detail_of, word_of
from crawler.fetch.guard import Guard
from crawler.fetch.names import system_resolver
from crawler.fetch.pool import Pool
from crawler.fetch.proxy import Proxy
from crawler.fetch.telling import telling
from crawler.fetch.trust import Trust
from crawler.model import Answer
from crawler.settings import Settings
from crawler.urls import host_of

# How much of a body is wanted, in bytes, by what status and headers say; 0 for nothing.
BodyLimit = Callable[[int, Mapping[str, str]], int]


REST = 16 * 1024
"Bytes that are read of a body which nobody wants: a short one leaves its connection usable."

# Seconds for a body that nobody wants.
_PATIENCE = 2.0


class Sent(NamedTuple):
    """What goes out with a request, besides its URL.

    `cookies` are Set-Cookie lines, each after the URL that sent it; of them go those that may.
    """

    cookies: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = {}


NOTHING = Sent()

# By host: the headers that it is sent beside those that all are.
Told = Mapping[str, Mapping[str, str]]
NOBODY: Told = {}

# What browsers ask for when a link is followed. There are servers to which `*/*` alone is no page
# (the registry of Rust's packages: 404 for each of them).
_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
# Real sites send policies of this size in one header line (aiohttp's own limit is 8,190).
# Both limits together bound what one answer can keep in memory.
_LONGEST_HEADER = 32 * 1024
_MOST_HEADERS = 256
# What no cookie has in it (RFC 6265bis, 5.6), and no header may.
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]").search


class Client:
    """Speaks HTTP over one session; that, its pool and what it trusts are its state.

    And which URLs could not be unpacked, and their hosts. There may be more behind the gzip than
    gzip, which aiohttp minds and browsers do not: so it is unpacked here the next time, as is what
    else such a host sends, and if that is no gzip, by aiohttp again.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        pool: Pool,
        settings: Settings,
        told: Told,
        proxy: Proxy | None,
    ) -> None:
        self._session = session
        self._pool = pool
        self._told = told
        self._proxy = proxy
        self._timeout = settings.timeout
        self._trust = Trust()
        self._padding: set[str] = set()
        self._packed: dict[str, bool] = {}  # how a URL is asked for the next time

    @classmethod
    @asynccontextmanager
    async def open(
        cls, settings: Settings, guard: Guard, told: Told = NOBODY, proxy: Proxy | None = None
    ) -> AsyncGenerator["Client"]:
        """Open a session; its pool is as large as the semaphore, so that nobody waits in it.

        `told` are the headers that single hosts, and no others, are sent.
        """
        resolver = system_resolver(settings.connect_timeout)
        pool = Pool(guard, settings.concurrency, resolver)
        async with aiohttp.ClientSession(
            connector=pool,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": settings.user_agent, "Accept": _ACCEPT},
            max_line_size=_LONGEST_HEADER,
            max_field_size=_LONGEST_HEADER,
            max_headers=_MOST_HEADERS,
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=settings.connect_timeout, sock_read=settings.timeout
            ),
            trace_configs=[tracing()],
            response_class=AddressedResponse,
        ) as session:
            yield cls(session, pool, settings, told, proxy)

    async def fetch(self, url: str, method: str, limit: BodyLimit, sent: Sent = NOTHING) -> Answer:
        """Return what came back from canonical `url`; a failure is an answer with an error."""
        if self._is_secured(url):
            await self._trust.context()  # the first must not count it as its server's time
        host = host_of(url)
        outgoing = {**self._headers(url, sent.cookies), **sent.headers}
        if packed := self._packed.pop(url, host in self._padding):
            outgoing["Accept-Encoding"] = "gzip"
        attempt = Attempt(outgoing, packed=packed)
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._exchange(url, method, limit, attempt)
        except FETCH_ERRORS as error:
            if attempt.dropped is not None:
                self._pool.note_dropped(attempt.dropped)
            word = word_of(error, proxied=self._proxy is not None)
            detail = detail_of(error)
            if NOT_UNPACKED in detail:
                self._packed[url] = not packed
            if word == "protocol" and attempt.reused:  # what came belongs to the answer before
                word, detail = "reset", f"{REUSED}: {detail}"
            return Answer(attempt.ended(method, word, detail))
        if packed:
            self._padding.add(host)
        return answer

    def _headers(self, url: str, cookies: Sequence[tuple[str, str]]) -> Mapping[str, str]:
        told = self._told.get(host_of(url))
        met = _cookie_header(url, cookies)
        if told is None:
            return met
        own = next((told[name] for name in told if name.lower() == "cookie"), None)
        both = {"Cookie": "; ".join((own, met["Cookie"]))} if own and met else met
        return {name: told[name] for name in told if not both or name.lower() != "cookie"} | both

    def _outgoing(self, url: str, attempt: Attempt) -> Mapping[str, str]:
        """Return the headers of the request; AddressRefusedError where a proxy must not make it.

        One for http the proxy reads itself: there is no CONNECT before it.
        """
        if self._proxy is None:
            return attempt.headers
        self._proxy.check(url)
        told = self._proxy.headers if url.startswith("http:") else {}
        return {**attempt.headers, **told}

    def _is_secured(self, url: str) -> bool:
        """Return whether TLS is spoken, be it with the proxy only."""
        return url.startswith("https:") or (
            self._proxy is not None and self._proxy.url.scheme == "https"
        )

    async def _exchange(self, url: str, method: str, limit: BodyLimit, attempt: Attempt) -> Answer:
        proxy, outgoing = self._proxy, self._outgoing(url, attempt)
        async with self._session.request(
            method,
            URL(url, encoded=True),
            allow_redirects=False,
            auto_decompress=not attempt.packed,
            headers=outgoing,
            middlewares=(attempt.send_once,),
            trace_request_ctx=attempt,
            proxy=None if proxy is None else proxy.url,
            proxy_headers=None if proxy is None else proxy.headers,
            ssl=await self._trust.context() if self._is_secured(url) else True,
        ) as response:
            attempt.answered(response)
            headers, set_cookies = _received(response)
            wanted = 0 if method == "HEAD" else limit(response.status, headers)
            body = await self._body(response, wanted) if wanted else Body(b"", 0, truncated=False)
        fetch = attempt.ended(method)._replace(
            wire_bytes=body.wire_bytes,
            body_bytes=len(body.content),
            truncated=body.truncated,
            headers=telling(response.status, headers, set_cookies),
        )
        return Answer(fetch, headers, body.content, set_cookies, attempt.certificate_ends)

    async def _body(self, response: aiohttp.ClientResponse, wanted: int) -> Body:
        """Return what is wanted of the body; what nobody will read need not come.

        A redirect, or a status that says it all, is none the less so for a body without an end.
        """
        if response.status < 300 and wanted > REST:
            return await read_body(response, wanted)
        try:
            async with asyncio.timeout(min(_PATIENCE, self._timeout / 2)):
                return await read_body(response, wanted)
        except FETCH_ERRORS:
            response.close()
            return Body(b"", 0, truncated=True)


def _cookie_header(url: str, cookies: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the header that sends the cookies which `url` may have, none where there are none.

    Each value goes back as it came (RFC 6265, 5.4): the jar, which would quote some, has them in
    hexadecimal.
    """
    if not cookies:
        return {}
    jar = aiohttp.CookieJar(unsafe=True)  # as browsers do, also for hosts without a name
    for sender, line in cookies:
        pair, semicolon, attributes = line.partition(";")
        name, equals, value = pair.partition("=")
        if equals and not _CONTROLS(line):
            kept = f"{name}={value.strip().encode().hex()}{semicolon}{attributes}"
            jar.update_cookies_from_headers([kept], URL(sender, encoded=True))
    sent = jar.filter_cookies(URL(url, encoded=True)).values()
    written = "; ".join(f"{each.key}={bytes.fromhex(each.value).decode()}" for each in sent)
    return {"Cookie": written} if written else {}


def _received(response: aiohttp.ClientResponse) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the headers of `response`, their names in lower case, and its Set-Cookie lines."""
    headers = {name.lower(): _text(value) for name, value in response.headers.items()}
    if "link" in headers:  # the one list among them that servers send in several lines
        headers["link"] = ", ".join(map(_text, response.headers.getall("link")))
    return headers, tuple(map(_text, response.headers.getall("Set-Cookie", ())))


def _text(value: str) -> str:
    """Return a header's value as text to be stored: bytes that are no UTF-8 percent-encoded."""
    if value.isascii():
        return value
    written = value.encode("utf-8", "surrogateescape")
    try:
        return written.decode()
    except UnicodeDecodeError:
        return quote_from_bytes(written, safe="".join(map(chr, range(0x20, 0x7F))))
