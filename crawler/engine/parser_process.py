"""A process that parses: it is given documents, and answers in their order."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from typing import Self

from crawler.document import Reading
from crawler.engine.children import command_of, environment
from crawler.parse.gate import TooComplexError
from crawler.parse.reading import Task
from crawler.parse.wire import LENGTH, length_of, pack_task, unpack_head, unpack_piece

FAILURES = (TimeoutError, OSError, asyncio.IncompleteReadError)
"How it shows that a process is lost, or takes too long."

# Bytes that malloc keeps for later; glibc's, which else would learn to keep more and more.
_KEPT = 1024 * 1024
# Bytes of an answer that are taken in before they are wanted.
_AHEAD = 1024 * 1024
# Bytes that are written to a parser at once: the rest of a large document is not copied each time.
_PIECE = 256 * 1024


class NotReachedError(Exception):
    """The parser was lost before it came to the document."""


class ParserProcess:
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
                env={"MALLOC_TRIM_THRESHOLD_": str(_KEPT), **environment()},
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

        NotReachedError where the process was lost, or given up, before.
        """
        number, self._taken = self._taken, self._taken + 1
        self._patience += patience
        try:
            reading = await self._asked(task, patience)
        except TooComplexError:
            self._answered += 1
            raise
        except FAILURES as error:
            was_reached = self._answered == number and not self._is_given_up
            await self.stop()
            if was_reached:
                raise
            raise NotReachedError from error
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
            raise NotReachedError
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
        if self._process.stdin is not None:
            self._process.stdin.close()
            with suppress(OSError):  # what was not written; asyncio would say so of its own accord
                await self._process.stdin.wait_closed()


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
