"""A network between a database and who asks it, which a test can cut."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from crawler.location import Server


class Network:
    """Connections through a port of its own, all of which `cut` loses.

    It cuts itself when a client says `fatal`; where `heard`, the server has answered that before,
    and only the answer is lost.
    """

    def __init__(self, port: int) -> None:
        self._server_port = port
        self._open: set[asyncio.StreamWriter] = set()
        self._listening: asyncio.Server | None = None
        self.port = 0
        self.fatal: bytes | None = None
        self.heard = False
        self._lost_answer = False

    @classmethod
    @asynccontextmanager
    async def to(cls, server: Server, port: int) -> AsyncGenerator[tuple["Network", Server]]:
        """Yield a network to `server`, which listens at `port`, and the server as it is behind."""
        network = cls(port)
        await network.mend()
        try:
            yield network, Server(server.dsn.replace(f":{port}/", f":{network.port}/"))
        finally:
            await network.cut()

    @property
    def is_whole(self) -> bool:
        """Whether what it waits for was said."""
        return self.fatal is None

    async def mend(self) -> None:
        """Let connections through, at the same port as ever."""
        self._listening = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._listening.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Lose all connections, and let none through."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        self._lose()

    def _lose(self) -> None:
        for writer in self._open:
            writer.transport.abort()
        self._open.clear()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            answers, server = await asyncio.open_connection("127.0.0.1", self._server_port)
            self._open |= {writer, server}
            await asyncio.gather(self._ask(reader, server), self._answer(answers, writer))

    async def _ask(self, reader: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        while said := await reader.read(1 << 16):
            if self.fatal is not None and self.fatal in said:
                self.fatal = None
                if not self.heard:
                    self._lose()
                    return
                self._lost_answer = True
            server.write(said)
            await server.drain()
        server.close()

    async def _answer(self, answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await answers.read(1 << 16):
            if self._lost_answer:
                self._lost_answer = False
                self._lose()
                return
            writer.write(said)
            await writer.drain()
        writer.close()
