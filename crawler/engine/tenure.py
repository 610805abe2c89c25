"""The time of one lease: which hosts are ours meanwhile, and what others find of them."""

import asyncio
import logging
import math
import time
from collections.abc import AsyncGenerator, Collection, Iterable
from contextlib import asynccontextmanager, suppress

from crawler.engine.crew import Crew
from crawler.engine.frontier import Frontier
from crawler.engine.scope import Scoping
from crawler.engine.stop import Stop
from crawler.engine.worker import Tools
from crawler.errors import StoreError
from crawler.model import Request, Scope
from crawler.store.leases import SHARDS, LeaseLostError, Leases, shard_of
from crawler.store.protocol import OpenPages
from crawler.store.shared import SharedLedger

LAPSED, CLOSING = "lapsed", "closing"
"Why a tenure ends that nobody asked to end: the lease is over, or another closes the run."

# Seconds between two looks at what others have found, at first and at most.
_SOON, _LATER = 0.02, 0.5

logger = logging.getLogger(__name__)


class Tenure:
    """What is ours for one lease; it alone changes which shards the store and the frontier have.

    `stop` ends what is under way, for the reasons above or one from outside.
    """

    def __init__(self, run_id: int, leases: Leases, store: SharedLedger) -> None:
        self.run_id = run_id
        self.leases = leases
        self.store = store
        self.stop = Stop()
        self._asked: list[str] = []
        self._crew: Crew | None = None
        self._since: dict[int, float] = {}
        self._leaving: set[int] = set()
        self._ended = asyncio.Event()

    def ask(self, reason: str, patience: float) -> None:
        """End what is under way, and what comes after it.

        What is not written after `patience`, in seconds, never is: the database may be gone.
        """
        self._asked.append(reason)
        self.stop.ask(reason)
        asyncio.get_running_loop().call_later(patience, self._give_up)

    def go_on(self) -> None:
        """Have what ended as another closes the run not end what comes after it."""
        self.stop = Stop()
        for reason in self._asked:
            self.stop.ask(reason)

    def since(self, host: str) -> float:
        """Return when `host` became ours to ask."""
        return self._since.get(shard_of(host), time.monotonic())

    @asynccontextmanager
    async def kept(self) -> AsyncGenerator[None]:
        """Renew the lease while the block lasts; where that fails, end what is under way."""
        await self.leases.renew()
        beating = asyncio.create_task(self._beat(), name="heartbeat")
        try:
            yield
        finally:
            beating.cancel()
            await asyncio.wait({beating})

    def lead(self, crew: Crew) -> Crew:
        """Have the end of the lease end the work of `crew`; return it."""
        self._crew = crew
        return crew

    @asynccontextmanager
    async def tended(self, tools: Tools, scoping: Scoping) -> AsyncGenerator[None]:
        """Balance shards, and take in what others find, while the block lasts."""
        tending = asyncio.create_task(self._tend(tools, scoping), name="tending")
        tending.add_done_callback(lambda _: self._see_to(tending))
        try:
            yield
        finally:
            self._ended.set()
            await asyncio.wait({tending}, timeout=self.leases.seconds)
            tending.cancel()
            await asyncio.wait({tending})
        if not tending.cancelled():
            tending.result()

    async def gather(self) -> None:
        """Take all shards, as they become free; LeaseLostError where something ends that."""
        while len(self.store.held) < SHARDS:
            await self.leases.evict()
            self._hold(await self.leases.claim(SHARDS))
            if self.stop.reason is not None:
                raise LeaseLostError(f"the run is left to others: {self.stop.reason}")
            await asyncio.sleep(_SOON)
        await self.store.forget_arrivals(self.run_id)

    @property
    def clean(self) -> bool:
        """Whether nothing of ours is under way at any host: others may ask it now."""
        return self._crew is None or not self._crew.cut_short

    async def give_back(self) -> None:
        """Leave all shards to others, when nothing of them is under way."""
        await self.leases.release(self.store.held)
        self.store.held.clear()

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                timer = loop.call_at(self.leases.until, self._lapse)
                try:
                    await asyncio.sleep(self.leases.seconds / 3)
                    await self.leases.renew()
                finally:
                    timer.cancel()
        except StoreError as error:
            logger.warning("%s", error)
            self._lapse()

    def _lapse(self) -> None:
        """Stop asking, now: from here on somebody else may."""
        for _ in range(2):
            self.ask(LAPSED, self.leases.seconds)
        if self._crew is not None:
            self._crew.abandon()

    def _give_up(self) -> None:
        if self._crew is not None:
            self._crew.give_up()

    async def _tend(self, tools: Tools, scoping: Scoping) -> None:
        """Balance the shards and take in what others find, until the run is to be closed."""
        wait = _SOON
        while not self._ended.is_set():
            standing = await self.leases.standing()
            if not standing.running or standing.closing:
                self.stop.ask(CLOSING)
                return
            await self._balance(tools, scoping, math.ceil(SHARDS / max(1, standing.members)))
            fruitful = await self._collect(tools, scoping)
            if not tools.frontier.open and await self.leases.begin_closing():
                tools.frontier.expect(more=False)
                return
            wait = _SOON if fruitful else min(_LATER, wait * 1.5)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), wait)

    def _see_to(self, tending: asyncio.Task[None]) -> None:
        if not tending.cancelled() and tending.exception() is not None:
            self._lapse()

    async def _balance(self, tools: Tools, scoping: Scoping, share: int) -> None:
        """Take up to a fair share of the shards, and give back what is beyond it."""
        await self.leases.evict()
        excess = len(self.store.held) - share
        if excess > 0 or self._leaving:
            await self._shed(tools, excess)
        elif excess < 0:
            async with tools.writer.turn:
                new = self._hold(await self.leases.claim(-excess))
                if new:
                    left = await self.store.open_in(self.run_id, new)
                    _adopt(scoping, left)
                    tools.frontier.restore(left)

    async def _shed(self, tools: Tools, excess: int) -> None:
        frontier = tools.frontier
        busy = {shard_of(host.key) for host in frontier.hosts() if host.open}
        candidates = sorted(self.store.held - self._leaving, key=lambda shard: shard in busy)
        self._leaving |= set(candidates[: max(0, excess - len(self._leaving))])
        frontier.close(_hosts_in(frontier, self._leaving))
        async with tools.writer.turn:
            # What was written until now may have brought hosts of these shards.
            hosts = _hosts_in(frontier, self._leaving)
            frontier.close(hosts)
            under_way = {
                shard_of(host)
                for host in hosts
                if frontier.in_flight(host) or tools.writer.waits_for(host)
            }
            free = self._leaving - under_way
            if free:
                left = await self.store.open_in(self.run_id, free)
                await self.leases.release(free)
                frontier.forget(_hosts_in(frontier, free), left)
                self.store.held -= free
                self._leaving -= free

    async def _collect(self, tools: Tools, scoping: Scoping) -> bool:
        async with tools.writer.turn:
            arrived = await self.store.collect(self.run_id)
            _adopt(scoping, arrived)
            tools.frontier.admit(arrived)
        return bool(arrived)

    def _hold(self, ours: set[int]) -> set[int]:
        """Note which shards are ours now; return the new ones."""
        new = ours - self.store.held
        self._since |= dict.fromkeys(new, time.monotonic())
        self.store.held |= new
        return new


def _adopt(scoping: Scoping, found: Iterable[Request | OpenPages]) -> None:
    """Take in the hosts of what is to be followed: whoever found it knew of a seed that moved."""
    for each in found:
        if each.scope is Scope.FOLLOW and not scoping.owns(each.host):
            scoping.adopt(f"{each.host}/")


def _hosts_in(frontier: Frontier, shards: Collection[int]) -> list[str]:
    return [host.key for host in frontier.hosts() if shard_of(host.key) in shards]
