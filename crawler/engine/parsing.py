"""Parser processes: started when the first large document comes, and again when one is lost."""

import asyncio
import os
from contextlib import nullcontext, suppress
from typing import Self

from crawler.document import Reading
from crawler.engine.parser_process import FAILURES, NotReachedError, ParserProcess
from crawler.errors import NoParserError
from crawler.parse.reading import Task

# Seconds for any document, and for each MiB of it: twenty times what the densest takes.
_PATIENCE = 10.0
_PER_BYTE = 2.0 / 2**20
_MOST = 2
# Documents that are with a process at once: one that it reads, and the next.
_IN_LINE = 2
# Bytes of a document that is read while no other such is: its tree takes ten times as many.
_LARGE = 1024 * 1024


class ParserLostError(Exception):
    """The parser died of a document, or did not come to an end with it."""


class ParserPool:
    """Hands documents to parser processes, each to one that has the least to do.

    At most two processes, and no more than there are cores, beside those that read a document alone
    over which one was lost. Of large documents they read one at a time. The owner enters it as a
    context, and leaves no process behind.
    """

    def __init__(self) -> None:
        self._patience = _PATIENCE
        self._works = False
        self._most = min(_MOST, os.cpu_count() or 1)
        self._places = asyncio.Semaphore(self._most * _IN_LINE)
        self._processes: list[ParserProcess] = []
        self._choosing, self._large = asyncio.Lock(), asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        while self._processes:
            await self._processes.pop().stop()

    async def parse(self, task: Task) -> Reading | None:
        """Return what is in a document; ParserLostError where the parser could not bear it.

        TooComplexError where it saw so beforehand, NoParserError where none was ever ready: that is
        the fault of no document.
        """
        patience = self._patience + _PER_BYTE * len(task.body)
        alone = self._large if len(task.body) > _LARGE else nullcontext()
        async with alone, self._places:
            try:
                return await self._parsed(task, patience)
            except FAILURES:
                return await self._parsed_alone(task, patience)

    async def _parsed(self, task: Task, patience: float) -> Reading | None:
        while True:
            process = await self._chosen()
            with suppress(NotReachedError):  # it was lost over another one
                return await self._parsed_by(process, task, patience)

    async def _parsed_alone(self, task: Task, patience: float) -> Reading | None:
        """Parse a document that a process was lost over: that may have been killed, or paused.

        By whom and why nobody can say; a document that it was for does it again.
        """
        process = await self._started()
        try:
            return await self._parsed_by(process, task, patience)
        except FAILURES as error:
            raise self._loss(f"the parser was lost over {task.url}") from error
        finally:
            await process.stop()

    async def _parsed_by(
        self, process: ParserProcess, task: Task, patience: float
    ) -> Reading | None:
        try:
            return await process.parse(task, patience)
        finally:
            self._works |= process.is_ready

    async def _chosen(self) -> ParserProcess:
        """Return the process with the least to do; while there may be more, an idle one."""
        async with self._choosing:
            for dead in [each for each in self._processes if not each.is_alive]:
                self._processes.remove(dead)
                await dead.stop()
            least = min(self._processes, key=lambda each: each.in_line, default=None)
            if least is None:
                return await self._added()
            if least.in_line and len(self._processes) < self._most:
                with suppress(ParserLostError, NoParserError):  # the system may allow one
                    return await self._added()
                self._most = len(self._processes)
            return least

    async def _added(self) -> ParserProcess:
        process = await self._started()
        self._processes.append(process)
        return process

    async def _started(self) -> ParserProcess:
        try:
            return await ParserProcess.start()
        except Exception as error:
            raise self._loss(f"no process can be started: {error!r}") from error

    def _loss(self, how: str) -> ParserLostError | NoParserError:
        if self._works:
            return ParserLostError(how)
        return NoParserError(f"nothing can be parsed: {how}")
