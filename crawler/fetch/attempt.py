"""The clock and the facts of one attempt, filled in while it runs."""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from types import SimpleNamespace

import aiohttp
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.connector import Connection

from crawler.fetch.failures import REUSED, RepeatedSendError
from crawler.model import Fetch

# Bytes that are read from a socket at once, instead of 256 KiB: in chunks of a byte each they take
# their time.
_READ_AT_ONCE = 32 * 1024


class Attempt:
    """What is known of a request so far; the trace and the client write, `ended` reads.

    `packed` says that aiohttp is to leave what comes as it is packed.
    """

    def __init__(self, headers: Mapping[str, str], *, packed: bool) -> None:
        self.headers = headers
        self.packed = packed
        self.certificate_ends: float | None = None
        self.marks: dict[str, float] = {}
        self.reused = False
        self.dropped: ConnectionKey | None = None  # the server had closed what was kept
        self._started_at = time.time()
        self._started = time.perf_counter()
        self._sends = 0
        self._status: int | None = None
        self._remote_ip: str | None = None
        self._ttfb_ms: float | None = None

    async def send_once(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Pass the request on, once: aiohttp silently sends a dropped GET again (its #10790)."""
        self._sends += 1
        if self._sends > 1:
            self.dropped = request.connection_key if self.reused else None
            used = REUSED if self.reused else "new connection"
            raise RepeatedSendError(f"{used} was closed by the server")
        return await handler(request)

    def answered(self, response: aiohttp.ClientResponse) -> None:
        """Note that status and headers are there."""
        self._status = response.status
        if isinstance(response, AddressedResponse):
            self._remote_ip = response.remote_ip
            self.certificate_ends = response.certificate_ends
        self._ttfb_ms = self._now_ms()

    def ended(self, method: str, error: str | None = None, detail: str | None = None) -> Fetch:
        """Return the attempt as a fetch, ended now; with `error` where it failed."""
        return Fetch(
            method=method,
            started_at=self._started_at,
            total_ms=self._now_ms(),
            dns_ms=self._between("resolve", "resolved"),
            connect_ms=self._between("connect", "connected"),
            ttfb_ms=self._ttfb_ms,
            status=None if error else self._status,
            error=error,
            detail=detail,
            remote_ip=self._remote_ip,
        )

    def mark(self, name: str) -> None:
        """Note the moment of an event."""
        self.marks[name] = time.perf_counter()

    def _between(self, start: str, end: str) -> float | None:
        if start not in self.marks or end not in self.marks:
            return None
        return round((self.marks[end] - self.marks[start]) * 1000, 3)

    def _now_ms(self) -> float:
        return round((time.perf_counter() - self._started) * 1000, 3)


class AddressedResponse(aiohttp.ClientResponse):
    """A response that knows who gave it, also after its connection went back to the pool."""

    remote_ip: str | None = None
    certificate_ends: float | None = None

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """Note the address of the other end, then read status and headers."""
        if connection.transport is not None:
            peer = connection.transport.get_extra_info("peername")
            self.remote_ip = peer[0] if peer else None
            self.certificate_ends = _certificate_ends(connection.transport)
            _read_less_at_once(connection.transport)
        return await super().start(connection)


def _read_less_at_once(transport: asyncio.Transport) -> None:
    """Have asyncio read a body in pieces; the transport of another loop decides for itself."""
    if hasattr(transport, "max_size"):
        vars(transport)["max_size"] = _READ_AT_ONCE


def _certificate_ends(transport: asyncio.Transport) -> float | None:
    """Return when the certificate of the other end does, in seconds since the epoch."""
    secured = transport.get_extra_info("ssl_object")
    certificate = None if secured is None else secured.getpeercert()
    return ssl.cert_time_to_seconds(certificate["notAfter"]) if certificate else None


def tracing() -> aiohttp.TraceConfig:
    """Return the hooks by which a session marks the events of an attempt."""
    config = aiohttp.TraceConfig(_Context)
    config.on_dns_resolvehost_start.append(_marking("resolve"))
    config.on_dns_resolvehost_end.append(_marking("resolved"))
    config.on_connection_create_start.append(_marking("connect"))
    config.on_connection_create_end.append(_marking("connected"))
    config.on_connection_reuseconn.append(_reused)
    return config


class _Context(SimpleNamespace):
    """What the hooks get: the attempt that was handed to the session with the request."""

    def __init__(self, trace_request_ctx: Attempt) -> None:
        super().__init__()
        self.attempt = trace_request_ctx


def _marking(name: str) -> Callable[..., Awaitable[None]]:
    async def mark(_session: object, context: SimpleNamespace, _event: object) -> None:
        context.attempt.mark(name)

    return mark


async def _reused(_session: object, context: SimpleNamespace, _event: object) -> None:
    context.attempt.reused = True
