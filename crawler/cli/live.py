"""The report's page while the run lasts, for a browser: a small server that ends with the run.

To import it is to import what draws the page.
"""

import asyncio
import ipaddress
import json
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from crawler.cli.pace import Pacer
from crawler.cli.progress import numbers, waiting
from crawler.engine.progress import Progress
from crawler.errors import UsageError
from crawler.location import Location
from crawler.report.html import render
from crawler.report.portrait import Portrait, portrait_of, portrait_so_far
from crawler.report.subject import subject_of
from crawler.store.figures import Night
from crawler.store.findings import Findings, open_findings

# Seconds: between two lines of progress; between two pages, and that many times what one costs;
# that browsers get to fetch the last page.
_LINE_EVERY = 0.5
_PAGE_EVERY = 2.0
_PAGE_COST = 5
_FAREWELL = 3.0

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

logger = logging.getLogger(__name__)


class Address(NamedTuple):
    """Where to listen; `public`: others than this machine may come too."""

    host: str
    port: int
    public: bool

    @classmethod
    def of(cls, text: str, *, public: bool) -> "Address":
        """Return the address that `:8000` or `127.0.0.1:8000` stands for.

        UsageError where it is none, or others than this machine could come and nobody said so.
        """
        try:
            parts = urlsplit(f"//{text}" if ":" in text else f"//:{text}")
            host, port = parts.hostname or "127.0.0.1", parts.port
        except ValueError:
            host, port = "", None
        if port is None:
            raise UsageError(f"serve: {text!r} is no address such as :8000 or 127.0.0.1:8000")
        if not public and not _is_loopback(host):
            raise UsageError(
                f"serve: {host} is not this machine alone; with --serve-public others may come too"
            )
        return cls(host, port, public)


@asynccontextmanager
async def served(progress: Progress, address: Address, db: Location) -> AsyncGenerator[int]:
    """Serve the page of the run while the block lasts; the value is the port.

    UsageError where the address is taken. At the end, browsers that watch get the last page.
    """
    live = _Live(progress, db)
    runner = web.AppRunner(
        _application(live, address),
        access_log=None,
        handler_cancellation=True,
        shutdown_timeout=1.0,
    )
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, address.host, address.port).start()
        except OSError as error:
            raise UsageError(f"serve: {address.host}:{address.port}: {error.strerror}") from error
        port = int(runner.addresses[0][1])
        shown = f"[{address.host}]" if ":" in address.host else address.host
        logger.info("the run can be watched at http://%s:%d/", shown, port)
        yield port
        await live.end()
    finally:
        await runner.cleanup()


def _application(live: "_Live", address: Address) -> web.Application:
    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            is_ours = _is_ours(request.headers.get("Host", ""), address)
        except ValueError as error:
            raise web.HTTPBadRequest(text="There is no such name.\n") from error
        if not is_ours:
            raise web.HTTPMisdirectedRequest(text="This server does not go by that name.\n")
        return await handler(request)

    application = web.Application(middlewares=[guarded])
    application.router.add_get("/", live.page)
    application.router.add_get("/events", live.events)
    return application


def _is_ours(host: str, address: Address) -> bool:
    """Return whether a request meant us: names that others made may be led here (DNS rebinding)."""
    name = urlsplit(f"//{host}").hostname or ""
    return name == address.host or _is_loopback(name) or (address.public and _is_literal(name))


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_literal(host) and ipaddress.ip_address(host).is_loopback)


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class _Live:
    """Answers browsers; remembers the last page, and how many watch, which nobody else changes."""

    def __init__(self, progress: Progress, db: Location) -> None:
        self._progress = progress
        self._db = db
        self._started = time.monotonic()
        self._pacer = Pacer()
        self._ended = asyncio.Event()
        self._watching = 0
        self._alone = asyncio.Event()
        self._alone.set()
        self._drawing = asyncio.Lock()
        self._nights: Sequence[Night] | None = None
        self._page = ""
        self._drawn_at = float("-inf")
        self._cost = 0.0

    async def page(self, _: web.Request) -> web.Response:
        """Answer with the page as it is now."""
        run_id = self._progress.run_id
        if run_id is None:
            nothing = "default-src 'none'; frame-ancestors 'none'"  # not even an icon
            headers = {**_HEADERS, "Content-Security-Policy": nothing, "Refresh": "1"}
            return web.Response(text="The run is about to begin.\n", headers=headers)
        async with self._drawing:
            if self._ended.is_set() or time.monotonic() - self._drawn_at >= self._every():
                await self._draw(run_id)
        return web.Response(text=self._page, content_type="text/html", headers=_HEADERS)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Tell how far the run is, when there is news for the page, and when it has ended."""
        response = web.StreamResponse(headers={**_HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        self._watching += 1
        self._alone.clear()
        try:
            await self._tell(response)
            await asyncio.Event().wait()  # for the browser to leave, which cancels this
        finally:
            self._watching -= 1
            if not self._watching:
                self._alone.set()
        return response

    async def end(self) -> None:
        """Tell everybody, and wait a little until they have fetched the last page."""
        self._ended.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._alone.wait(), _FAREWELL)

    async def _tell(self, response: web.StreamResponse) -> None:
        told_at, told = time.monotonic(), self._progress.done
        while not self._ended.is_set():
            await response.write(_event("progress", json.dumps(self._line())))
            now, done = time.monotonic(), self._progress.done
            if done != told and now - told_at >= self._every():
                told_at, told = now, done
                await response.write(_event("news", ""))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), _LINE_EVERY)
        await response.write(_event("end", ""))

    def _line(self) -> dict[str, object]:
        progress = self._progress
        pace = self._pacer.pace(progress, time.monotonic() - self._started)
        return {
            "said": numbers(progress, pace),
            "waits": [*map(waiting, progress.waits())],
            "done": progress.done,
            "known": progress.done + progress.open,
        }

    def _every(self) -> float:
        return max(_PAGE_EVERY, self._cost * _PAGE_COST)

    async def _draw(self, run_id: int) -> None:
        began = time.monotonic()
        async with open_findings(self._db) as findings:
            portrait = await self._portrait(findings, run_id)
        self._page = await asyncio.to_thread(render, portrait, live=True)
        self._drawn_at = time.monotonic()
        self._cost = self._drawn_at - began

    async def _portrait(self, findings: Findings, run_id: int) -> Portrait:
        if self._ended.is_set():
            return await portrait_of(await subject_of(findings, run_id, str(self._db)))
        if self._nights is None:
            self._nights = await findings.figures.nights(run_id, own=False)
        return await portrait_so_far(findings, run_id, self._nights)


def _event(name: str, data: str) -> bytes:
    return f"event: {name}\ndata: {data}\n\n".encode()
