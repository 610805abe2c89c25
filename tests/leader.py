"""A run that many workers share, in a test, and what one alone finds on the same site."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from crawler.engine.leading import lead
from crawler.engine.membership import work
from crawler.engine.order import Order
from crawler.engine.progress import Progress
from crawler.engine.seeds import parse_seeds
from crawler.engine.stop import Stop
from crawler.engine.summary import Summary
from crawler.location import Server
from crawler.settings import Settings
from tests.generated import generate
from tests.night import SETTINGS, Night
from tests.server import query
from tests.site import Site

# Seconds: a lease that tests can wait for, and one that is never over on a busy machine either.
LEASE, LONG = 1.0, 60.0
DEEP = replace(SETTINGS, depth=6)

PAGES = """
SELECT url, depth, scope, state, verdict, reason, final_url, content_type, title
FROM pages
ORDER BY url
"""
LINKS = """
SELECT source, target, fragment, verdict, reason, status, kind, text, line
FROM links
ORDER BY source, target, fragment, kind, line
"""


class Leader:
    """Who begins the run; others may join while it goes on."""

    def __init__(
        self, where: Server, seeds: str | Sequence[str], settings: Settings, lease: float = LEASE
    ) -> None:
        self.where = where
        self.stop = Stop()
        self.progress = Progress()
        order = Order(
            seeds=parse_seeds([seeds] if isinstance(seeds, str) else seeds),
            settings=replace(settings, db=where.dsn),
            stop=self.stop,
            progress=self.progress,
        )
        self.task = asyncio.create_task(lead(order, where, lease))

    async def begun(self) -> int:
        """Wait until the run has begun; return its id."""
        while self.progress.run_id is None and not self.task.done():  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        return self.progress.run_id or 0

    async def joined(self, stop: Stop | None = None) -> asyncio.Task[Summary | None]:
        return asyncio.create_task(work(self.where, await self.begun(), stop or Stop()))


def declare(site: Site, seed: int = 1, number: int = 30) -> None:
    generate(site, seed, number, site.external("/elsewhere/"))


def seeds(site: Site) -> list[str]:
    return [site.url(), site.external("/20")]


async def alone(site: Site, night: Night, settings: Settings = DEEP) -> int:
    """Crawl alone; return how much was asked."""
    await night.crawl([site.url(), site.external("/20")], settings)
    asked = len(site.hits)
    site.hits.clear()
    return asked


def same(where: Server, night: Night) -> bool:
    """Return whether both found the same pages, links and verdicts."""
    return all(
        sorted(map(repr, query(where, statement))) == sorted(map(repr, night.rows(statement)))
        for statement in (PAGES, LINKS)
    )
