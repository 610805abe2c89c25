"""Promises of the command about many workers on one run: begun by one, joined by others."""

import asyncio
import json
from pathlib import Path

import pytest

from crawler.location import Server
from tests import command
from tests.leader import DEEP, Leader, alone, declare, same, seeds
from tests.night import Night
from tests.site import Site

pytestmark = pytest.mark.slow


async def crawler(where: Server, cwd: Path, *arguments: str) -> tuple[int, str]:
    """Run the command; return its status and what it said."""
    process = await asyncio.create_subprocess_exec(
        *command._command(arguments),
        cwd=cwd,
        env=command._environment({"CRAWLER_DB": where.dsn}),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_the_command_shares_a_run_among_processes(
    site: Site, night: Night, where: Server, tmp_path: Path
) -> None:
    declare(site)
    await alone(site, night)
    options = ("--depth", "6", "--retries", "1", "--backoff", "0", "--delay", "0.01")

    status, said = await crawler(
        where, tmp_path, *seeds(site), *options, "--second-look", "0", "--workers-here", "2"
    )

    assert status == 1, said
    assert same(where, night)
    assert "a worker ended" not in said


@pytest.mark.parametrize("manner", ["--quiet", "--log-format=json"])
async def test_workers_here_say_what_they_say_as_who_began_them(
    site: Site, where: Server, tmp_path: Path, manner: str
) -> None:
    site.page("/", "<p>home")
    seed = (site.url(), "--workers-here", "2", "--progress", "none", "--output", "report")

    status, said = await crawler(where, tmp_path, *seed, manner)

    told = [json.loads(line)["message"] for line in said.splitlines()]
    assert (status, bool(told)) == (0, manner != "--quiet"), said


async def test_who_comes_when_the_run_is_over_has_nothing_to_do(
    site: Site, where: Server, tmp_path: Path
) -> None:
    site.page("/")
    leader = Leader(where, site.url(), DEEP)
    await leader.task

    status, said = await crawler(where, tmp_path, "work", "--run", str(await leader.begun()))

    assert (status, said) == (0, "crawler: run 1 is over: it is finished\n")


@pytest.mark.parametrize(
    ("database", "complaint"),
    [
        ("data/crawl.db", "data/crawl.db: to share a run takes a server: --db postgresql://..."),
        ("postgresql://127.0.0.1:1/x", "postgresql://127.0.0.1:1/x: cannot be opened"),
        (None, "there is no database of the crawler"),
    ],
)
async def test_work_that_cannot_be_begun_says_why(
    where: Server, tmp_path: Path, database: str | None, complaint: str
) -> None:
    status, said = await crawler(Server(database or where.dsn), tmp_path, "work", "--run", "1")

    assert status == 2
    assert complaint in said
    assert len(said.splitlines()) == 1
