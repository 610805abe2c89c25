"""Promises about the store on PostgreSQL, on a real server."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from crawler.cli import main
from crawler.errors import StoreError
from crawler.location import Location, Server, location_of
from crawler.model import Note, Request, Scope
from crawler.store.findings import open_findings
from crawler.store.ledger import Ledger, open_store
from crawler.store.postgres.dialect import by_place, query_of, translated
from crawler.store.steps import VERSION
from tests.command import ROOT
from tests.network import Network
from tests.night import Night
from tests.server import PostgresServer, query
from tests.site import Site
from tests.stored import HOST, NOW, SEEDS, SETTINGS, begun, leaf, link, page, request, rows

SECRET = "pa55word"  # noqa: S105 - of nobody
UNREADABLE = "cannot be opened: its address makes no sense"


@pytest.fixture
async def store(server: PostgresServer) -> AsyncGenerator[Ledger]:
    async with open_store(server.emptied()) as opened:
        yield opened


# The command


@pytest.fixture
def guarded(server: PostgresServer) -> str:
    """Return the URL of a schema with a password in it."""
    place = server.schema()
    schema = place.dsn.rpartition("%3D")[2]
    query(place, "DROP ROLE IF EXISTS guarded")
    query(place, f"CREATE ROLE guarded LOGIN PASSWORD '{SECRET}'")
    query(place, f"ALTER SCHEMA {schema} OWNER TO guarded")
    return server.dsn(schema, "guarded", SECRET)


def test_every_command_takes_a_server_and_none_tells_its_password(
    guarded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text("<a href=gone>")

    assert main(["site", "--db", guarded]) == 1
    with monkeypatch.context() as environment:
        environment.setenv("CRAWLER_DB", guarded)
        assert main(["site", "--format", "html", "--output", "page.html"]) == 1
    address = "http://site.localhost/gone"
    for arguments in (["report"], ["diff"], ["runs"], ["redirects"], ["explain", address]):
        assert main([*arguments, "--db", guarded]) == 0, arguments
    assert main(["prune", "--keep", "1", "--db", guarded]) == 0

    out, err = capfd.readouterr()
    shown = guarded.replace(SECRET, "***")
    assert f"Everything is in {shown}, for instance: psql '{shown}' -c 'select * from" in out
    assert "1 run forgotten; 0." in out
    assert out.count("404") > 3
    stored = rows(Server(guarded), "SELECT settings FROM run")[0][0]
    for said in (out, err, stored, (tmp_path / "page.html").read_text()):
        assert SECRET not in said


def refused(dsn: str, capsys: pytest.CaptureFixture[str], *command: str) -> str:
    """Return the one line that the command ends with, without the database's name."""
    assert main([*command, "--db", dsn]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert SECRET not in err
    said = err.strip().removeprefix("crawler: ")
    assert said.startswith(f"{Server(dsn)}: ")
    return said.removeprefix(f"{Server(dsn)}: ")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (("127.0.0.1:", "[::"), UNREADABLE),
        (("postgres@127.0.0.1:", f"guarded:{SECRET}/{SECRET}@127.0.0.1:"), UNREADABLE),
        (("postgres@127.0.0.1:", f"guarded:{SECRET}?{SECRET}@127.0.0.1:"), UNREADABLE),
        (("postgres@127.0.0.1:", f"guarded:{SECRET}#{SECRET}@127.0.0.1:"), UNREADABLE),
        (("127.0.0.1:", "127.0.0.1:9"), UNREADABLE),
        (("127.0.0.1", "127.0.0.2"), "cannot be opened: [Errno 111] Connect call failed"),
        (("/postgres?", "/nowhere?"), 'cannot be opened: database "nowhere" does not exist'),
        (("postgres@", "nobody@"), 'cannot be opened: role "nobody" does not exist'),
        (("postgres@", f"guarded:x{SECRET}@"), "cannot be opened: password authentication failed"),
        (("?options", "?sslmode=require&options"), "cannot be opened: "),
        (("?options", "?nonsense=1&options"), "cannot be opened: unrecognized configuration"),
    ],
    ids=[
        *("address", "slash", "question", "hash", "port", "server"),
        *("database", "role", "password", "encryption", "option"),
    ],
)
def test_a_server_that_cannot_be_used_is_refused_in_one_line(
    server: PostgresServer,
    capsys: pytest.CaptureFixture[str],
    changed: tuple[str, str],
    said: str,
) -> None:
    dsn = server.dsn("public").replace(*changed)

    assert refused(dsn, capsys, "http://127.0.0.1:9/").startswith(said)
    assert refused(dsn, capsys, "runs").startswith(said)


