"""Promises about databases on a server that another release has made: whose views may stay."""

import pytest

from crawler.errors import UsageError
from crawler.location import Server
from crawler.store.findings import open_findings
from crawler.store.ledger import open_store
from crawler.store.postgres.schema import OURS
from crawler.store.steps import VERSION
from tests.server import PostgresServer, query
from tests.stored import begun, rows


async def founded(server: PostgresServer) -> Server:
    """Return a database with our tables and views."""
    place = server.schema()
    async with open_store(place):
        pass
    return place


async def test_views_of_another_make_are_written_anew(server: PostgresServer) -> None:
    place = await founded(server)
    query(place, "DROP VIEW slowest")
    query(place, "DROP VIEW orphans")
    query(place, "CREATE VIEW orphans AS SELECT 1 AS url")
    query(place, f"COMMENT ON TABLE run IS 'crawler {VERSION} other'")

    async with open_findings(place) as findings:
        assert await findings.runs() == []

    assert rows(place, "SELECT * FROM slowest") == rows(place, "SELECT url FROM orphans") == []


async def test_a_database_from_before_runs_were_shared_gets_the_tables_for_that(
    server: PostgresServer,
) -> None:
    place = await founded(server)
    query(place, "DROP TABLE arrival, shard, member, sharing, receipt")
    query(place, f"COMMENT ON TABLE run IS 'crawler {VERSION} other'")

    async with open_store(place) as store:
        await begun(store)

    made = "SELECT to_regclass('arrival_shard')::text, to_regclass('receipt')::text"
    assert query(place, made) == [("arrival_shard", "receipt")]


async def renewed(place: Server, changed: str) -> None:
    """Open a database whose views were changed as by another release."""
    query(place, f"DO $$ BEGIN {changed}; END $$")
    query(place, f"COMMENT ON TABLE run IS 'crawler {VERSION} other'")
    async with open_findings(place):
        pass


async def test_new_views_leave_those_of_others_and_who_may_read(server: PostgresServer) -> None:
    place = await founded(server)
    query(place, "CREATE VIEW mine AS SELECT url FROM orphans")
    for view in ("orphans", "slowest"):
        query(place, f"GRANT SELECT ON {view} TO PUBLIC")

    await renewed(place, "ALTER VIEW slowest RENAME url TO address")

    assert rows(place, "SELECT url FROM mine") == rows(place, "SELECT url FROM slowest") == []
    readable = """
    SELECT table_name FROM information_schema.role_table_grants
    WHERE grantee = 'PUBLIC' AND table_schema = current_schema() ORDER BY 1
    """
    assert rows(place, readable) == [("orphans",), ("slowest",)]


@pytest.mark.parametrize(("views", "then"), [("all of them", 1), ("one", 0)])
async def test_a_new_view_is_for_who_may_read_all_the_others(
    server: PostgresServer, views: str, then: int
) -> None:
    place = await founded(server)
    query(place, "DROP VIEW slowest")
    schema = place.dsn.rpartition("%3D")[2]
    what = "orphans" if views == "one" else f"ALL TABLES IN SCHEMA {schema}"
    query(place, f"GRANT SELECT ON {what} TO PUBLIC")

    await renewed(place, "NULL")

    readable = """
    SELECT count(*) FROM information_schema.role_table_grants
    WHERE grantee = 'PUBLIC' AND table_schema = current_schema() AND table_name = 'slowest'
    """
    assert rows(place, readable) == [(then,)]


async def test_a_view_of_others_that_stands_in_the_way_is_named(server: PostgresServer) -> None:
    place = await founded(server)
    query(place, "ALTER VIEW orphans RENAME url TO address")
    query(place, "CREATE VIEW mine AS SELECT address FROM orphans")

    with pytest.raises(UsageError) as refused:
        await renewed(place, "NULL")

    assert str(refused.value) == (
        f"{place}: cannot be brought up to date, as orphans has other columns now: view mine"
        " depends on view orphans; drop what is yours of these, and make it again afterwards"
    )
    assert rows(place, "SELECT address FROM mine") == []


async def test_a_view_that_is_no_more_goes_where_nobody_needs_it(server: PostgresServer) -> None:
    place = await founded(server)
    former = f"CREATE VIEW former AS SELECT 1; COMMENT ON VIEW former IS '{OURS}'"

    await renewed(place, former)
    assert query(place, "SELECT to_regclass('former')") == [(None,)]

    await renewed(place, f"{former}; CREATE VIEW mine AS TABLE former")
    assert rows(place, "SELECT * FROM mine") == [(1,)]
