"""Promises about the store on PostgreSQL, on a real server."""

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from crawler.errors import StoreError
from crawler.location import Server
from crawler.model import Note, Request, Scope
from crawler.store.engines import opened
from crawler.store.findings import open_findings
from crawler.store.ledger import Ledger, open_store
from crawler.store.postgres.dialect import by_place, query_of, translated
from crawler.store.pruning import prune
from crawler.store.statements import INDEX_LINKS
from tests.night import Night
from tests.server import PostgresServer, query
from tests.site import Site
from tests.stored import HOST, NOW, SEEDS, SETTINGS, begun, leaf, link, page, request, rows


@pytest.fixture
async def store(server: PostgresServer) -> AsyncGenerator[Ledger]:
    async with open_store(server.emptied()) as opened:
        yield opened


# What is kept


@pytest.mark.parametrize("isolation", ["read%5C%20committed", "repeatable%5C%20read"])
async def test_tables_are_made_once_whoever_comes_first(
    server: PostgresServer, isolation: str
) -> None:
    place = Server(f"{server.schema().dsn}%20-cdefault_transaction_isolation%3D{isolation}")

    async def begin(series: str) -> int:
        async with open_store(place) as store:
            return (await store.begin(series, SETTINGS, NOW, resume=False)).id

    runs = await asyncio.gather(*(begin(series) for series in "abcdefghijkl"))

    assert sorted(runs) == [*range(1, 13)]


async def test_a_backslash_is_one_whatever_the_default_is_there(server: PostgresServer) -> None:
    place = Server(f"{server.schema().dsn}%20-cstandard_conforming_strings%3Doff")

    async with opened(place) as (_, reader):
        assert await reader.rows(r"SELECT '\'") == [("\\",)]


async def test_of_several_servers_one_that_takes_what_is_written_can_be_asked_for(
    server: PostgresServer,
) -> None:
    dsn = server.schema().dsn.replace("@", "@127.0.0.1:9,")
    place = Server(dsn.replace("?", "?target_session_attrs=read-write&"))

    async with opened(place) as (_, reader):
        with pytest.raises(StoreError, match="in a read-only transaction"):
            await reader.run("DELETE FROM run")


async def test_only_the_first_schema_of_the_search_path_is_ours(server: PostgresServer) -> None:
    one, two = (place.dsn.rpartition("%3D")[2] for place in (server.schema(), server.schema()))

    for path in (two, f"{one},{two}", f"{one},{two}"):
        async with open_store(Server(server.dsn(path))) as store:
            await store.settle_chains(await begun(store), 10)

    built = "SELECT schemaname FROM pg_indexes WHERE indexname = 'link_document' ORDER BY 1"
    assert {one, two} <= {schema for (schema,) in query(Server(server.dsn(one)), built)}
    for schema, number in ((one, 2), (two, 1)):
        assert rows(Server(server.dsn(schema)), "SELECT count(*) FROM run") == [(number,)]


