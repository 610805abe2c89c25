"""Promises about leases: who of many workers may ask which hosts, and for how long."""

import time

import pytest

from crawler.errors import RunOverError
from crawler.model import Page
from crawler.store.leases import SHARDS, LeaseLostError, Leases, Standing, prove, shard_of
from tests.server import query
from tests.stored import fetch, request
from tests.team import A, B, Team


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


async def test_a_run_that_was_forgotten_under_its_workers_is_over(team: Team) -> None:
    worker = await team.worker()
    beating, _ = await team.database()

    query(team.server, "DELETE FROM run")

    for refused in (
        worker.leases.standing(),
        worker.store.ending(team.run.id),
        Leases.begin(beating, team.run.id, "here:3", 60),
    ):
        with pytest.raises(RunOverError, match="run 1 is over, and was forgotten"):
            await refused
