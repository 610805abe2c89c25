"""Promises about crawls that write to one server at the same time: none waits for ever."""

import asyncio
from collections.abc import Generator

import asyncpg
import pytest

from crawler.location import Server
from crawler.model import Scope
from crawler.store.engines import opened
from crawler.store.ledger import open_store
from crawler.store.postgres.dialect import by_place
from crawler.store.rows import document_row, host_id
from crawler.store.statements import INSERT_DOCUMENT
from crawler.store.steps import VERSION
from tests.server import PostgresServer, query, waiting
from tests.stored import HOST, begun, page, request, rows

BUSY = """
CREATE FUNCTION %s() RETURNS %s LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('tries') < 3 THEN
        RAISE EXCEPTION 'deadlock detected' USING ERRCODE = 'deadlock_detected';
    END IF;
    %s
END
$$
"""
INSERT_URL = "INSERT INTO url (id, host_id, url) VALUES ($1, $2, $3)"


async def test_who_waits_for_a_url_has_written_none_that_comes_after_it(
    server: PostgresServer,
) -> None:
    place = server.emptied()
    urls = (f"{HOST}/{number}" for number in range(600))
    found = sorted((request(url, 1, Scope.CHECK) for url in urls), key=lambda each: -each.url_id)
    host = host_id(HOST)
    async with open_store(place) as store:
        run_id = await begun(store)
        other = await asyncpg.connect(place.dsn, server_settings={"lock_timeout": "100ms"})
        async with other.transaction():
            await other.execute(INSERT_URL, found[-1].url_id, host, found[-1].url)
            adding = asyncio.create_task(store.add(run_id, found))
            await waiting(place, 1, adding)
            await other.execute(INSERT_URL, found[0].url_id, host, found[0].url)
        new = await adding
        await other.close()

    assert new == found


async def test_what_many_write_at_once_is_tried_until_it_is_written(where: Server) -> None:
    met = [asyncpg.DeadlockDetectedError(), asyncpg.UniqueViolationError()] * 3

    async def work() -> str:
        if met:
            raise met.pop()
        return "written"

    async with opened(where) as (database, _):
        assert await database.transact(work) == "written"


async def test_who_waits_for_a_document_has_written_none_that_comes_after_it(
    server: PostgresServer,
) -> None:
    place = server.emptied()
    pages = [page(f"{HOST}/{number}") for number in range(3)]
    pages.sort(key=document_row, reverse=True)
    statement = by_place(INSERT_DOCUMENT)
    async with open_store(place) as store:
        run_id = await begun(store)
        await store.add(run_id, [each.request for each in pages])
        other = await asyncpg.connect(place.dsn, server_settings={"lock_timeout": "100ms"})
        async with other.transaction():
            await other.execute(statement, *document_row(pages[-1]))
            writing = asyncio.create_task(store.write(run_id, pages))
            await waiting(place, 1, writing)
            await other.execute(statement, *document_row(pages[0]))
        await writing
        await other.close()

    assert rows(place, "SELECT count(*) FROM document") == [(3,)]


@pytest.fixture
def busy(where: Server) -> Generator[Server]:
    """Yield a database in which who makes a view, or asks for `busy()`, is in the way at first."""
    query(where, "CREATE SEQUENCE tries")
    query(where, BUSY % ("busy", "INTEGER", "RETURN 1;"))
    query(where, BUSY % ("making", "EVENT_TRIGGER", ""))
    yield where
    query(where, "DROP EVENT TRIGGER IF EXISTS busy")


async def test_a_statement_that_another_is_in_the_way_of_is_done_again(busy: Server) -> None:
    async with opened(busy) as (database, _):
        assert await database.rows("SELECT busy()") == [(1,)]


async def test_views_that_somebody_reads_are_renewed_a_moment_later(busy: Server) -> None:
    async with opened(busy):
        pass
    query(busy, f"COMMENT ON TABLE run IS 'crawler {VERSION} other'")
    query(busy, "DROP VIEW slowest")
    query(
        busy,
        "CREATE EVENT TRIGGER busy ON ddl_command_start WHEN TAG IN ('CREATE VIEW')"
        " EXECUTE FUNCTION making()",
    )

    async with opened(busy) as (_, reader):
        assert await reader.rows("SELECT * FROM slowest") == []
