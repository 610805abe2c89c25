"""Promises about a PostgreSQL server that goes away in the middle of a run."""

import asyncio
from collections.abc import AsyncGenerator
from io import StringIO
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from asyncpg.transaction import Transaction

from crawler.cli.manner import Manner
from crawler.cli.report import write_report
from crawler.errors import StoreError, UsageError
from crawler.location import Location
from crawler.store.engines import opened
from crawler.store.ledger import Ledger, open_store
from tests.network import Network
from tests.night import Night
from tests.server import PostgresServer, query
from tests.site import Site
from tests.stored import HOST, begun, link, page, request, rows

pytestmark = pytest.mark.slow


@pytest.fixture
async def store(server: PostgresServer) -> AsyncGenerator[Ledger]:
    async with open_store(server.emptied()) as opened:
        yield opened


async def written(store: Ledger, run_id: int, number: int) -> None:
    """Write a page that brings the next."""
    asked, new = request(f"{HOST}/{number}", number), request(f"{HOST}/{number + 1}", number + 1)
    brought = page(asked.url, link(new.url))._replace(request=asked, found=[new])
    assert await store.write(run_id, [brought]) == [new]


async def settled(location: Location, pages: int) -> None:
    """Assert that so many pages are done, each with its attempt and its link, and one is open."""
    counted = rows(
        location,
        """
        SELECT
            (SELECT count(*) FROM page WHERE state = 'done'), (SELECT count(*) FROM page),
            (SELECT count(*) FROM fetch), (SELECT max(attempt) FROM fetch),
            (SELECT count(*) FROM link)
        """,
    )
    assert counted == [(pages, pages + 1, pages, 1, pages)]


@pytest.mark.parametrize("heard", [True, False])
@pytest.mark.parametrize("said", [b"COMMIT", b"https://a.test/2", b"BEGIN"])
async def test_a_transaction_that_was_cut_off_is_whole_and_there_once(
    server: PostgresServer,
    said: bytes,
    heard: bool,  # noqa: FBT001 - pytest names it
) -> None:
    place = server.emptied()
    async with Network.to(place, server.port) as (network, behind), open_store(behind) as store:
        run_id = await begun(store)
        await store.add(run_id, [request(f"{HOST}/0")])
        await written(store, run_id, 0)

        network.fatal, network.heard = said, heard
        await written(store, run_id, 1)
        assert network.is_whole
        await written(store, run_id, 2)

        assert len(await store.window(run_id, HOST, 9)) == 1
    await settled(place, 3)


@pytest.mark.slow
async def test_a_server_that_was_killed_is_waited_for(server: PostgresServer) -> None:
    place = server.emptied()
    async with open_store(place) as store:
        run_id = await begun(store)
        await store.add(run_id, [request(f"{HOST}/0")])
        killed = asyncio.create_task(asyncio.to_thread(server.kill))
        number = 0
        while not killed.done() or number < 3:
            await written(store, run_id, number)
            number += 1
        await killed
        assert len(await store.window(run_id, HOST, 9)) == 1

    await settled(place, number)


