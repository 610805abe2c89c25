"""The one task that writes: what has come together since the last batch was begun is the next."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from crawler.model import Page, Request

# Half of those that may be on their way to the disk: the others come together while it is stored.
_BATCH = 128
# So many pages may be on their way, and one more of each of the usual 32 workers.
_AHEAD = 2 * _BATCH - 32
# So many new URLs enter the frontier before others get their turn in the event loop.
_TURN = 250
# Seconds between two transactions while more is to come: many pages share what a commit costs.
_PAUSE = 0.05

# Stores pages in one transaction, and returns the requests that they brought.
Write = Callable[[Sequence[Page]], Awaitable[list[Request]]]
Committed = Callable[[Sequence[Page], list[Request]], None]


class Writer:
    """Takes pages and stores them in order, a batch a transaction.

    `submit` never waits, so that a worker that is cancelled can still leave its row; whoever can
    wait calls `room` after it, and so the crawl is never faster than the disk. Whoever holds its
    `turn` finds what was written known to the frontier, and nothing under way. `since` is when the
    batch that is being stored was begun, on the monotonic clock; None where none is.
    """

    def __init__(self, write: Write, committed: Committed, *, at_once: bool) -> None:
        """Take `at_once` where no more may be lost than is in flight: all wait for the disk."""
        self._at_once = at_once
        self._ahead = 0 if at_once else _AHEAD
        self._submitted = self._stored = 0
        self._progress = asyncio.Event()
        self.turn = asyncio.Lock()
        self.since: float | None = None
        self._write = write
        self._committed = committed
        self._waiting: deque[Page] = deque()
        self._work = asyncio.Event()
        self._soon = asyncio.Event()
        self._closed = False

    def submit(self, page: Page) -> None:
        """Have `page` stored."""
        self._waiting.append(page)
        self._submitted += 1
        self._work.set()
        if len(self._waiting) >= _BATCH:
            self._soon.set()

    def hurry(self) -> None:
        """Store what was submitted without a pause: workers may be waiting for what it brings."""
        self._soon.set()

    async def room(self) -> None:
        """Wait until what was submitted is stored, but for as much as may be on its way."""
        number = self._submitted - self._ahead
        while self._stored < number:
            await self._progress.wait()

    def waits_for(self, host: str) -> bool:
        """Return whether anything of a host is not stored yet."""
        return any(page.request.host == host for page in self._waiting)

    def close(self) -> None:
        """Let `run` return when everything is stored."""
        self._closed = True
        self._work.set()
        self._soon.set()

    async def run(self) -> None:
        """Store what is submitted until `close`; StoreError where the database fails."""
        while self._waiting or not self._closed:
            await self._work.wait()
            self._work.clear()
            while self._waiting:
                async with self.turn:
                    await self._store_next()
                if not (self._at_once or self._closed):
                    await self._gather()

    async def _gather(self) -> None:
        """Let more come together for the next batch."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._soon.wait(), _PAUSE)

    async def _store_next(self) -> None:
        batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
        if not self._waiting:
            self._soon.clear()
        self.since = time.monotonic()
        try:
            new = await self._write(batch)
        finally:
            self.since = None
        for start in range(0, len(new), _TURN):
            self._committed([], new[start : start + _TURN])
            await asyncio.sleep(0)
        self._committed(batch, [])
        self._stored += len(batch)
        self._progress.set()
        self._progress.clear()
