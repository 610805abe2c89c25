"""A declared site on a real server on loopback, which remembers who asked it for what."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from aiohttp import web
from aiohttp.test_utils import TestServer

from crawler.judge.suspects import probe_url

HTML = "text/html; charset=utf-8"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Hit:
    """A request as the server saw it: `path` with its query, `at` on the monotonic clock.

    `others` were in flight when it came.
    """

    method: str
    host: str
    path: str
    at: float
    headers: Mapping[str, str]
    others: int


class _Declared(NamedTuple):
    status: int
    body: bytes
    headers: dict[str, str]


class Site:
    """Serves what a test declares, 404 elsewhere; the server alone writes `hits`, the newest last.

    What is not declared is answered by `otherwise`, where a test sets that.

    It answers under two names, 127.0.0.1 and localhost, which are two hosts to a crawler. `gate`
    stands before every answer: while a test keeps it closed, requests are in flight; then comes a
    `pause`, of so many seconds as it returns.
    """

    def __init__(self, server: TestServer) -> None:
        self.hits: list[Hit] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.otherwise: Handler | None = None
        self.pause: Callable[[], float] = float
        self._server = server
        self._declared: dict[str, _Declared | Handler] = {}
        self._changed = asyncio.Condition()

    @classmethod
    @asynccontextmanager
    async def serve(cls) -> AsyncGenerator["Site"]:
        app = web.Application()
        server = TestServer(app, host="127.0.0.1")
        site = cls(server)
        app.router.add_route("*", "/{path:.*}", site._answer)
        async with server:
            yield site

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self._server.port}{path}"

    def external(self, path: str = "/") -> str:
        """Return a URL of the same server under its other name."""
        return self.url(path, "localhost")

    def page(
        self,
        path: str,
        html: str | bytes = "",
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        body = html.encode() if isinstance(html, str) else html
        self._declared[path] = _Declared(status, body, {"Content-Type": HTML, **(headers or {})})

    def links(self, path: str, *hrefs: str) -> None:
        """Declare a page that links to `hrefs`, a line each."""
        self.page(path, "\n".join(f'<a href="{href}">{href}</a>' for href in hrefs))

    def chain(self, *paths: str) -> None:
        """Declare pages of which each links to the next; the last is not declared."""
        for path, following in pairwise(paths):
            self.links(path, following)

    def declare_probe(self, html: str, host: str | None = None, folder: str = "/") -> str:
        """Declare the page that the crawler makes up to test the `host`; `{}` is its name."""
        asked = host or self.url("")
        path = probe_url(asked, folder).removeprefix(asked)
        self.page(path, html.replace("{}", path[1:]))
        return path

    def redirect(self, path: str, location: str, status: int = 302) -> None:
        self._declared[path] = _Declared(status, b"", {"Location": location})

    def robots(self, text: str, status: int = 200) -> None:
        self.page("/robots.txt", text, status=status, headers={"Content-Type": "text/plain"})

    def handler(self, path: str, handler: Handler) -> None:
        self._declared[path] = handler

    async def asked(self, path: str, times: int = 1) -> None:
        """Wait until `path` has been asked for so many times."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.of(path)) >= times)

    async def busy(self, requests: int) -> None:
        """Wait until so many requests are in flight."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.in_flight >= requests)

    async def asked_in_all(self, times: int) -> None:
        """Wait until so many requests have come."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.hits) >= times)

    def of(self, path: str) -> list[Hit]:
        """Return the requests for `path`."""
        return [hit for hit in self.hits if hit.path == path]

    def methods(self, path: str) -> list[str]:
        """Return the methods of the requests for `path`, in their order."""
        return [hit.method for hit in self.of(path)]

    @property
    def counts(self) -> Counter[str]:
        """How often each path was asked for, robots.txt left out."""
        return Counter(hit.path for hit in self.hits if hit.path != "/robots.txt")

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await self._note(request)  # after it is counted: who is told of it counts
            await self.gate.wait()
            await asyncio.sleep(self.pause())
            return await self._response(request)
        finally:
            self.in_flight -= 1

    async def _note(self, request: web.Request) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        hit = Hit(
            request.method,
            request.host,
            request.path_qs,
            time.monotonic(),
            headers,
            self.in_flight - 1,
        )
        self.hits.append(hit)
        async with self._changed:
            self._changed.notify_all()

    async def _response(self, request: web.Request) -> web.StreamResponse:
        declared = self._declared.get(request.path_qs)
        if declared is None and self.otherwise is not None:
            return await self.otherwise(request)
        if declared is None:
            return web.Response(status=404, text="not found")
        if not isinstance(declared, _Declared):
            return await declared(request)
        return web.Response(status=declared.status, body=declared.body, headers=declared.headers)
