"""Promises about workers that are there for every run, and about what is seen of all of them."""

import asyncio
from dataclasses import replace

import pytest

from crawler.engine.overview import overseen
from crawler.engine.progress import Progress
from crawler.engine.service import serve
from crawler.engine.stop import Stop
from crawler.errors import UsageError
from crawler.location import Server
from crawler.store.engines import opened
from tests.leader import Leader
from tests.night import SETTINGS
from tests.server import PostgresServer, query
from tests.site import Site

LOOK = 0.05
MEMBERS = "SELECT count(*) FROM member"


@pytest.fixture
async def where(server: PostgresServer) -> Server:
    """Return where a database is, and no run yet."""
    schema = server.schema()
    async with opened(schema):
        return schema


async def joined(where: Server, number: int) -> None:
    """Wait until so many work on runs."""
    while query(where, MEMBERS) != [(number,)]:  # noqa: ASYNC110 - the server has no events
        await asyncio.sleep(0.01)


async def night(site: Site, where: Server, number: int) -> str:
    """Begin a run that does not end before so many work on it; return how it ended."""
    site.gate.clear()
    leader = Leader(where, site.url(), SETTINGS)
    await joined(where, number)
    site.gate.set()
    return (await leader.task).state


@pytest.mark.slow
async def test_a_worker_that_is_told_no_run_joins_one_after_the_other(
    site: Site, where: Server
) -> None:
    site.links("/", "/a", "/b")
    stop = Stop()

    serving = asyncio.create_task(serve(where, stop, LOOK))
    states = [await night(site, where, 2), await night(site, where, 2)]
    stop.ask("SIGTERM")
    await serving

    assert states == ["finished", "finished"]
    assert query(where, MEMBERS) == [(0,)]


def said(log: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in log.records if "max-pages" in each.getMessage()]


@pytest.mark.slow
async def test_a_run_that_cannot_be_joined_is_said_and_keeps_nobody_from_others(
    site: Site, where: Server, caplog: pytest.LogCaptureFixture
) -> None:
    site.links("/", "/a")
    site.gate.clear()
    limited = Leader(where, site.external(), replace(SETTINGS, max_pages=5))
    await limited.begun()
    stop = Stop()

    serving = asyncio.create_task(serve(where, stop, LOOK))
    while not said(caplog):  # noqa: ASYNC110 - a log has no events
        await asyncio.sleep(0.01)
    await asyncio.sleep(3 * LOOK)  # it has looked for others, in vain
    assert await night(site, where, 3) == "finished"
    await limited.task
    stop.ask("SIGTERM")
    await serving

    assert said(caplog) == ["run 1 has max-pages, which only one worker can keep to"]


async def test_where_there_is_no_database_nothing_is_waited_for(server: PostgresServer) -> None:
    with pytest.raises(UsageError, match="there is no database of the crawler"):
        await serve(server.schema(), Stop(), LOOK)


async def test_how_far_all_workers_are_is_what_the_database_says(site: Site, where: Server) -> None:
    site.links("/", "/a", "/b", "/gone")
    site.page("/a")
    site.page("/b")
    await Leader(where, site.url(), SETTINGS).task
    query(where, "UPDATE page SET state = 'ready' WHERE verdict = 'ok' AND depth = 1")
    ours, shown = Progress(done=1, in_flight=3), Progress(run_id=1)

    async with overseen(where, ours, shown):
        while not shown.done:  # noqa: ASYNC110 - nor has a progress
            await asyncio.sleep(0.01)

    assert (shown.done, shown.open, shown.broken, shown.in_flight) == (2, 2, 1, 3)
