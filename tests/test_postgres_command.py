"""Promises about the command with a database on PostgreSQL, on a real server."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.cli import main
from crawler.cli.status import Status
from crawler.location import Server, location_of
from crawler.store.steps import VERSION
from tests.command import ROOT
from tests.server import PostgresServer, query
from tests.stored import rows

SECRET = "pa55word"  # noqa: S105 - of nobody
UNREADABLE = "cannot be opened: its address makes no sense"


@pytest.fixture
def guarded(server: PostgresServer) -> str:
    """Return the URL of a schema with a password in it."""
    place = server.schema()
    schema = place.dsn.rpartition("%3D")[2]
    query(place, "DROP ROLE IF EXISTS guarded")
    query(place, f"CREATE ROLE guarded LOGIN PASSWORD '{SECRET}'")
    query(place, f"ALTER SCHEMA {schema} OWNER TO guarded")
    return server.dsn(schema, "guarded", SECRET)


@pytest.mark.slow
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


def refused(
    dsn: str, capsys: pytest.CaptureFixture[str], *command: str, status: int = Status.USAGE
) -> str:
    """Return the one line that the command ends with, without the database's name."""
    assert main([*command, "--db", dsn]) == status
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


def test_a_database_that_cannot_keep_every_letter_is_refused(
    server: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    here = Server(server.dsn("public"))
    query(here, "DROP DATABASE IF EXISTS western")
    query(here, "CREATE DATABASE western ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    western = here.dsn.replace("/postgres?", "/western?")

    said = refused(western, capsys, "http://127.0.0.1:9/")

    assert said.startswith("its encoding is LATIN1, which has not all that pages are written in")
    assert query(Server(western), "SELECT to_regclass('run')") == [(None,)]


def test_who_may_not_make_tables_is_told_so(
    server: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = server.schema().dsn.rpartition("%3D")[2]
    query(Server(server.dsn(schema)), "CREATE ROLE weak LOGIN")
    query(Server(server.dsn(schema)), f"GRANT USAGE ON SCHEMA {schema} TO weak")

    said = refused(server.dsn(schema, "weak"), capsys, "http://127.0.0.1:9/", status=Status.CRASHED)
    assert said == f"cannot be written: permission denied for schema {schema}"
    said = refused(server.dsn("nowhere"), capsys, "http://127.0.0.1:9/", status=Status.CRASHED)
    assert said == "cannot be written: no schema has been selected to create in"


def with_a_run(server: PostgresServer, role: str) -> str:
    """Return a schema with a run in it, which a new role may look into."""
    schema = server.schema().dsn.rpartition("%3D")[2]
    begin = ["http://127.0.0.1:9/", "--retries", "0", "--second-look", "0"]
    assert main([*begin, "--db", server.dsn(schema)]) == 3
    query(Server(server.dsn(schema)), f"CREATE ROLE {role} LOGIN")
    query(Server(server.dsn(schema)), f"GRANT USAGE ON SCHEMA {schema} TO {role}")
    return schema


def test_who_may_not_even_read_is_told_so_as_a_mistake(
    server: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = with_a_run(server, "stranger")
    capsys.readouterr()

    for command in ("report", "runs", "diff"):
        said = refused(server.dsn(schema, "stranger"), capsys, command)
        assert said == "cannot be read: permission denied for table run"


def test_who_may_only_read_what_is_there_is_told_so(
    server: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = with_a_run(server, "reader")
    capsys.readouterr()
    query(Server(server.dsn(schema)), f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO reader")

    for arguments in (["http://127.0.0.1:9/"], ["prune"]):
        said = refused(server.dsn(schema, "reader"), capsys, *arguments, status=Status.CRASHED)
        assert said == "cannot be written: it is there to be read only"
    assert main(["runs", "--db", server.dsn(schema, "reader")]) == 0
    query(Server(server.dsn(schema)), f"COMMENT ON TABLE run IS 'crawler {VERSION} other'")
    capsys.readouterr()
    said = refused(server.dsn(schema, "reader"), capsys, "runs", status=Status.CRASHED)
    assert said.startswith("is of another version, and cannot be brought up to date: permission ")


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

    said = "crawler: a PostgreSQL database needs asyncpg: pip install '.[postgres]'\n"
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


@pytest.mark.parametrize("address", ["password={}", "host=h password = '{}://'", " dbname={}"])
def test_an_address_in_words_is_neither_a_file_nor_shown(
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)

    for command in (["http://127.0.0.1:9/"], ["runs"], ["work"]):
        assert main([*command, "--db", address.format(SECRET)]) == 2

    assert list(tmp_path.iterdir()) == []
    told = capsys.readouterr().err.splitlines()
    assert len(set(told)) == 1
    assert told[0].endswith("=...: a database is a file, or postgresql://...")