@pytest.mark.parametrize("command", ["http://127.0.0.1:9/", "runs", "prune"])
def test_what_is_not_ours_is_left_alone(
    server: PostgresServer, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    theirs, newer = server.schema(), server.schema()
    query(theirs, "CREATE TABLE page (number INTEGER)")
    query(newer, "CREATE TABLE run (number INTEGER)")
    query(newer, f"COMMENT ON TABLE run IS 'crawler {VERSION + 1} x'")

    assert refused(theirs.dsn, capsys, command) == "is the database of another program"
    assert refused(newer.dsn, capsys, command) == (
        f"was written by a newer crawler (version {VERSION + 1}, this one knows {VERSION})"
    )


def test_to_read_there_must_be_a_database_of_ours(
    server: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    place = server.schema()

    for command in ("runs", "prune"):
        assert refused(place.dsn, capsys, command) == "there is no database of the crawler"
    assert query(place, "SELECT to_regclass('run')") == [(None,)]


def test_who_may_not_make_tables_is_told_so(
    server: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = server.schema().dsn.rpartition("%3D")[2]
    query(Server(server.dsn(schema)), "CREATE ROLE weak LOGIN")
    query(Server(server.dsn(schema)), f"GRANT USAGE ON SCHEMA {schema} TO weak")

    said = refused(server.dsn(schema, "weak"), capsys, "http://127.0.0.1:9/")
    assert said == f"cannot be written: permission denied for schema {schema}"
    said = refused(server.dsn("nowhere"), capsys, "http://127.0.0.1:9/")
    assert said == "cannot be written: no schema has been selected to create in"


def test_who_may_only_read_what_is_there_is_told_so(
    server: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = server.schema().dsn.rpartition("%3D")[2]
    begin = ["http://127.0.0.1:9/", "--retries", "0", "--second-look", "0"]
    assert main([*begin, "--db", server.dsn(schema)]) == 3
    capsys.readouterr()
    query(Server(server.dsn(schema)), "CREATE ROLE reader LOGIN")
    query(Server(server.dsn(schema)), f"GRANT USAGE ON SCHEMA {schema} TO reader")
    query(Server(server.dsn(schema)), f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO reader")

    for arguments in (["http://127.0.0.1:9/"], ["prune"]):
        said = refused(server.dsn(schema, "reader"), capsys, *arguments)
        assert said == "cannot be written: it is there to be read only"
    assert main(["runs", "--db", server.dsn(schema, "reader")]) == 0


def test_without_its_driver_a_server_is_refused_in_one_line(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['asyncpg'] = None\n"
        "from crawler.cli import main; sys.exit(main(['runs', '--db', 'postgresql://h/d']))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    ended = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        cwd=tmp_path,
        env=environment,
        text=True,
        check=False,
    )

    said = "crawler: a PostgreSQL database needs asyncpg: pip install 'crawler[postgres]'\n"
    assert (ended.returncode, ended.stderr) == (2, said)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("postgresql://u:p@h/d", "postgresql://u:***@h/d"),
        ("postgres://u:p@w@h:1/d?a=b", "postgres://u:***@h:1/d?a=b"),
        ("postgresql://u@h/d?password=p&a=b%20c", "postgresql://u@h/d?password=***&a=b%20c"),
        ("postgresql:///d?host=/run&sslpassword=p", "postgresql:///d?host=/run&sslpassword=***"),
        ("postgresql://u:p@[::/d", "postgresql://..."),
        ("postgresql://u:p/w@h/d", "postgresql://..."),
        ("postgresql://h:1/d?user=u%40w", "postgresql://h:1/d?user=u%40w"),
        ("postgresql://u@h/d?PASSWORD=p", "postgresql://u@h/d?PASSWORD=***"),
        ("data/crawl.db", "data/crawl.db"),
    ],
)
def test_where_the_database_is_can_be_shown(written: str, shown: str) -> None:
    location = location_of(written)

    assert str(location) == shown
    assert isinstance(location, Server) == ("://" in written)


@pytest.mark.parametrize("scheme", ["mysql", "postgresql+asyncpg", "POSTGRESQL"])
def test_the_url_of_another_database_makes_no_file(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["http://127.0.0.1:9/", "--db", f"{scheme}://u:{SECRET}@h/d"]) == 2

    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().err == (
        f"crawler: {scheme}://...: a database is a file, or postgresql://...\n"
    )


# What is kept


async def test_tables_are_made_once_whoever_comes_first(server: PostgresServer) -> None:
    place = server.schema()

    async def begin(series: str) -> int:
        async with open_store(place) as store:
            return (await store.begin(series, SETTINGS, NOW, resume=False)).id

    runs = await asyncio.gather(*(begin(series) for series in "abcdefghijkl"))

    assert sorted(runs) == [*range(1, 13)]


async def test_views_of_another_make_are_written_anew(server: PostgresServer) -> None:
    place = server.schema()
    async with open_store(place):
        pass
    query(place, "DROP VIEW slowest")
    query(place, "DROP VIEW orphans")
    query(place, "CREATE VIEW orphans AS SELECT 1 AS url")
    query(place, f"COMMENT ON TABLE run IS 'crawler {VERSION} other'")

    async with open_findings(place) as findings:
        assert await findings.runs() == []

    assert rows(place, "SELECT * FROM slowest") == rows(place, "SELECT url FROM orphans") == []


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


# A server that goes away


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
    assert by_place("VALUES (?2, ?1, ?2)") == "VALUES ($2, $1, $2)"
