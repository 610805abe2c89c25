"""Promises about a run that many share: how it is begun and joined, handed on and closed."""

import pytest

from crawler.errors import UsageError
from crawler.model import Chain, Page, Run, Scope
from crawler.store.founding import shared
from crawler.store.leases import SHARDS, LeaseLostError, shard_of
from crawler.store.protocol import OpenPages
from tests.server import query
from tests.stored import NOW, fetch, leaf, page, request
from tests.team import A, B, Team


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


async def test_what_moves_up_before_it_arrives_arrives_where_it_belongs_once(team: Team) -> None:
    one, other = await team.worker(), await team.worker()
    one.store.held = {shard_of(A)}
    found = request(f"{A}/en/", 1)
    await other.store.add(team.run.id, [found])
    nearer = found._replace(depth=0, hops=1)

    assert await one.store.write(team.run.id, [page(f"{A}/")._replace(found=[nearer])]) == []

    await one.claim()
    (arrived,) = await one.store.collect(team.run.id)
    assert (arrived.url, arrived.depth, arrived.was_depth) == (found.url, 0, None)


async def test_who_has_all_shards_finds_what_was_still_to_arrive(team: Team) -> None:
    one, other = await team.worker(), await team.worker()
    await other.store.add(team.run.id, [request(f"{A}/")])
    await one.claim()
    assert await one.store.open_pages(team.run.id) == []

    await one.store.forget_arrivals(team.run.id)

    assert await one.store.open_pages(team.run.id) == [OpenPages(A, 0, Scope.FOLLOW, 1)]


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
