"""What the README says is true: options, exit statuses, views, queries, the example."""

import asyncio
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import asyncpg
import pytest

from crawler.cli import main
from crawler.cli.status import Status
from crawler.location import Server
from tests import readme

TEXT = readme.README.read_text("utf-8")
SEEDS = readme.README.parent / "seeds/site.txt"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


QUERIES = [query for block in blocks("sql") for query in block.split(";") if query.strip()]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = tmp_path_factory.mktemp("readme") / "crawl.db"
    assert main(["--seeds", str(SEEDS), "--depth", "2", "--db", str(path)]) == Status.BROKEN
    with closing(sqlite3.connect(path)) as connection:
        yield connection


def test_the_table_of_options_is_that_of_the_code() -> None:
    stale = "the table is stale: run `python -m tests.readme`"

    assert readme.written() == TEXT, stale


def test_every_exit_status_is_explained() -> None:
    section = TEXT.partition("| exit status |")[2].partition("\n\n")[0]
    explained = {
        int(n)
        for cell in re.findall(r"^\| ([\d, ]+) \|", section, re.MULTILINE)
        for n in cell.split(",")
    }

    assert explained == {*Status, 130, 143}


def test_every_view_is_explained_and_every_view_explained_exists(
    database: sqlite3.Connection,
) -> None:
    section = TEXT.partition("## The database")[2].partition("\n## ")[0]
    rows = [row for row in section.splitlines() if row.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    views = {
        name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")
    }

    assert named <= views
    made_of = {"ill", "ill_nights", "judged", "newest_run", "nights", "rots", "settled"}
    assert views - named == made_of


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_answers(database: sqlite3.Connection, query: str) -> None:
    assert database.execute(query).fetchall()


def test_every_query_answers_on_a_server_as_it_stands(where: Server) -> None:
    async def ask() -> list[bool]:
        connection = await asyncpg.connect(where.dsn)
        try:
            return [bool(await connection.fetch(query)) for query in QUERIES]
        finally:
            await connection.close()

    assert main(["--seeds", str(SEEDS), "--depth", "2", "--db", where.dsn]) == Status.BROKEN

    assert all(asyncio.run(ask()))


def test_the_first_run_is_what_it_is_shown_to_be(
    database: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(readme.README.parent)
    ((_, _, path),) = database.execute("PRAGMA database_list")
    shown = TEXT.partition("ends with something like this:\n\n")[2].partition("    ...\n")[0]
    _seconds, *lines = dedent(shown).splitlines()
    report = tmp_path / "report.txt"

    main(["report", "--db", path, "--output", str(report)])

    assert report.read_text("utf-8").splitlines()[1 : len(lines) + 1] == lines


def test_broken_reads_as_it_is_described(database: sqlite3.Connection) -> None:
    described = re.search(r"\| `broken` \|.*?: (.*?) \|", TEXT)
    assert described

    columns = [name for name, *_ in database.execute("SELECT * FROM broken").description]

    assert columns[: len(described[1].split(", "))] == described[1].split(", ")


@pytest.mark.slow
def test_the_examples_run_as_they_stand(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds/site").symlink_to(SEEDS.parent / "site")
    examples = "\n".join(blocks("python"))

    ran = subprocess.run(
        [sys.executable, "-c", examples], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    first, *pages = ran.stdout.splitlines()
    assert first == "finished 29"
    assert pages
    assert all(line.startswith("404 http://site.localhost/") for line in pages)
    assert ran.stderr == ""


def test_no_link_of_ours_to_ourselves_is_broken(tmp_path: Path) -> None:
    ours = [str(path) for path in readme.README.parent.glob("*.md")]
    options = ["--depth", "0", "--external", "skip", "--db", str(tmp_path / "crawl.db")]

    assert main([*ours, *options, "--output", str(tmp_path / "report.txt")]) == Status.OK
