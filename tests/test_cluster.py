"""Promises about many workers on one run: together they find what one alone would."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from crawler.engine.leading import lead
from crawler.engine.order import Order
from crawler.engine.progress import Progress
from crawler.engine.seeds import parse_seeds
from crawler.engine.stop import Stop
from crawler.errors import RunOverError, StoreError, UsageError
from crawler.location import Server
from crawler.store.engines import opened
from crawler.store.truce import while_forgetting
from tests.leader import DEEP, LEASE, LONG, Leader, alone, declare, same, seeds
from tests.network import Network
from tests.night import SETTINGS, Night
from tests.server import PostgresServer, query
from tests.site import Site

pytestmark = pytest.mark.slow

MEMBERS = "SELECT count(*) FROM member"


async def test_many_workers_find_what_one_does_and_ask_for_it_once(
    site: Site, night: Night, where: Server
) -> None:
    declare(site)
    asked = await alone(site, night)

    leader = Leader(where, seeds(site), DEEP, LONG)
    others = [await leader.joined(), await leader.joined()]

    summaries = [await leader.task, *await asyncio.gather(*others)]
    assert [each and each.state for each in summaries] == ["finished"] * 3
    assert len({str(each and each.totals) for each in summaries}) == 1
    assert same(where, night)
    assert len(site.hits) == asked
    assert query(where, MEMBERS) == [(0,)]


async def test_a_worker_that_is_stopped_leaves_its_hosts_to_the_others(
    site: Site, night: Night, where: Server
) -> None:
    declare(site)
    await alone(site, night)
    stop = Stop()

    leader = Leader(where, seeds(site), replace(DEEP, per_host=1))
    leaving = await leader.joined(stop)
    await site.asked_in_all(20)
    stop.ask("SIGTERM")

    assert await leaving is None
    assert (await leader.task).state == "finished"
    assert same(where, night)


async def test_a_run_that_all_have_left_is_interrupted_and_can_be_continued(
    site: Site, night: Night, where: Server
) -> None:
    declare(site)
    await alone(site, night)

    leader = Leader(where, seeds(site), replace(DEEP, per_host=1))
    await site.asked_in_all(20)
    leader.stop.ask("SIGINT")
    summary = await leader.task
    assert (summary.state, summary.reason) == ("interrupted", "SIGINT")
    leader = Leader(where, seeds(site), replace(DEEP, resume=True))

    assert (await leader.task).run_id == summary.run_id
    assert same(where, night)


async def test_a_run_goes_on_when_who_began_it_leaves(
    site: Site, night: Night, where: Server
) -> None:
    declare(site)
    await alone(site, night)

    leader = Leader(where, seeds(site), replace(DEEP, per_host=1))
    other = await leader.joined()
    await site.asked_in_all(20)
    leader.stop.ask("SIGINT")

    assert (await leader.task).state == "interrupted"
    summary = await other
    assert summary is not None
    assert summary.state == "finished"
    assert same(where, night)


async def test_a_worker_whose_lease_is_over_begins_anew_and_loses_nothing(
    site: Site, night: Night, where: Server
) -> None:
    declare(site)
    asked = await alone(site, night)

    leader = Leader(where, seeds(site), replace(DEEP, per_host=1))
    for times in (5, 20, 40):
        await site.asked_in_all(times)
        await asyncio.to_thread(query, where, "DELETE FROM member")

    assert (await leader.task).state == "finished"
    assert same(where, night)
    assert len(site.hits) <= asked + 3 * DEEP.concurrency


async def test_workers_whose_run_was_forgotten_end(site: Site, where: Server) -> None:
    site.links("/", "/a")
    site.gate.clear()
    leader = Leader(where, site.url(), SETTINGS)
    other = await leader.joined()
    while query(where, MEMBERS) != [(2,)]:  # noqa: ASYNC110 - the server has no events
        await asyncio.sleep(0.01)

    async with opened(where) as (database, _):
        await database.transact(partial(database.run, "DELETE FROM run"))

    for ended in (leader.task, other):
        with pytest.raises(RunOverError, match="run 1 is over, and was forgotten"):
            await ended
    site.gate.set()


async def test_a_lease_outlasts_somebody_who_forgets_for_long(
    site: Site, night: Night, where: Server
) -> None:
    declare(site)
    asked = await alone(site, night)

    leader = Leader(where, seeds(site), replace(DEEP, per_host=1))
    await site.asked_in_all(5)
    async with opened(where) as (database, _):

        async def work() -> None:
            await while_forgetting(database)
            await asyncio.sleep(3 * LEASE)

        await database.transact(work)

    assert (await leader.task).state == "finished"
    assert same(where, night)
    assert len(site.hits) == asked


async def test_a_server_that_stays_away_is_given_up(
    site: Site, where: Server, server: PostgresServer
) -> None:
    site.gate.clear()

    async with Network.to(where, server.port) as (network, behind):
        order = Order(
            seeds=parse_seeds([site.url()]),
            settings=replace(SETTINGS, db=behind.dsn, grace=0.1),
            stop=Stop(),
            progress=Progress(),
            patience=0.1,
        )
        leading = asyncio.create_task(lead(order, behind, lease=0.5))
        await site.asked_in_all(1)
        await network.cut()

        with pytest.raises(StoreError, match=r"cannot be opened: .+; it is given up"):
            await leading

    site.gate.set()


@pytest.fixture
def crowded(where: Server) -> Server:
    """Return the database for somebody who can have two connections to the server, and no more."""
    schema = where.dsn.rpartition("%3D")[2]
    query(where, f"CREATE ROLE {schema} LOGIN CONNECTION LIMIT 2")
    query(where, f"ALTER SCHEMA {schema} OWNER TO {schema}")
    return Server(where.dsn.replace("postgres@", f"{schema}@"))


def make_room(where: Server) -> None:
    schema = where.dsn.rpartition("%3D")[2]
    query(where, f"ALTER ROLE {schema} CONNECTION LIMIT -1")


async def waits(caplog: pytest.LogCaptureFixture, leader: Leader) -> None:
    """Wait until a run has begun that gets no further."""
    while "tried again" not in caplog.text and not leader.task.done():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def test_a_run_that_is_begun_waits_until_the_server_has_room(
    site: Site, where: Server, crowded: Server, caplog: pytest.LogCaptureFixture
) -> None:
    site.links("/", "/a")

    leader = Leader(crowded, site.url(), SETTINGS, LONG)
    await waits(caplog, leader)
    make_room(where)

    assert (await leader.task).state == "finished"
    assert query(where, "SELECT state FROM run") == [("finished",)]
    assert query(where, MEMBERS) == [(0,)]


async def test_a_run_that_is_stopped_before_it_gets_further_is_closed(
    site: Site, where: Server, crowded: Server, caplog: pytest.LogCaptureFixture
) -> None:
    leader = Leader(crowded, site.url(), SETTINGS, LONG)
    await waits(caplog, leader)
    make_room(where)
    leader.stop.ask("SIGINT")

    assert (await leader.task).state == "interrupted"
    assert query(where, "SELECT state FROM run") == [("interrupted",)]
    assert query(where, MEMBERS) == [(0,)]
    assert site.hits == []


async def test_all_workers_keep_to_one_deadline(site: Site, where: Server) -> None:
    site.links("/", *(f"/{n}" for n in range(200)))
    settings = replace(SETTINGS, deadline=timedelta(seconds=1), delay=0.2, grace=0.1)

    leader = Leader(where, site.url(), settings)
    other = await leader.joined()

    for summary in (await leader.task, await other):
        assert summary is not None
        assert (summary.state, summary.reason) == ("incomplete", "deadline")
        assert summary.seconds < 4
    reasons = query(where, "SELECT DISTINCT reason FROM pages WHERE verdict = 'skipped'")
    assert reasons == [("deadline",)]


async def test_a_seed_that_moved_is_still_followed_by_who_has_the_host(
    site: Site, where: Server
) -> None:
    site.redirect("/", site.external("/a"))
    site.chain("/a", "/b", "/c", "/gone")

    leader = Leader(where, site.url(), replace(SETTINGS, depth=5, per_host=1))
    other = await leader.joined()
    await asyncio.gather(leader.task, other)

    assert query(where, "SELECT source, target FROM broken") == [
        (site.external("/c"), site.external("/gone"))
    ]


async def test_settings_with_secrets_are_not_for_others(site: Site, where: Server) -> None:
    site.gate.clear()
    leader = Leader(where, site.url(), replace(SETTINGS, max_pages=5))

    with pytest.raises(UsageError, match=r"run 1 has max-pages, which only one worker can keep to"):
        await (await leader.joined())

    site.gate.set()
    await leader.task
