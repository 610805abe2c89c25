"""Parser processes: started when the first large document comes, and again when one is lost."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
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
# Documents that are with a process at once: one that it reads, and the next.
_IN_LINE = 2
# How it shows that a process is lost, or takes too long.
_FAILURES = (TimeoutError, OSError, asyncio.IncompleteReadError)
# Bytes of an answer that are taken in before they are wanted.
_AHEAD = 1024 * 1024
# Bytes that are written to a parser at once: the rest of a large document is not copied each time.
_PIECE = 256 * 1024


class ParserLostError(Exception):
    """The parser died of a document, or did not come to an end with it."""


class _NotReachedError(Exception):
    """The parser was lost before it came to the document."""


class ParserPool:
    """Hands documents to parser processes, each to one that has the least to do.

    At most two processes, and no more than there are cores, beside those that read a document alone
    over which one was lost. The owner enters it as a context, and leaves no process behind.
    """

    def __init__(self) -> None:
        self._patience = _PATIENCE
        self._works = False
        self._most = min(_MOST, os.cpu_count() or 1)
        self._places = asyncio.Semaphore(self._most * _IN_LINE)
        self._processes: list[_ParserProcess] = []
        self._choosing = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        while self._processes:
            await self._processes.pop().stop()

    async def parse(self, task: Task) -> Reading | None:
        """Return what is in a document; ParserLostError where the parser could not bear it.

        TooComplexError where it saw so beforehand, NoParserError where none was ever ready: that is
        the fault of no document.
        """
        patience = self._patience + _PER_BYTE * len(task.body)
        async with self._places:
            try:
                return await self._parsed(task, patience)
            except _FAILURES:
                return await self._parsed_alone(task, patience)

    async def _parsed(self, task: Task, patience: float) -> Reading | None:
        while True:
            process = await self._chosen()
            with suppress(_NotReachedError):  # it was lost over another one
                return await self._parsed_by(process, task, patience)

    async def _parsed_alone(self, task: Task, patience: float) -> Reading | None:
        """Parse a document that a process was lost over: that may have been killed, or paused.

        By whom and why nobody can say; a document that it was for does it again.
        """
        process = await self._started()
        try:
            return await self._parsed_by(process, task, patience)
        except _FAILURES as error:
            raise self._loss(f"the parser was lost over {task.url}") from error
        finally:
            await process.stop()

    async def _parsed_by(
        self, process: "_ParserProcess", task: Task, patience: float
    ) -> Reading | None:
        try:
            return await process.parse(task, patience)
        finally:
            self._works |= process.is_ready

    async def _chosen(self) -> "_ParserProcess":
        """Return the process with the least to do; while there may be more, an idle one."""
        async with self._choosing:
            for dead in [each for each in self._processes if not each.is_alive]:
                self._processes.remove(dead)
                await dead.stop()
            least = min(self._processes, key=lambda each: each.in_line, default=None)
            if least is None or (least.in_line and len(self._processes) < self._most):
                least = await self._started()
                self._processes.append(least)
            return least

    async def _started(self) -> "_ParserProcess":
        try:
            return await _ParserProcess.start()
        except Exception as error:
            raise self._loss(f"no process can be started: {error!r}") from error

    def _loss(self, how: str) -> ParserLostError | NoParserError:
        if self._works:
            return ParserLostError(how)
        return NoParserError(f"nothing can be parsed: {how}")


class _ParserProcess:
    """One process, which answers tasks in their order; it is ready once it has said so.

    The next task is written while it works on one, so that it need not wait for us in between.
    """

    def __init__(self, process: Process) -> None:
        self.is_ready = False
        self.is_usable = True
        self._process = process
        self._taken = self._answered = 0
        self._patience = 0.0  # with all that are in line
        self._is_given_up = False
        self._writing, self._reading = asyncio.Lock(), asyncio.Lock()

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

    @property
    def is_alive(self) -> bool:
        """Whether it can be given tasks, as far as is known."""
        return self.is_usable and self._process.returncode is None

    @property
    def in_line(self) -> int:
        """How many tasks are not answered."""
        return self._taken - self._answered

    async def parse(self, task: Task, patience: float) -> Reading | None:
        """Return what is in a document, `patience` seconds after its turn has come at the latest.

        _NotReachedError where the process was lost, or given up, before.
        """
        number, self._taken = self._taken, self._taken + 1
        self._patience += patience
        try:
            reading = await self._asked(task, patience)
        except TooComplexError:
            self._answered += 1
            raise
        except _FAILURES as error:
            was_reached = self._answered == number and not self._is_given_up
            await self.stop()
            if was_reached:
                raise
            raise _NotReachedError from error
        except BaseException:
            self._is_given_up = True
            await self.stop()
            raise
        finally:
            self._patience -= patience
        self._answered += 1
        return reading

    async def _asked(self, task: Task, patience: float) -> Reading | None:
        async with asyncio.timeout(self._patience) as limit:
            async with self._writing:
                await self._write(task)
            async with self._reading:
                limit.reschedule(asyncio.get_running_loop().time() + patience)
                return await self._read()

    async def _write(self, task: Task) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        others, body = pack_task(task)
        stdin.writelines((length_of(others), others, length_of(body), body[:_PIECE]))
        await stdin.drain()
        for start in range(_PIECE, len(body), _PIECE):
            stdin.write(body[start : start + _PIECE])
            await stdin.drain()

    async def _read(self) -> Reading | None:
        if not self.is_usable:  # what is still in the pipe is the answer to somebody else
            raise _NotReachedError
        stdout = self._process.stdout
        assert stdout is not None
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
        if not self.is_usable:
            return
        self.is_usable = False
        if self._process.returncode is None:
            _kill(self._process)
        async with self._reading:
            await self._process.communicate()


def _kill(process: Process) -> None:
    """Kill a process; its own method asks first whether it is dead, and asyncio never hears it."""
    if sys.platform == "win32":
        process.kill()
        return
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)


async def _frame(stream: asyncio.StreamReader) -> bytes:
    length = int.from_bytes(await stream.readexactly(LENGTH), "big")
    return await stream.readexactly(length)
