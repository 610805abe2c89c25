"""Names of hosts, looked up as the system does it, in threads that nobody has to wait for."""

import asyncio
import socket
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import Any, cast

from aiohttp import ThreadedResolver

Addresses = list[tuple[Any, ...]]

AT_ONCE = 64
"Lookups that are under way at once; those that nobody waits for any more are among them."


class Lookups:
    """What aiohttp's resolver wants of a loop, and each lookup in a thread of its own.

    A loop has a few threads for everything: where a name server is silent it keeps one for half a
    minute, from other names, from pages that are read, and from the end of the process. Whoever
    waits for longer than `seconds`, also for a thread, gets a socket.gaierror, as from a server
    that has no time.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._free = asyncio.Semaphore(AT_ONCE)

    async def getaddrinfo(self, host: str, port: int | None, **hints: int) -> Addresses:
        """Return the addresses of a host, as `socket.getaddrinfo` does.

        A name below localhost of which the system knows nothing is this machine (RFC 6761, 6.3), as
        for browsers: many C libraries leave that to a server.
        """
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
                return await asyncio.wrap_future(
                    self._begun(partial(_addresses, host, port, **hints))
                )
        except TimeoutError:
            silent = f"no name server answered in {self._seconds:g} s"
            raise socket.gaierror(socket.EAI_AGAIN, silent) from None

    async def getnameinfo(self, address: tuple[Any, ...], flags: int) -> tuple[str, str]:
        """Return an address as text, as `socket.getnameinfo` does: aiohttp wants no name."""
        return socket.getnameinfo(address, flags)

    def _begun(self, look: "partial[Addresses]") -> "Future[Addresses]":
        """Have a thread look; when that has ended, be it that nobody waits, another may begin."""
        found: Future[Addresses] = Future()
        found.set_running_or_notify_cancel()
        found.add_done_callback(partial(self._end, asyncio.get_running_loop()))
        thread = Thread(target=_tell, args=(found, look), name="name lookup", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the system has no thread left
            found.set_exception(socket.gaierror(socket.EAI_AGAIN, str(error)))
        return found

    def _end(self, loop: asyncio.AbstractEventLoop, _: "Future[Addresses]") -> None:
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(self._free.release)


def _addresses(host: str, port: int | None, **hints: int) -> Addresses:
    try:
        return socket.getaddrinfo(host, port, **hints)
    except socket.gaierror:
        if not host.rstrip(".").endswith(".localhost"):
            raise
        return socket.getaddrinfo("localhost", port, **hints)


def _tell(found: "Future[Addresses]", look: partial[Addresses]) -> None:
    try:
        found.set_result(look())
    except Exception as error:  # noqa: BLE001 - whoever waits for it is told
        found.set_exception(error)


def system_resolver(seconds: float) -> ThreadedResolver:
    """Return a resolver that knows all that the system does, and waits for so long at most."""
    return ThreadedResolver(cast(asyncio.AbstractEventLoop, Lookups(seconds)))
