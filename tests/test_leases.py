"""Promises about who of many workers may ask which hosts, and write what became of it."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncpg
import pytest

from crawler.errors import UsageError
from crawler.location import Server
from crawler.model import Chain, Page, Run, Scope
from crawler.store.database import Database
from crawler.store.engines import opened
from crawler.store.founding import Founder, shared
from crawler.store.leases import SHARDS, LeaseLostError, Leases, Standing, prove, shard_of
from crawler.store.ledger import open_store
from crawler.store.protocol import OpenPages
from crawler.store.pruning import prune
from crawler.store.shared import SharedLedger
from crawler.store.truce import while_writing
from tests.nights import DOC, GONE, Nights, dead, home
from tests.server import PostgresServer, query
from tests.stored import NOW, SEEDS, SETTINGS, fetch, leaf, page, request

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


@pytest.fixture
async def team(server: PostgresServer) -> AsyncGenerator[Team]:
    async with AsyncExitStack() as stack:
        team = Team(server.schema(), stack)
        founder = await team.found()
        team.dismiss_founder(founder)
        yield team


def test_every_host_is_of_one_shard() -> None:
    shards = [shard_of(f"https://h{number}.test") for number in range(5000)]

    assert set(shards) == set(range(SHARDS))
    assert shard_of(A) != shard_of(B)


async def test_no_shard_is_two_workers_at_once(team: Team) -> None:
    one, other = await team.worker(), await team.worker()

    first, second = await one.claim(100), await other.claim()

    assert len(first) == 100
    assert len(second) == SHARDS - 100
    assert not first & second
    assert await one.leases.standing() == Standing(running=True, closing=False, members=2)


async def test_what_is_given_back_is_free(team: Team) -> None:
    one, other = await team.worker(), await team.worker()
    held = await one.claim()

    await one.leases.release({1, 2, 3})

    assert await other.claim() == {1, 2, 3}
    assert await one.claim(0) == held - {1, 2, 3}


async def test_whoever_leaves_leaves_all_shards(team: Team) -> None:
    one, other = await team.worker(), await team.worker()
    await one.claim()

    await one.leases.leave()

    assert len(await other.claim()) == SHARDS


async def test_a_lease_that_is_renewed_stays(team: Team) -> None:
    one, other = await team.worker(), await team.worker()
    held = await one.claim()
    team.expire(one)

    await one.leases.renew()
    await other.leases.evict()

    assert one.leases.until > time.monotonic()
    assert await other.claim() == set()
    assert await one.claim(0) == held


async def test_what_was_a_dead_workers_is_taken_over(team: Team) -> None:
    one, other = await team.worker(), await team.worker()
    await one.claim()
    team.expire(one)

    await other.leases.evict()

    assert len(await other.claim()) == SHARDS
    assert (await other.leases.standing()).members == 1


async def test_after_the_server_was_away_everybody_has_time_to_come_back(team: Team) -> None:
    one, other = await team.worker(), await team.worker()
    await one.claim()
    team.expire(one)
    other.leases.seconds = 1e6  # longer than the server has been there

    await other.leases.evict()

    assert await other.claim() == set()


async def test_late_writes_of_a_worker_that_lost_its_lease_are_refused(team: Team) -> None:
    one, other = await team.worker(), await team.worker()
    await one.claim()
    await one.store.add(team.run.id, [request(f"{A}/")])
    team.expire(one)
    await other.leases.evict()

    late = Page(request=request(f"{A}/"), done=True, fetch=fetch(), found=[request(f"{A}/new", 1)])
    with pytest.raises(LeaseLostError):
        await one.store.write(team.run.id, [late])
    with pytest.raises(LeaseLostError):
        await one.store.explain_open(team.run.id, "deadline")
    for refused in (one.leases.renew(), one.leases.claim(1), one.leases.begin_closing()):
        with pytest.raises(LeaseLostError):
            await refused

    assert query(team.server, "SELECT state FROM page") == [("ready",)]
    assert query(team.server, 'SELECT count(*) FROM "fetch"') == [(0,)]


async def test_who_vanishes_in_the_middle_of_a_write_keeps_no_lease(team: Team) -> None:
    worker = await team.worker()
    writer, _ = await team.database()

    async def work() -> list[tuple[object, ...]]:
        await prove(writer, worker.leases.member)
        return await writer.rows("SHOW idle_in_transaction_session_timeout")

    assert await writer.transact(work) == [("30s",)]


async def waiting(server: Server, number: int, *tasks: asyncio.Task[object]) -> None:
    """Wait until so many wait for locks, or one of `tasks` does for nothing any more."""
    waits = "SELECT 1 FROM pg_locks WHERE NOT granted"
    while not any(each.done() for each in tasks):
        if len(query(server, waits)) >= number:
            return
        await asyncio.sleep(0.01)


@asynccontextmanager
async def locked(server: Server, table: str) -> AsyncGenerator[None]:
    """Keep everybody from changing a table while the block lasts."""
    connection = await asyncpg.connect(server.dsn)
    try:
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {table} IN SHARE MODE")
            yield
    finally:
        await connection.close()


async def with_old_nights(team: Team) -> Worker:
    """Return a worker on the night after seven, of which the first alone knew of `home(GONE)`."""
    async with open_store(team.server) as store:
        nights = Nights(store, team.server)
        for target in (GONE, *[DOC] * 6):
            await nights.add(home(target), dead(target))
    await team.found()
    return await team.worker()


async def test_what_is_written_while_somebody_forgets_is_whole(team: Team) -> None:
    worker = await with_old_nights(team)
    again = home(GONE)
    await worker.store.add(team.run.id, [again.request])

    async with locked(team.server, "watch"):
        forgetting = asyncio.create_task(prune(team.server, 2))
        await waiting(team.server, 1, forgetting)
        writing = asyncio.create_task(worker.store.write(team.run.id, [again]))
        await waiting(team.server, 2, writing)
    await asyncio.gather(forgetting, writing)

    linked = """
    SELECT href FROM page JOIN link ON link.document_id = page.document_id WHERE run_id = :run
    """
    assert query(team.server, linked, {"run": team.run.id}) == [(GONE,)]


async def test_what_a_run_may_still_take_over_unread_is_not_forgotten(team: Team) -> None:
    await with_old_nights(team)

    assert (await prune(team.server, 1)).runs == 3

    remembered = "SELECT id FROM run WHERE state = 'finished' ORDER BY id"
    assert query(team.server, remembered) == [(run,) for run in range(4, 9)]


async def test_who_forgets_waits_for_who_writes_and_not_for_who_comes_later(team: Team) -> None:
    worker = await with_old_nights(team)
    writer, _ = await team.database()
    begun, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await while_writing(writer)
        begun.set()
        await ended.wait()

    writing = asyncio.create_task(writer.transact(work))
    await begun.wait()
    forgetting = asyncio.create_task(prune(team.server, 2))
    await waiting(team.server, 1, forgetting)
    later = asyncio.create_task(worker.store.add(team.run.id, [request(GONE)]))
    await waiting(team.server, 2, later)

    assert not any(each.done() for each in (writing, forgetting, later))
    ended.set()
    await asyncio.gather(writing, later)
    assert (await forgetting).runs == 3


async def test_what_another_finds_arrives_once_where_it_belongs(team: Team) -> None:
    one, other = await team.worker(), await team.worker()
    one.store.held = await one.leases.claim(SHARDS)
    await one.leases.release({shard_of(B)})
    one.store.held -= {shard_of(B)}
    await other.claim()
    chain = Chain(((1, 0),), ((f"{A}/", "a=b"),))
    found = [request(f"{A}/1", 1), request(f"{B}/1", 1)._replace(chain=chain, hops=1)]

    new = await one.store.add(team.run.id, found)
    await one.store.add(team.run.id, found)

    assert new == found[:1]
    assert await one.store.collect(team.run.id) == []
    assert await other.store.open_pages(team.run.id) == []
    assert await other.store.window(team.run.id, B, 9) == []
    assert await other.store.collect(team.run.id) == found[1:]
    assert await other.store.collect(team.run.id) == []
    assert await other.store.open_pages(team.run.id) == [OpenPages(B, 1, Scope.FOLLOW, 1)]
    assert [each.url for each in await other.store.window(team.run.id, B, 9)] == [f"{B}/1"]


async def test_what_a_host_asked_for_is_known_to_the_next_who_asks_it(team: Team) -> None:
    one, other = await team.worker(), await team.worker()
    await one.claim()
    await one.store.add(team.run.id, [request(f"{A}/{number}") for number in range(2)])
    later = request(f"{A}/0")._replace(tries=1, not_before=NOW)
    await one.store.write(team.run.id, [Page(request=later, done=False, fetch=fetch(429))])
    await one.leases.leave()

    await other.claim()

    found = await other.store.open_pages(team.run.id)
    assert found == [OpenPages(A, 0, Scope.FOLLOW, 2, NOW)]


async def test_what_arrived_too_late_for_one_owner_is_the_next_ones(team: Team) -> None:
    one, other = await team.worker(), await team.worker()
    await other.store.add(team.run.id, [request(f"{A}/"), request(f"{B}/")])
    await one.claim()
    team.expire(one)
    await other.leases.evict()

    await other.claim()

    arrived = await other.store.collect(team.run.id)
    assert sorted(each.url for each in arrived) == [f"{A}/", f"{B}/"]


async def test_what_is_anothers_is_neither_moved_up_nor_asked_again(team: Team) -> None:
    one, other = await team.worker(), await team.worker()
    one.store.held = {shard_of(A)}
    await other.store.add(team.run.id, [request(f"{B}/deep", 3)])
    nearer = request(f"{B}/deep", 1)._replace(hops=1)
    reopened = request(f"{B}/deep", 1)._replace(chain=Chain(((1, 1),)))
    brought = page(f"{A}/")._replace(found=[nearer], reopened=reopened)

    assert await one.store.write(team.run.id, [brought]) == []

    assert query(team.server, "SELECT depth FROM page") == [(3,)]


async def test_one_worker_closes_a_run_of_which_nothing_is_open(team: Team) -> None:
    one, other = await team.worker(), await team.worker()
    await one.claim()
    seed = request(f"{A}/")
    await one.store.add(team.run.id, [seed])
    assert not await one.leases.begin_closing()

    await one.store.write(team.run.id, [leaf(seed.url)])

    assert await one.leases.begin_closing()
    assert not await other.leases.begin_closing()
    assert (await other.leases.standing()).closing


async def test_the_closing_of_one_who_died_is_taken_over(team: Team) -> None:
    one, other = await team.worker(), await team.worker()
    await one.claim()
    assert await one.leases.begin_closing()
    await one.store.add(team.run.id, [request(f"{A}/looked-at-again")])
    team.expire(one)
    await other.leases.evict()

    assert await other.leases.begin_closing()
    with pytest.raises(LeaseLostError):
        await one.store.settle_depths(team.run.id, None)


async def test_at_a_limit_a_run_is_closed_with_what_is_open(team: Team) -> None:
    one = await team.worker()
    await one.store.add(team.run.id, [request(f"{A}/")])

    assert await one.leases.begin_closing(limit=True)


async def test_a_run_that_is_worked_on_is_not_begun_again(team: Team) -> None:
    team.lease = 60
    await team.worker()

    with pytest.raises(UsageError, match=r"1 worker is at run 1 .* `crawler work --run 1`"):
        await team.found()


async def test_a_run_that_nobody_works_on_any_more_is_given_up_or_continued(team: Team) -> None:
    worker = await team.worker()
    await worker.leases.begin_closing()
    team.expire(worker)

    await team.found(resume=True)
    assert team.run == Run(1, resumed=True)
    standing = await (await team.worker()).leases.standing()
    assert not standing.closing
    query(team.server, "DELETE FROM member")
    await team.found()

    assert team.run == Run(2, resumed=False)
    assert query(team.server, "SELECT state FROM run ORDER BY id") == [("abandoned",), ("running",)]


async def test_other_seeds_may_be_worked_on_beside(team: Team) -> None:
    await team.worker()

    await team.found(series='["https://b.test/"]')

    assert team.run.id == 2


@pytest.mark.parametrize(
    ("change", "run_id", "complaint"),
    [
        ("SELECT 1", 7, "there is no run 7; the newest that goes on is 1"),
        ("UPDATE run SET state = 'finished'", 7, "there is no run 7; none goes on"),
        ("UPDATE run SET state = 'finished'", 1, "run 1 is over: it is finished"),
        ("UPDATE run SET version = '0.0.1'", 1, r"run 1 is of crawler 0\.0\.1, and this is .+"),
        ("DELETE FROM sharing", 1, "run 1 cannot be joined"),
    ],
)
async def test_what_cannot_be_joined_says_why(
    team: Team, change: str, run_id: int, complaint: str
) -> None:
    query(team.server, change)
    database, _ = await team.database()

    with pytest.raises(UsageError, match=complaint):
        await shared(database, run_id)
