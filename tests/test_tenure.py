"""Promises about hosts that go from one worker to another: nobody asks them meanwhile."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from crawler.engine.crawling import Crawling
from crawler.engine.parsing import ParserPool
from crawler.engine.progress import Progress
from crawler.engine.reach import open_web
from crawler.engine.tenure import Tenure
from crawler.engine.worker import Tools
from crawler.model import Page
from crawler.store.leases import SHARDS, shard_of
from tests.desk import AT_ONCE
from tests.server import PostgresServer
from tests.stored import request
from tests.team import A, Team


@asynccontextmanager
async def whole(server: PostgresServer) -> AsyncGenerator[tuple[Tenure, Tools]]:
    """Yield the tenure of all shards of a run, with a frontier that runs."""
    async with AsyncExitStack() as stack:
        team = Team(server.schema(), stack)
        await team.found()
        worker = await team.worker()
        worker.store.held = await worker.leases.claim(SHARDS)
        tenure = Tenure(team.run.id, worker.leases, worker.store)
        web = await stack.enter_async_context(open_web([], AT_ONCE))
        crawling = Crawling([], AT_ONCE, worker.store, web, time.time, None)
        tools = crawling.tools(team.run, Progress(), ParserPool(), tenure.since)
        tools.frontier.expect(more=True)
        running = asyncio.create_task(tools.frontier.run())
        try:
            yield tenure, tools
        finally:
            running.cancel()
            await asyncio.wait({running})


async def test_a_host_that_comes_while_its_shard_leaves_stays_until_nothing_is_asked_there(
    server: PostgresServer,
) -> None:
    async with whole(server) as (tenure, tools):
        new = await tenure.store.add(tenure.run_id, [request(f"{A}/")])

        async with tools.writer.turn:
            shedding = asyncio.create_task(tenure._shed(tools, SHARDS))
            await asyncio.sleep(0)  # it waits for its turn
            tools.frontier.admit(new)
            asked = await tools.queue.get()
        await shedding
        assert tenure.store.held == {shard_of(A)}
        assert asked is not None

        page = Page(request=asked, done=True)
        tools.frontier.finished(page)
        await tenure.store.write(tenure.run_id, [page])
        tools.frontier.committed([page], [])
        await tenure._shed(tools, 1)
        assert tenure.store.held == set()
        assert (tools.frontier.open, list(tools.frontier.hosts())) == (0, [])
