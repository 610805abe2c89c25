"""Invariants 6 and 9 of the design: what a crawl takes of the memory and of the event loop."""

import asyncio
import gc
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from crawler.engine.queues import WINDOW, HostQueue
from tests import command
from tests.night import SETTINGS, Night
from tests.site import Site

# 6. Memory does not depend on the number of URLs


@pytest.mark.slow
async def test_of_many_urls_only_a_window_is_in_memory(site: Site, night: Night) -> None:
    held: list[int] = []
    number = 1500

    async def sample(_: web.Request) -> web.Response:
        queues = [thing for thing in gc.get_objects() if isinstance(thing, HostQueue)]
        held.append(sum(len(queue.held) for queue in queues))
        return web.Response(text="x", content_type="text/html")

    site.links("/", *(f"/{n}" for n in range(number)))
    for n in range(number):
        if n % 250:
            site.page(f"/{n}", "x")
        else:
            site.handler(f"/{n}", sample)

    await night.crawl(site.url(), replace(SETTINGS, depth=1))

    assert len(held) == number // 250
    assert max(held) <= 3 * WINDOW
    assert len(site.counts) == number + 1
    assert set(site.counts.values()) == {1}


# 9. The event loop is never held for long


# What a process that nobody traces prints, of a crawl of each of its seeds: the most seconds of
# work, in the loop's thread, between two turns of a task beside the crawl. It is the processor's
# time: a busy machine fails no test. What is loaded is left out of collections, as by the command.
WATCHED = """
import asyncio, sys, time
from crawler.cli.heap import settled
from crawler.engine.run import crawl
from crawler.settings import Settings

async def watch(turns):
    while True:
        before = time.thread_time()
        await asyncio.sleep(0.001)
        turns.append(time.thread_time() - before)

async def main(seed, db):
    turns = []
    watching = asyncio.create_task(watch(turns))
    await asyncio.sleep(0.01)
    settings = Settings(db=db, depth=0, external="skip", max_pages=50, grace=1, delay=0)
    await crawl([seed], settings)
    watching.cancel()
    print(max(turns))

for number, seed in enumerate(sys.argv[2:]):
    with settled():
        asyncio.run(main(seed, f"{sys.argv[1]}-{number}"))
"""


LARGE = {
    "/3-MB": "<p id=x>" + "word " * 600_000 + '<a href="/gone">x</a>',
    "/20,000-links": "".join(f'<p id="{n}"><a href="/{n}?x=1">x</a>' for n in range(20_000)),
    "/20,000-fragments": "".join(f'<a href="/a#{n}">x</a>' for n in range(20_000)),
    "/20,000-hosts": "".join(f'<a href="http://h{n}.example/">x</a>' for n in range(20_000)),
}


@pytest.mark.slow
async def test_the_loop_is_never_held_longer_than_50_ms(site: Site, tmp_path: Path) -> None:
    for path, html in LARGE.items():
        site.page(path, html)

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WATCHED, str(tmp_path / "crawl.db"), *map(site.url, LARGE)),
        stdout=asyncio.subprocess.PIPE,
        env=command.untraced(),
    )
    printed, _ = await process.communicate()

    links = "SELECT count(*) FROM link"
    nights = [Night(tmp_path / f"crawl.db-{number}") for number in range(len(LARGE))]
    assert [night.column(links) for night in nights] == [[1], [20_000], [20_000], [20_000]]
    held = dict(zip(LARGE, map(float, printed.split()), strict=True))
    assert {path: seconds for path, seconds in held.items() if seconds >= 0.05} == {}
