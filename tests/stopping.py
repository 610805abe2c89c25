"""A site of many pages, a crawl of it that is stopped in the middle, and what is left of that."""

import asyncio
from collections import Counter
from dataclasses import replace

from aiohttp import web

from crawler.engine.stop import Stop
from crawler.engine.summary import Summary
from tests.night import SETTINGS, Night
from tests.site import Site

PAGES = 12


def many(site: Site, number: int = PAGES) -> None:
    """Declare a seed that links to so many pages, each with a dead link."""
    site.links("/", *(f"/{n}" for n in range(number)))
    for n in range(number):
        site.links(f"/{n}", f"/{n}/gone")


async def stop_in_the_middle(
    site: Site, night: Night, stop: Stop, *, times: int = 1, grace: float = 5
) -> Summary:
    """Crawl `many`, and ask for the end when four pages are in flight; then let the site answer."""
    many(site)
    site.page("/robots.txt", status=404)
    held = asyncio.Event()

    async def hold(_: web.Request) -> web.Response:
        await held.wait()
        return web.Response(text="<p>late</p>", content_type="text/html", status=200)

    for n in range(PAGES):
        site.handler(f"/{n}", hold)
    settings = replace(SETTINGS, concurrency=4, grace=grace)
    running = asyncio.create_task(night.crawl(site.url(), settings, stop=stop))
    await asyncio.wait_for(site.busy(4), 30)
    for _ in range(times):
        stop.ask("SIGINT")
    if times == 1 and grace:
        for _ in range(20):  # turns of the loop, for the run to hear of it
            await asyncio.sleep(0)
        held.set()
    summary = await asyncio.wait_for(running, 5)
    held.set()
    return summary


def every_request_has_its_row(site: Site, night: Night) -> bool:
    """Return whether the attempts in the store are those that the server saw."""
    stored = Counter(night.rows("SELECT url, method FROM fetch JOIN url ON url.id = url_id"))
    seen = Counter((site.url(hit.path), hit.method) for hit in site.hits)
    return stored == seen


def states(night: Night) -> list[tuple[str, str | None]]:
    return night.rows("SELECT state, reason FROM run ORDER BY id")


def open_reasons(night: Night) -> set[tuple[str | None, str | None]]:
    return set(
        night.rows(
            "SELECT verdict, reason FROM page WHERE state <> 'done' GROUP BY verdict, reason"
        )
    )
