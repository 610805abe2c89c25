"""How many connections the process may have, and how many of them are kept for a next request."""

import socket
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ConnectionKey

from crawler.fetch.connection import Connection
from crawler.fetch.guard import Guard
from crawler.fetch.names import AT_ONCE

if sys.platform != "win32":
    import resource

# For the database, the parsers' pipes, a report; for what the caller has open, who may have more;
# and for name servers.
_CALLERS = 32
_BESIDE = 32 + _CALLERS + AT_ONCE
# One that speaks TLS takes some 50 kB.
_KEPT = 512
_KEPT_FOR = 5.0  # seconds
# Sockets of a request under way: where a host has several addresses, two may be tried at a time.
_OF_ONE = 2
_DNS_LIFE = 300  # seconds
# Of a server so many kept connections may turn out to be closed, and one more of so many requests;
# where there are more, none are kept.
_FEW, _SHARE = 3, 50


def affordable_connections() -> int | None:
    """Return how many may be open at once (`ulimit -n`), one at least; None where nothing says."""
    if sys.platform == "win32":
        return None
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return None
    return max(1, limit - _BESIDE - max(0, _open() - _CALLERS))


def _open() -> int:
    """Return how many files the process has open, as far as the system tells."""
    try:
        return sum(1 for _ in Path("/dev/fd").iterdir())
    except OSError:  # a container may have no /dev
        return 0


class Pool(aiohttp.TCPConnector):
    """Connections to addresses that `guard` allows, for `concurrency` requests at once.

    aiohttp keeps any number of them, to any number of hosts. Here those that are made beside as
    many as can be kept are closed after one request, so that there is room for the next; so are
    those to a server that closes what is kept.
    """

    def __init__(self, guard: Guard, concurrency: int, resolver: AbstractResolver) -> None:
        super().__init__(
            limit=concurrency,
            resolver=resolver,
            ttl_dns_cache=_DNS_LIFE,
            keepalive_timeout=_KEPT_FOR,
            socket_factory=self._make,
        )
        kind: type[ResponseHandler] = Connection
        self._factory = partial(kind, loop=self._loop)
        self._guard = guard
        most = affordable_connections()
        self._room = _KEPT if most is None else min(_KEPT, most - _OF_ONE * concurrency)
        self._kept: set[int] = set()
        self._dropped: Counter[ConnectionKey] = Counter()
        self._served: Counter[ConnectionKey] = Counter()

    def note_dropped(self, key: ConnectionKey) -> None:
        """Note that a server had closed a connection that was kept, without a word."""
        self._dropped[key] += 1

    def _make(self, addr_info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, (address, *_) = addr_info
        self._guard.check(address)
        if len(self._kept) < self._room:
            return _Kept(self._kept, family, kind, protocol)
        return socket.socket(family, kind, protocol)

    def _release(
        self, key: ConnectionKey, protocol: ResponseHandler, *, should_close: bool = False
    ) -> None:
        """Keep a connection, or close it: aiohttp has nothing public that decides."""
        transport = protocol.transport
        made = None if transport is None else transport.get_extra_info("socket")
        passes = made is not None and made.fileno() not in self._kept
        keeps = not (should_close or passes or self._drops(key))
        super()._release(key, protocol, should_close=not keeps)

    def _drops(self, key: ConnectionKey) -> bool:
        if key not in self._dropped:
            return False
        self._served[key] += 1
        return self._dropped[key] > _FEW + self._served[key] // _SHARE


class _Kept(socket.socket):
    """A socket whose number stands in `kept` until `close`, which aiohttp calls in any case."""

    def __init__(self, kept: set[int], family: int, kind: int, protocol: int) -> None:
        super().__init__(family, kind, protocol)
        self._numbers = kept
        kept.add(self.fileno())

    def close(self) -> None:
        self._numbers.discard(self.fileno())
        super().close()
