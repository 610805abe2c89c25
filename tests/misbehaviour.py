"""What no server should do with a request, and what is said of it: pieces of a hostile one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from tests.night import Outcome


class Asked(NamedTuple):
    """A request, and where its answer goes."""

    path: str
    writer: asyncio.StreamWriter

    async def say(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()

    async def endlessly(self, piece: bytes, pause: float = 0) -> None:
        while True:
            await self.say(piece)
            await asyncio.sleep(pause)

    async def slowly(self, content: bytes) -> None:
        for byte in content:
            await self.say(bytes([byte]))
            await asyncio.sleep(0.25)


Behaviour = Callable[[Asked], Awaitable[None]]


class Case(NamedTuple):
    """What a server does, and what is to be said of it."""

    behaviour: Behaviour
    outcome: Outcome


OK = Outcome("ok")
RESET = Outcome("transient", "reset")
TIMEOUT = Outcome("transient", "timeout")
PROTOCOL = Outcome("transient", "protocol")
BAD_HEADER = Outcome("unverifiable", "bad-header")
TOO_LARGE = Outcome("unverifiable", "too-large")
TOO_COMPLEX = Outcome("unverifiable", "too-complex")
EMPTY = Outcome("ok", "empty")
NOTHING = Outcome("ok", "not-html")
PRIVATE = Outcome("skipped", "private-address")


def raw(*pieces: bytes) -> Behaviour:
    return lambda asked: asked.say(*pieces)


def head(*lines: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 " + status + b"\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def page(
    body: bytes | str,
    *lines: bytes,
    kind: bytes = b"text/html",
    status: bytes = b"200 OK",
    length: int | None = None,
) -> Behaviour:
    content = body.encode() if isinstance(body, str) else body
    said = b"Content-Length: %d" % (len(content) if length is None else length)
    return raw(
        head(b"Content-Type: " + kind, said, b"Connection: close", *lines, status=status), content
    )


async def silent(_: Asked) -> None:
    await asyncio.Event().wait()


async def drop(_: Asked) -> None:
    return


def made(make: Callable[[], Behaviour]) -> Behaviour:
    """Return what is made when it is asked for: what is large takes its time."""

    async def say(asked: Asked) -> None:
        await make()(asked)

    return say


def packed(body: Callable[[], bytes], coding: bytes, how: Callable[[bytes], bytes]) -> Behaviour:
    return made(lambda: page(how(body()), b"Content-Encoding: " + coding))


async def then_silent(asked: Asked, said: bytes) -> None:
    await asked.say(said)
    await silent(asked)


async def then_late(asked: Asked, said: bytes, late: bytes) -> None:
    await asked.say(said)
    await asyncio.sleep(0.2)  # so that it is read first
    await asked.say(late)


async def then_slowly(asked: Asked, said: bytes, slowly: bytes) -> None:
    await asked.say(said)
    await asked.slowly(slowly)


async def endless(asked: Asked, said: bytes, more: bytes, pause: float = 0) -> None:
    await asked.say(said)
    await asyncio.sleep(0.2)  # so that it is read first
    await asked.endlessly(more, pause)
