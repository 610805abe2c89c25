"""A web on many addresses that notes who asked for what, and when: by process, not by name."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.bench.web import Web

# Seconds that an answer takes, so that there is something in flight to lose.
_DELAY = 0.01


@dataclass(slots=True)
class Asked:
    """A request: from when to when it was being answered, and by which process it was made."""

    host: str
    path: str
    process: int | None
    at: float
    until: float


class Witness:
    """Serves the web; the connections write `requests`, the test says which `processes` ask."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self.requests: list[Asked] = []
        self.processes: set[int] = {os.getpid()}
        self._owners: dict[str, int] = {}

    @classmethod
    @asynccontextmanager
    async def serving(cls, urls: int, hosts: int) -> AsyncGenerator["Witness"]:
        loop = asyncio.get_running_loop()
        first = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0)
        web = Web(urls, hosts, first.sockets[0].getsockname()[1])
        witness = cls(web)
        server = await loop.create_server(
            lambda: _Connection(witness), web.addresses, web.port, backlog=1000
        )
        try:
            yield witness
        finally:
            server.close()
            first.close()

    def asker(self, ours: tuple[str, int], theirs: tuple[str, int]) -> int | None:
        """Return the process that the other end of a connection belongs to."""
        inode = _inode(theirs, ours)
        if inode is None:
            return None
        if inode not in self._owners:
            self._owners = {
                inode: process for process in self.processes for inode in _sockets(process)
            }
        return self._owners.get(inode)


class _Connection(asyncio.Protocol):
    """One client; the state is what it has sent so far of a request."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        address, port = transport.get_extra_info("sockname")[:2]
        self._host = f"http://{address}:{port}"
        self._address = address
        theirs = transport.get_extra_info("peername")[:2]
        self._process = self._witness.asker((address, port), theirs)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            method, path, _ = head.decode("ascii", "replace").split(" ", 2)
            asked = Asked(self._host, path, self._process, time.time(), float("inf"))
            self._witness.requests.append(asked)
            loop = asyncio.get_running_loop()
            loop.call_later(_DELAY, self._send, method, path, asked)

    def _send(self, method: str, path: str, asked: Asked) -> None:
        asked.until = time.time()
        if self._transport.is_closing():
            return
        answer = self._witness.web.respond(self._address, path)
        head = (
            f"HTTP/1.1 {answer.status} .\r\nContent-Type: text/html; charset=utf-8\r\n"
            f"Content-Length: {len(answer.body)}\r\n\r\n"
        )
        self._transport.write(head.encode() + (b"" if method == "HEAD" else answer.body))


def _inode(local: tuple[str, int], remote: tuple[str, int]) -> str | None:
    """Return the inode of the socket of this machine with these two ends."""
    wanted = [_as_the_kernel_has_it(*local), _as_the_kernel_has_it(*remote)]
    for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]:
        fields = line.split()
        if fields[1:3] == wanted:
            return fields[9]
    return None


def _as_the_kernel_has_it(address: str, port: int) -> str:
    octets = reversed([int(each) for each in address.split(".")])
    return "".join(f"{each:02X}" for each in octets) + f":{port:04X}"


def _sockets(process: int) -> list[str]:
    found = []
    with suppress(OSError):
        for descriptor in Path(f"/proc/{process}/fd").iterdir():
            with suppress(OSError):
                target = str(descriptor.readlink())
                if target.startswith("socket:["):
                    found.append(target[len("socket:[") : -1])
    return found
