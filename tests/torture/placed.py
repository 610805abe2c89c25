"""Workers on a Ray cluster: interrupted, killed at random moments, and right all the same."""

import asyncio
import os
import random
import signal
import tempfile
from dataclasses import replace
from pathlib import Path

from crawler.location import Server
from tests.leader import declare, same, seeds
from tests.night import SETTINGS, Night
from tests.server import PostgresServer, query
from tests.site import Site
from tests.test_ray import started

RUNS = 3
_WORKERS = 2
_OPTIONS = ("--depth", "6", "--retries", "1", "--backoff", "0", "--second-look", "0")


async def placed() -> str:
    """Interrupt runs on a cluster, continue them, and kill each worker there once."""
    chance = random.Random(3)  # noqa: S311 - the same moments each time, as far as clocks allow
    with PostgresServer.running() as server:
        for number in range(RUNS):
            async with Site.serve() as site:
                with tempfile.TemporaryDirectory() as folder:
                    await _tried(site, server.schema(), Path(folder), chance, number)
    return (
        f"{RUNS} of {RUNS} runs by {_WORKERS} workers on a Ray cluster, interrupted in order, then"
        f" continued with {_WORKERS} kills, found what one process does"
    )


async def _tried(
    site: Site, where: Server, folder: Path, chance: random.Random, number: int
) -> None:
    declare(site, number, 300)
    night = Night(folder / "crawl.db")
    await night.crawl(seeds(site), replace(SETTINGS, depth=6))
    site.pause = lambda: 0.1
    arguments = (*seeds(site), *_OPTIONS, "--ray", "local", "--workers-here", str(_WORKERS))

    site.hits.clear()
    crawl = await started(where, folder, *arguments, "--grace", "1")
    await site.asked_in_all(1)
    await _workers(where, _WORKERS + 1)
    await site.asked_in_all(chance.randrange(20, 60))
    crawl.send_signal(signal.SIGINT)
    said, _ = await crawl.communicate()
    assert crawl.returncode == 130, said.decode()
    assert query(where, "SELECT state, reason FROM run") == [("interrupted", "SIGINT")]
    assert query(where, "SELECT count(*) FROM member") == [(0,)]

    crawl = await started(where, folder, *arguments, "--resume")
    ours = await _workers(where, _WORKERS + 1)
    for process in ours[1:]:
        await asyncio.sleep(chance.random())
        os.kill(process, signal.SIGKILL)
    said, _ = await crawl.communicate()
    assert crawl.returncode == 1, said.decode()
    assert same(where, night)


async def _workers(where: Server, number: int) -> list[int]:
    """Wait until so many workers are at work; return their processes."""
    while True:
        found = query(where, "SELECT name FROM member ORDER BY id")
        if len(found) >= number:
            return [int(name.rpartition(":")[2]) for (name,) in found]
        await asyncio.sleep(0.05)
