"""Parser processes: started when the first large document comes, and again when one is lost."""

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE, Process
from types import TracebackType
from typing import Self

from crawler.document import Reading
from crawler.engine.children import command_of, environment
from crawler.errors import NoParserError
from crawler.parse.gate import TooComplexError
from crawler.parse.reading import Task
from crawler.parse.wire import LENGTH, length_of, pack_task, unpack_head, unpack_piece

# Seconds for any document, and for each MiB of it: twenty times what the densest takes.
_PATIENCE = 10.0
_PER_BYTE = 2.0 / 2**20
_MOST = 2
# Bytes of an answer that are taken in before they are wanted.
_AHEAD = 1024 * 1024
# Bytes that are written to a parser at once: the rest of a large document is not copied each time.
_PIECE = 256 * 1024


class ParserLostError(Exception):
    """The parser died of a document, or did not come to an end with it."""


class ParserPool:
    """Hands documents to parser processes, each to one that is idle.

    At most two processes, and no more than there are cores. The owner enters it as a context, and
    leaves no process behind.
    """

    def __init__(self) -> None:
        self._patience = _PATIENCE
        self._works = False
        self._idle: list[_ParserProcess] = []
        self._places = asyncio.Semaphore(min(_MOST, os.cpu_count() or 1))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        while self._idle:
            await self._idle.pop().stop()

    async def parse(self, task: Task) -> Reading | None:
        """Return what is in a document; ParserLostError where the parser could not bear it.

        TooComplexError where it saw so beforehand, NoParserError where none was ever ready: that is
        the fault of no document.
        """
        async with self._places:
            process = self._idle.pop() if self._idle else await self._started()
            try:
                async with asyncio.timeout(self._patience + _PER_BYTE * len(task.body)):
                    reading = await process.parse(task)
            except TooComplexError:
                self._idle.append(process)
                raise
            except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
                await process.stop()
                self._works |= process.is_ready
                raise self._lost(f"the parser was lost over {task.url}") from error
            except BaseException:
                await process.stop()
                raise
            self._works = True
            self._idle.append(process)
            return reading

    async def _started(self) -> "_ParserProcess":
        try:
            return await _ParserProcess.start()
        except Exception as error:
            raise self._lost(f"no process can be started: {error!r}") from error

    def _lost(self, how: str) -> ParserLostError | NoParserError:
        if self._works:
            return ParserLostError(how)
        return NoParserError(f"nothing can be parsed: {how}")


class _ParserProcess:
    """One process; it knows of one task at a time. It is ready once it has said so."""

    def __init__(self, process: Process) -> None:
        self.is_ready = False
        self._process = process

    @classmethod
    async def start(cls) -> Self:
        return cls(
            await asyncio.create_subprocess_exec(
                *command_of("crawler.parse"),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                limit=_AHEAD,
                env=environment(),
            )
        )

    async def parse(self, task: Task) -> Reading | None:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        others, body = pack_task(task)
        stdin.writelines((length_of(others), others, length_of(body), body[:_PIECE]))
        await stdin.drain()
        for start in range(_PIECE, len(body), _PIECE):
            stdin.write(body[start : start + _PIECE])
            await stdin.drain()
        if not self.is_ready:
            await _frame(stdout)
            self.is_ready = True
        head = unpack_head(await _frame(stdout))
        if head is None:
            return None
        reading, pieces = head
        for _ in range(pieces):
            unpack_piece(await _frame(stdout), reading)
            await asyncio.sleep(0)
        return reading

    async def stop(self) -> None:
        """End the process, whatever it is at."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.communicate()


async def _frame(stream: asyncio.StreamReader) -> bytes:
    length = int.from_bytes(await stream.readexactly(LENGTH), "big")
    return await stream.readexactly(length)
