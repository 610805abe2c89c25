"""Workers of one run, in a test: each has its leases, and its part of the store."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from crawler.location import Server
from crawler.model import Run
from crawler.store.database import Database
from crawler.store.engines import opened
from crawler.store.founding import Founder, shared
from crawler.store.leases import SHARDS, Leases
from crawler.store.shared import SharedLedger
from tests.server import query
from tests.stored import NOW, SEEDS, SETTINGS

# In different shards.
A, B = "https://a.test", "https://b.test"
# Seconds: long enough that nothing ends by itself, and shorter than the server has been there.
LEASE = 0.2


@dataclass
class Worker:
    """A worker's part of the store."""

    leases: Leases
    store: SharedLedger

    async def claim(self, most: int = SHARDS) -> set[int]:
        self.store.held = await self.leases.claim(most)
        return self.store.held


class Team:
    """Workers of one run; each has connections of its own."""

    def __init__(self, server: Server, stack: AsyncExitStack) -> None:
        self.server = server
        self.lease = LEASE
        self.run = Run(0, resumed=False)
        self._stack = stack

    async def database(self) -> tuple[Database, Database]:
        return await self._stack.enter_async_context(opened(self.server))

    async def found(self, *, resume: bool = False, series: str = SEEDS) -> Founder:
        founder = Founder(*await self.database(), "here:1", self.lease)
        self.run = await founder.begin(series, SETTINGS, NOW, resume=resume)
        return founder

    async def worker(self) -> Worker:
        (beating, _), (writer, reader) = await self.database(), await self.database()
        leases = await Leases.begin(beating, self.run.id, "here:2", self.lease)
        store = SharedLedger(writer, reader, leases.member)
        await store.join(await shared(beating, self.run.id))
        return Worker(leases, store)

    def expire(self, worker: Worker) -> None:
        statement = "UPDATE member SET expires = now() - interval '1 s' WHERE id = :id"
        query(self.server, statement, {"id": worker.leases.member})

    def dismiss_founder(self, founder: Founder) -> None:
        query(self.server, "DELETE FROM member WHERE id = :id", {"id": founder.member})
