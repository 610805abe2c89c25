"""An HTTP server of the least that is needed, so that it is the crawler that is measured."""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from subprocess import PIPE, Popen
from typing import NamedTuple

from tests.bench.timing import ROOT, environment


class Answer(NamedTuple):
    """What a server answers, after `delay` seconds; `counts` where the answer is one to time."""

    body: bytes
    status: int = 200
    delay: float = 0
    counts: bool = False


Respond = Callable[[str, str], Answer]
"From the address that was asked, and the path, to the answer."


@dataclass(slots=True)
class Times:
    """When what counts was asked for and answered, in seconds; the connections write it."""

    first: float = 0
    last: float = 0
    answers: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)


class _Connection(asyncio.Protocol):
    """One client; the state is what it has sent so far of a request."""

    def __init__(self, respond: Respond, times: Times, enough: int) -> None:
        self._respond = respond
        self._times = times
        self._enough = enough
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._address = str(transport.get_extra_info("sockname")[0])

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            method, path, _ = head.split(b" ", 2)
            answer = self._respond(self._address, path.decode("ascii", "replace"))
            if answer.counts:
                self._times.first = self._times.first or time.monotonic()
            if answer.delay:
                asyncio.get_running_loop().call_later(answer.delay, self._send, method, answer)
            else:
                self._send(method, answer)

    def _send(self, method: bytes, answer: Answer) -> None:
        if not self._transport.is_closing():
            head = (
                f"HTTP/1.1 {answer.status} .\r\nContent-Type: text/html; charset=utf-8\r\n"
                f"Content-Length: {len(answer.body)}\r\n\r\n"
            )
            self._transport.write(head.encode() + (b"" if method == b"HEAD" else answer.body))
        if answer.counts:
            self._times.last = time.monotonic()
            self._times.answers += 1
            if self._times.answers == self._enough:
                self._times.done.set()


def serve(respond: Respond, addresses: Sequence[str], port: int, enough: int = -1) -> None:
    """Serve on `addresses`, all with `port`, until standard input ends.

    Written to standard output: `ready`; and, when `enough` answers that count were given, how many
    seconds these took as JSON.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(_serve(respond, addresses, port, enough))


async def _serve(respond: Respond, addresses: Sequence[str], port: int, enough: int) -> None:
    times = Times()
    server = await asyncio.get_running_loop().create_server(
        lambda: _Connection(respond, times, enough), addresses, port, backlog=1000
    )
    telling = asyncio.create_task(_tell(times))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    telling.cancel()
    server.close()


async def _tell(times: Times) -> None:
    await times.done.wait()
    print(json.dumps(times.last - times.first), flush=True)


@contextmanager
def started(module: str, *arguments: object) -> Generator[Popen[str]]:
    """Have `module` serve in a process of its own while the block lasts."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    with Popen(command, cwd=ROOT, env=environment(), stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == "ready\n", f"{module} does not serve"
        try:
            yield process
        finally:
            process.stdin.close()
