"""The tasks of a run: one frontier, N workers, one writer; started, watched and ended together."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from crawler.engine.cancelling import at_once, cancel
from crawler.engine.span import Span
from crawler.engine.stop import STOPPED, Stop
from crawler.engine.worker import Tools, Worker


class Crew:
    """Owns the tasks; nothing runs outside `at_work`, and nothing is left behind after it.

    `cut_short`: requests were cancelled at its end, which their hosts may be busy with yet.
    """

    def __init__(self, tools: Tools, span: Span) -> None:
        self.cut_short = False
        self._tools = tools
        self._span = span
        self._workers: list[asyncio.Task[None]] = []
        self._writer: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def at_work(self) -> AsyncGenerator[None]:
        """Start workers and writer; at the end cancel the workers, and store what they left."""
        settings = self._tools.settings
        number = settings.workers or settings.concurrency
        self._writer = asyncio.create_task(self._tools.writer.run(), name="writer")
        self._workers = [
            asyncio.create_task(Worker(self._tools).work(), name=f"worker {index}")
            for index in range(number)
        ]
        try:
            yield
        finally:
            self.cut_short = self._tools.progress.in_flight > 0
            await cancel(self._workers)
            self._tools.writer.close()
            await asyncio.wait({self._writer})
            self._tools.progress.waits = tuple  # nobody is asked any more
            if not self._writer.cancelled():
                self._writer.result()

    def abandon(self) -> None:
        """Cancel what is in flight, at once."""
        for worker in self._workers:
            worker.cancel()

    def give_up(self) -> None:
        """Leave unwritten what is still to be written."""
        if self._writer is not None:
            self._writer.cancel()

    async def exhaust(self, stop: Stop) -> str | None:
        """Hand out requests until none is open; return the reason where it ends before that.

        Then requests in flight have had the grace of the settings to finish, or less where `stop`
        was asked for twice.
        """
        frontier = self._tools.frontier
        reason = await self._first_end(stop)
        if reason is not None:
            self._take_back()
        elif frontier.open:
            reason = "max-pages"
        if reason is not None:
            await self._drain(stop)
        return reason

    async def _first_end(self, stop: Stop) -> str | None:
        """Return None when the frontier has ended, else why it was ended."""
        assert self._writer is not None
        async with at_once(self._tools.frontier.run(), stop.asked()) as (frontier, asked):
            done, _ = await asyncio.wait(
                {frontier, asked, self._writer, *self._workers},
                timeout=self._span.left,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in (self._writer, *self._workers):
                if task.done() and not task.cancelled():
                    task.result()
            if frontier.done():
                frontier.result()
                return None
            return stop.reason or (STOPPED if done else "deadline")

    def _take_back(self) -> None:
        """Leave to the workers only what they are at."""
        queue = self._tools.queue
        while not queue.empty():
            queue.get_nowait()

    async def _send_home(self) -> None:
        """Let the workers finish what was handed out, and take nothing more."""
        for _ in self._workers:
            await self._tools.queue.put(None)
        await asyncio.wait(self._workers)

    async def _drain(self, stop: Stop) -> None:
        async with at_once(stop.forced(), self._send_home()) as ends:
            grace = self._tools.settings.grace
            await asyncio.wait(ends, timeout=grace, return_when=asyncio.FIRST_COMPLETED)