@pytest.mark.slow
async def test_what_a_crash_undid_is_not_taken_for_written_when_others_get_its_number(
    server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, others = server.emptied(), server.schema()
    query(others, "CREATE TABLE other AS SELECT 1 AS one")
    commit, connect = Transaction.commit, asyncpg.connect
    crashes = 0

    async def cut_off(transaction: Transaction) -> None:
        nonlocal crashes
        crashes += 1
        if crashes == 1:
            server.kill()  # nobody sees it go before the commit
        await commit(transaction)

    async def as_second(dsn: str, **settings: Any) -> asyncpg.Connection:  # noqa: ANN401
        if crashes == 1:
            other = await connect(others.dsn)
            await other.execute("INSERT INTO other VALUES (1)")
            await other.close()
        return await connect(dsn, **settings)

    async with open_store(place) as store:
        run_id = await begun(store)
        await store.add(run_id, [request(f"{HOST}/0")])
        query(others, "CHECKPOINT")
        monkeypatch.setattr(Transaction, "commit", cut_off)
        monkeypatch.setattr(asyncpg, "connect", as_second)

        await written(store, run_id, 0)

    assert crashes > 1, "it was committed once more"
    await settled(place, 1)


async def test_a_server_that_stays_away_is_given_up_in_time(server: PostgresServer) -> None:
    place = server.emptied()
    async with (
        Network.to(place, server.port) as (network, behind),
        open_store(behind, patience=0.2) as store,
    ):
        run_id = await begun(store)
        await network.cut()

        with pytest.raises(StoreError, match=r"the database failed: .*Connect call failed"):
            await store.add(run_id, [request(f"{HOST}/0")])
        with pytest.raises(StoreError, match=r"the database failed: .*Connect call failed"):
            await store.open_pages(run_id)


async def test_the_report_at_the_end_of_a_crawl_waits_for_the_server(
    server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    place, out = server.emptied(), StringIO()
    async with Network.to(place, server.port) as (network, behind):
        async with open_store(behind) as store:
            totals = await store.totals(await begun(store))
        await network.cut()

        with pytest.raises(UsageError, match="cannot be opened"):
            await write_report(None, Manner(), out, behind)
        writing = asyncio.create_task(write_report(None, Manner(), out, behind, totals))
        while "is waited for" not in caplog.text and not writing.done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await network.mend()
        await writing

    assert out.getvalue().startswith("Run 1 ")


@pytest.mark.slow
async def test_a_crawl_outlives_its_server_and_finds_the_same(
    site: Site, server: PostgresServer, tmp_path: Path
) -> None:
    site.links("/", "/gone", *(f"/{number}" for number in range(30)))
    for number in range(30):
        site.links(f"/{number}", f"/{number + 1}", f"/{number}#no")
    nights = [Night(tmp_path / "a.db"), Night(tmp_path / "b.db", server.emptied())]
    await nights[0].crawl(site.url())
    site.hits.clear()

    under_way = asyncio.create_task(nights[1].crawl(site.url()))
    await site.asked("/")
    site.gate.clear()
    await site.busy(1)
    await asyncio.to_thread(server.kill)
    site.gate.set()

    assert (await under_way).state == "finished"
    pages = "SELECT url, depth, verdict, reason, attempts FROM pages ORDER BY url"
    links = "SELECT source, target, fragment, verdict FROM links ORDER BY 1, 2, 3, line"
    assert nights[0].rows(pages) == nights[1].rows(pages)
    assert nights[0].rows(links) == nights[1].rows(links)


async def test_nobody_is_kept_waiting_for_a_writer_that_is_never_heard_of_again(
    server: PostgresServer,
) -> None:
    async with opened(server.emptied()) as (writer, reader):
        show = "SHOW idle_in_transaction_session_timeout"
        assert await writer.rows(show) == [("30s",)]
        assert await reader.rows(show) == [("0",)]  # a report waits for whoever turns its pages
        for asked, said in (("idle", "30"), ("interval", "10"), ("count", "3")):
            assert await writer.rows(f"SHOW tcp_keepalives_{asked}") == [(said,)]
        assert await reader.rows("SHOW tcp_user_timeout") == [("60000",)]


async def test_what_the_server_ended_while_it_heard_nothing_is_done_again(
    server: PostgresServer,
) -> None:
    place = server.emptied()
    there = "SELECT count(*) FROM pg_stat_activity WHERE pid = :pid"
    sessions: list[int] = []
    async with opened(place) as (writer, _):

        async def work() -> list[tuple[object, ...]]:
            ((pid,),) = await writer.rows("SELECT pg_backend_pid()")
            sessions.append(int(str(pid)))
            if len(sessions) == 1:
                await writer.run("SET LOCAL idle_in_transaction_session_timeout = 1")
                while query(place, there, {"pid": pid}) != [(0,)]:
                    pass
            return await writer.rows("SELECT 1")

        assert await writer.transact(work) == [(1,)]

    assert len(set(sessions)) == 2
