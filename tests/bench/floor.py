"""The floor: the same libraries fetch a site, parse it and find its links, and record nothing.

`python -m tests.bench.floor URL` prints how many URLs it asked for, and how many links it found.
"""

import asyncio
import sys
from dataclasses import dataclass, field

import ada_url
from aiohttp import ClientSession, TCPConnector
from selectolax.lexbor import LexborHTMLParser
from yarl import URL

_CONCURRENCY = 32


@dataclass(slots=True)
class Walk:
    """What is known of the site so far; its workers write it, with no await between."""

    origin: str
    seen: set[str]
    queue: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    links: int = 0

    def find(self, url: str, body: bytes) -> None:
        """Add what the page `url` links to."""
        nodes = LexborHTMLParser(body).css("[href], [src]")
        hrefs = [each.attributes.get("href") or each.attributes.get("src") or "" for each in nodes]
        self.links += len(hrefs)
        for href in set(hrefs):
            target = _join(url, href)
            if target.startswith(self.origin) and target not in self.seen:
                self.seen.add(target)
                self.queue.put_nowait(target)


def _join(url: str, href: str) -> str:
    try:
        return ada_url.join_url(url, href).partition("#")[0]
    except ValueError:
        return ""


async def _work(walk: Walk, session: ClientSession) -> None:
    while True:
        url = await walk.queue.get()
        async with session.get(URL(url, encoded=True)) as response:
            body = await response.read()
        if response.status == 200 and response.content_type == "text/html":
            walk.find(str(response.url), body)
        walk.queue.task_done()


async def walk_from(root: str) -> Walk:
    """Return what was found from `root` on, on its host."""
    walk = Walk(root[: root.index("/", 8) + 1], {root})
    walk.queue.put_nowait(root)
    connector = TCPConnector(limit=_CONCURRENCY)
    async with ClientSession(connector=connector) as session, asyncio.TaskGroup() as group:
        workers = [group.create_task(_work(walk, session)) for _ in range(_CONCURRENCY)]
        await walk.queue.join()
        for worker in workers:
            worker.cancel()
    return walk


if __name__ == "__main__":
    walked = asyncio.run(walk_from(sys.argv[1]))
    print(f"{len(walked.seen)} URLs, {walked.links} links")
