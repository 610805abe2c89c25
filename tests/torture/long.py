"""A crawl of a hundred thousand URLs: nothing grows with their number."""

import asyncio
import tempfile
from pathlib import Path

from aiohttp import web

from tests.hostile import SETTINGS
from tests.night import Night
from tests.site import HTML, Site
from tests.test_hostile import watch

URLS = 100_000
A_PAGE = 100


async def long() -> str:
    """Crawl a site of so many URLs, and one of twice as many, when all that may grow has grown."""
    small, seconds = await _measured(URLS)
    large, _ = await _measured(2 * URLS)
    assert large < 1.25 * small, (small, large)
    return (
        f"{URLS:,} URLs in {seconds:.0f} s and {small:.0f} MiB, twice as many in {large:.0f} MiB;"
        " no task and no socket left"
    )


async def _measured(urls: int) -> tuple[float, float]:
    """Return the most MiB of the process, and its seconds."""

    async def page(request: web.Request) -> web.Response:
        if request.path == "/robots.txt":
            return web.Response(status=404)
        number = number_of(request.path[1:])
        first = number * A_PAGE + 1
        links = range(first, min(first + A_PAGE, urls)) if number < urls // A_PAGE else range(0)
        html = "".join(f'<a href="/{name_of(n)}">x</a>' for n in links)
        return web.Response(body=html.encode(), headers={"Content-Type": HTML})

    with tempfile.TemporaryDirectory() as folder:
        night = Night(Path(folder) / "crawl.db")
        async with Site.serve() as site:
            site.otherwise = page
            settings = {**SETTINGS, "db": str(night.db), "depth": "all"}
            watching = asyncio.ensure_future(watch([site.url()], settings))
            while not watching.done():
                await asyncio.wait({watching}, timeout=1)
                site.hits.clear()
            said, _ = await watching
        assert night.rows("SELECT count(*) FROM page WHERE verdict = 'ok'") == [(urls,)]
    assert said["tasks"] == 0, said
    assert said["sockets"] <= 1, said
    return said["mib"], said["seconds"]


# In letters: a hundred thousand numbers would be a trap.
def name_of(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


def number_of(name: str) -> int:
    return int("".join(str("abcdefghij".index(letter)) for letter in name) or 0)
