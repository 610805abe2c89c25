"""The one task that writes: what has come together while the last batch was written is the next."""

import asyncio
from collections import deque
from collections.abc import Callable, Container, Sequence

from crawler.model import Page, Request
from crawler.store.protocol import Store

_BATCH = 256
# So many new URLs enter the frontier before others get their turn in the event loop.
_TURN = 250
# Seconds between two transactions while more is to come: many pages share what a commit costs.
_PAUSE = 0.05

Committed = Callable[[Sequence[Page], list[Request]], None]


class Writer:
    """Takes pages and stores them in order, a batch a transaction.

    `submit` never waits, so that a worker that is cancelled can still leave its row; whoever can
    wait calls `room` after it, and so the crawl is never faster than the disk. Whoever holds its
    `turn` finds what was written known to the frontier, and nothing under way.
    """

    def __init__(
        self, store: Store, run_id: int, committed: Committed, *, at_once: bool = False
    ) -> None:
        """Take `at_once` where no more may be lost than is in flight: all wait for the disk."""
        self._at_once = at_once
        self._stored = asyncio.Event()
        self.turn = asyncio.Lock()
        self._store = store
        self._run_id = run_id
        self._committed = committed
        self._waiting: deque[Page] = deque()
        self._work = asyncio.Event()
        self._soon = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._closed = False

    def submit(self, page: Page) -> None:
        """Have `page` stored."""
        self._waiting.append(page)
        self._work.set()
        if len(self._waiting) >= _BATCH:
            self._room.clear()
            self._soon.set()

    def hurry(self) -> None:
        """Store what was submitted without a pause: nothing more comes before that."""
        self._soon.set()

    async def room(self) -> None:
        """Wait while a whole batch is waiting already, or until what was submitted is stored."""
        await (self._stored if self._at_once else self._room).wait()

    def waits_for(self, hosts: Container[str]) -> bool:
        """Return whether anything of these hosts is not stored yet."""
        return any(page.request.host in hosts for page in self._waiting)

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
                self._room.set()
                if not (self._at_once or self._closed):
                    await self._gather()

    async def _gather(self) -> None:
        """Let more come together for the next batch."""
        timer = asyncio.get_running_loop().call_later(_PAUSE, self._soon.set)
        await self._soon.wait()
        self._soon.clear()
        timer.cancel()

    async def _store_next(self) -> None:
        batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
        stored, self._stored = self._stored, asyncio.Event()
        new = await self._store.write(self._run_id, batch)
        for start in range(0, len(new), _TURN):
            self._committed([], new[start : start + _TURN])
            await asyncio.sleep(0)
        self._committed(batch, [])
        stored.set()
