"""The network between a worker and the database, which can be cut: nothing comes, nothing goes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress


class Wire:
    """Passes bytes on while it is `whole`; only the test cuts and mends it."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self._to = port
        self._whole = asyncio.Event()
        self._whole.set()
        self._writers: set[asyncio.StreamWriter] = set()

    @classmethod
    @asynccontextmanager
    async def to(cls, port: int) -> AsyncGenerator["Wire"]:
        wire = cls(port)
        server = await asyncio.start_server(wire._connected, "127.0.0.1", 0)
        wire.port = server.sockets[0].getsockname()[1]
        try:
            yield wire
        finally:
            server.close()
            wire._abort()

    def cut(self) -> None:
        """Let nothing through any more, and tell nobody."""
        self._whole.clear()

    def mend(self) -> None:
        """Let new connections through; the old ones are gone."""
        self._abort()
        self._whole.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(OSError, asyncio.CancelledError):
            await self._whole.wait()
            back, forth = await asyncio.open_connection("127.0.0.1", self._to)
            self._writers.add(forth)
            await asyncio.gather(self._pump(reader, forth), self._pump(back, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._whole.wait()
                writer.write(data)
                await writer.drain()
        writer.close()

    def _abort(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
