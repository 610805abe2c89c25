"""Promises about forgetting while others write: each waits for the other, and nothing is torn."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from crawler.location import Server
from crawler.model import Request
from crawler.store.ledger import open_store
from crawler.store.pruning import prune
from crawler.store.truce import while_writing
from tests.nights import DOC, GONE, HOME, Nights, dead, home
from tests.server import query, waiting
from tests.stored import request
from tests.team import Team, Worker

pytestmark = pytest.mark.slow


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


@pytest.mark.parametrize("resume", [False, True])
async def test_a_run_that_begins_while_somebody_forgets_takes_over_only_what_stays(
    team: Team,
    resume: bool,  # noqa: FBT001 - pytest names it
    caplog: pytest.LogCaptureFixture,
) -> None:
    query(team.server, "UPDATE run SET state = 'abandoned'")
    async with open_store(team.server) as store:
        nights = Nights(store, team.server)
        await nights.add(home(GONE))
        await nights.add(dead(HOME))
        await nights.add(state="interrupted")

    async def begin() -> list[Request]:
        await team.found(resume=resume)
        worker = await team.worker()
        await worker.claim()
        return await worker.store.add(team.run.id, [request(HOME)])

    async with locked(team.server, "robots"):
        forgetting = asyncio.create_task(prune(team.server, 1))
        await waiting(team.server, 1, forgetting)
        beginning = asyncio.create_task(begin())
        await waiting(team.server, 2, beginning)
    new = await beginning

    assert (await forgetting).runs == 2
    assert team.run.resumed == resume
    assert [each.known for each in new] == [None]
    assert caplog.messages == ["old runs are being forgotten, and that is waited for"]


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
