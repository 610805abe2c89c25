"""Names of hosts, looked up as the system does it, in threads that nobody has to wait for."""

import asyncio
import socket
from concurrent.futures import Future
from functools import partial
from threading import Thread
from typing import Any, cast

from aiohttp import ThreadedResolver

Addresses = list[tuple[Any, ...]]


class Lookups:
    """What aiohttp's resolver wants of a loop, and each lookup in a thread of its own.

    A loop has a few threads for everything: where a name server is silent it keeps one for half a
    minute, from other names, from pages that are read, and from the end of the process. Whoever
    waits for longer than `seconds` gets a socket.gaierror, as from a server that has no time.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def getaddrinfo(self, host: str, port: int | None, **hints: int) -> Addresses:
        """Return the addresses of a host, as `socket.getaddrinfo` does."""
        found: Future[Addresses] = Future()
        found.set_running_or_notify_cancel()
        look = partial(socket.getaddrinfo, host, port, **hints)
        Thread(target=_tell, args=(found, look), name="name lookup", daemon=True).start()
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.wrap_future(found)
        except TimeoutError:
            silent = f"no name server answered in {self._seconds:g} s"
            raise socket.gaierror(socket.EAI_AGAIN, silent) from None

    async def getnameinfo(self, address: tuple[Any, ...], flags: int) -> tuple[str, str]:
        """Return an address as text, as `socket.getnameinfo` does: aiohttp wants no name."""
        return socket.getnameinfo(address, flags)


def _tell(found: "Future[Addresses]", look: partial[Addresses]) -> None:
    try:
        found.set_result(look())
    except Exception as error:  # noqa: BLE001 - whoever waits for it is told
        found.set_exception(error)


def system_resolver(seconds: float) -> ThreadedResolver:
    """Return a resolver that knows all that the system does, and waits for so long at most."""
    return ThreadedResolver(cast(asyncio.AbstractEventLoop, Lookups(seconds)))
