"""Promises about workers that a Ray cluster places, and starts again."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.engine.run import crawl
from crawler.errors import UsageError
from crawler.location import Server
from tests import command
from tests.night import SETTINGS, Night
from tests.server import query
from tests.site import Site
from tests.test_cluster import declare, same, seeds, where

pytest.importorskip("ray", reason="Ray is not installed")

__all__ = ["where"]

OPTIONS = ("--depth", "6", "--retries", "1", "--backoff", "0", "--second-look", "0")


async def started(
    where: Server, cwd: Path, *arguments: str, more: Mapping[str, str] | None = None
) -> asyncio.subprocess.Process:
    # A token of our own: without one, Ray would leave its own in the home of whoever runs this.
    environment = {"CRAWLER_DB": where.dsn, "RAY_AUTH_TOKEN": "t" * 32, **(more or {})}
    return await asyncio.create_subprocess_exec(
        *command._command(arguments),
        cwd=cwd,
        env=command._environment(environment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def workers(where: Server, number: int) -> list[int]:
    """Wait until so many workers are at work; return their processes."""
    while True:
        found = query(where, "SELECT name FROM member ORDER BY id")
        if len(found) >= number:
            return [int(name.rpartition(":")[2]) for (name,) in found]
        await asyncio.sleep(0.05)


@pytest.mark.timeout(120)
async def test_workers_on_a_cluster_one_of_which_is_killed_find_what_one_alone_does(
    site: Site, night: Night, where: Server, tmp_path: Path
) -> None:
    declare(site)
    await night.crawl(seeds(site), replace(SETTINGS, depth=6))
    site.hits.clear()
    site.gate.clear()

    crawling = await started(
        where, tmp_path, *seeds(site), *OPTIONS, "--ray", "local", "--workers-here", "2"
    )
    await site.asked_in_all(1)
    ours, *theirs = await workers(where, 3)
    os.kill(theirs[0], signal.SIGKILL)
    over = "DELETE FROM member WHERE name LIKE :name"  # as its lease is, sooner or later
    query(where, over, {"name": f"%:{theirs[0]}"})
    site.gate.set()
    said, _ = await crawling.communicate()

    assert ours == crawling.pid
    assert crawling.returncode == 1, said.decode()
    assert same(where, night)


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("auto", "--ray auto: Could not find any running Ray instance."),
        ("ray://127.0.0.1:1", "--ray ray://127.0.0.1:1: [Errno 111] Connect call failed"),
    ],
)
async def test_a_cluster_that_is_not_there_is_a_matter_of_one_line(
    where: Server, tmp_path: Path, address: str, complaint: str
) -> None:
    crawling = await started(where, tmp_path, "http://127.0.0.1:9/", "--ray", address)
    said, _ = await crawling.communicate()

    assert crawling.returncode == 2
    assert said.decode().startswith(f"crawler: {complaint}")
    assert len(said.splitlines()) == 1
    assert query(where, "SELECT to_regclass('run')") == [(None,)]


async def test_where_ray_is_not_installed_the_line_says_what_to_install(
    where: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "crawler.engine.cluster", None)

    with pytest.raises(UsageError, match=r"--ray needs .+: pip install 'crawler\[ray\]'"):
        await crawl(["http://127.0.0.1:9/"], replace(SETTINGS, db=where.dsn, ray="auto"))


def test_a_cluster_is_for_runs_that_a_server_has() -> None:
    with pytest.raises(UsageError, match="to share a run takes a server"):
        replace(SETTINGS, ray="auto")