async def test_two_first_runs_that_end_at_once_make_the_indexes_once(
    server: PostgresServer,
) -> None:
    place = server.schema()
    async with open_store(place) as store:
        run = await begun(store)
        other = await asyncpg.connect(place.dsn)
        async with other.transaction():
            await other.execute(INDEX_LINKS)
            settling = asyncio.create_task(store.settle_chains(run, 10))
            while not rows(place, "SELECT 1 FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await settling
        await other.close()

    built = "SELECT count(*) FROM pg_indexes WHERE schemaname = current_schema() AND indexname = %s"
    names = ("link_document", "link_place", "link_text")
    assert [rows(place, built % f"'{name}'") for name in names] == [[(1,)]] * 3


async def test_what_no_text_can_be_there_is_replaced(store: Ledger, server: PostgresServer) -> None:
    place = server.dsn("emptied")
    odd = link(f"{HOST}/x")._replace(text="a\0b", section="c\udc80d")
    run_id = await begun(store, page(f"{HOST}/", odd))

    await store.write_notes(run_id, [(request(f"{HOST}/").url_id, Note("suspect", "e\0f"))])

    found = rows(Server(place), "SELECT text, section FROM link")
    assert found == [("a\ufffdb", "c\ufffdd")]
    assert rows(Server(place), "SELECT detail FROM note") == [("e\ufffdf",)]


async def test_a_folder_whose_name_is_no_text_can_be_reported_on(
    store: Ledger, server: PostgresServer
) -> None:
    settings = '{"seeds":["https://a.test/"],"folders":{"https://a.test/":"s\\udcffte"},"rules":[]}'
    run = await store.begin(SEEDS, settings, NOW, resume=False)

    async with open_findings(Server(server.dsn("emptied"))) as findings:
        assert (await findings.run(run.id)).folders == {"https://a.test/": "s\ufffdte"}


async def test_two_who_find_the_same_do_not_stand_in_each_others_way(
    server: PostgresServer,
) -> None:
    place = server.emptied()
    found = [
        request(f"https://{number % 7}.test/{number}", 1, Scope.CHECK) for number in range(900)
    ]

    async def crawl(series: str, *, backwards: bool) -> int:
        async with open_store(place) as store:
            run_id = await begun(store, page(f"{HOST}/", link(f"{HOST}/x")), series=series)
            ordered = found[::-1] if backwards else found
            new: list[Request] = []
            for start in range(0, len(found), 90):
                several = ordered[start : start + 90]
                new += await store.add(run_id, several)
                await store.write(run_id, [leaf(each.url) for each in several])
            return len(new)

    counts = await asyncio.gather(*(crawl(f"{n}", backwards=n % 2 == 0) for n in range(4)))

    assert counts == [900] * 4
    assert rows(place, "SELECT count(*) FROM url") == [(901,)]
    assert rows(place, "SELECT count(*) FROM link") == [(1,)]


async def test_room_is_given_back_of_our_tables_alone(server: PostgresServer) -> None:
    place = server.schema()
    query(place, "CREATE TABLE theirs AS SELECT 1 AS number")
    async with opened(place) as (database, _):
        await begun(Ledger(database, database))

        await database.give_back()

    looked_at = """
    SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(current_schema())
        AND relname IN ('run', 'theirs') AND reltuples >= 1
    """
    assert query(place, looked_at) == [("run",)]


async def test_a_small_database_does_not_grow_by_what_it_forgets(
    site: Site, server: PostgresServer
) -> None:
    night = Night(Path(), server.schema())
    for day in range(2):
        site.links("/", f"/{day}")
        await night.crawl(site.url(), day=day)

    runs, before, after = await prune(night.location, 1)

    assert runs == 1
    assert 0 < after <= before


async def test_who_may_write_but_not_make_indexes_comes_to_the_end(
    site: Site, server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    site.links("/", "#one", "/gone")
    place = server.schema()
    schema = place.dsn.rpartition("%3D")[2]
    async with open_store(place):
        pass
    query(place, "CREATE ROLE writer LOGIN")
    query(place, f"GRANT USAGE ON SCHEMA {schema} TO writer")
    query(place, f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO writer")

    summary = await Night(Path(), Server(server.dsn(schema, "writer"))).crawl(site.url())

    assert summary.state == "finished"
    assert caplog.text.count("only who owns the tables may index them") == 1


async def test_the_planner_knows_of_what_a_night_has_just_found(
    site: Site, server: PostgresServer
) -> None:
    site.links("/", "#one", "#two", "/gone")
    place = server.schema()

    await Night(Path(), place).crawl(site.url())

    known = """
    SELECT relname, CAST(reltuples AS BIGINT) FROM pg_class
    WHERE relnamespace = to_regnamespace(current_schema()) AND relname IN ('fragment', 'spell')
    ORDER BY 1
    """
    assert rows(place, known) == [("fragment", 2), ("spell", 3)]


async def test_missing_fragments_of_one_page_are_not_compared_with_one_another(
    site: Site, server: PostgresServer
) -> None:
    site.links("/", *(f"#gone-{number}" for number in range(500)))
    place = server.schema()
    await Night(Path(), place).crawl(site.url())

    ((plan,),) = query(place, "EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM broken")

    assert looked_at(json.loads(plan)[0]["Plan"]) < 50 * 500


def looked_at(node: dict[str, Any]) -> float:
    """Return how many rows a plan's node, and those below, had in hand for nothing."""
    removed = sum(rows for name, rows in node.items() if name.startswith("Rows Removed"))
    below: list[dict[str, Any]] = node.get("Plans", [])
    return float(removed * node["Actual Loops"]) + sum(map(looked_at, below))


# The dialect


def test_what_stands_in_quotes_and_comments_is_left_as_it_is() -> None:
    for text in ("SELECT 'fetch :a ? 1.5 it''s'", 'SELECT "fetch"', "SELECT 1 -- fetch :a ? 1.5"):
        assert translated(text) == by_place(text) == query_of(text, {})[0] == text


def test_parameters_have_types_and_each_a_number() -> None:
    text, arguments = query_of(
        "SELECT :a, :b, :a, :c, :d, :e FROM fetch",
        {"a": 1, "b": None, "c": "x", "d": True, "e": 0.5},
    )

    said = "SELECT $1::bigint, NULL, $1::bigint, $2::text, $3::boolean, $4::double precision"
    assert (text, arguments) == (f'{said} FROM "fetch"', [1, "x", True, 0.5])
    assert by_place("VALUES (?, ?, ?)") == "VALUES ($1, $2, $3)"
