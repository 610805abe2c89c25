"""A frontier alone: the test hands in requests, takes them out, and reports what became of them."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager

from crawler.engine.frontier import Frontier
from crawler.engine.scope import Scoping
from crawler.model import Answer, Fetch, Page, Request, Scope
from crawler.settings import Settings
from tests.stored import HOST, request

OTHERS = ("https://x.test", "https://y.test")
AT_ONCE = Settings(delay=0, per_host=100, robots="ignore")


def answer(status: int | None = 200, error: str | None = None) -> Answer:
    return Answer(Fetch(method="GET", started_at=0, total_ms=1, status=status, error=error))


def external(name: str = "") -> Request:
    return request(f"{OTHERS[0]}/{name}", 1, Scope.CHECK)


def some(number: int, depth: int = 0) -> list[Request]:
    return [request(f"{HOST}/{depth}/{index}", depth) for index in range(number)]


class Desk:
    """A frontier with its queue, and a store in memory; the test is the workers and the writer."""

    def __init__(self, chosen: Settings = AT_ONCE, size: int = 0) -> None:
        self.queue: asyncio.Queue[Request | None] = asyncio.Queue(size)
        self.stored: dict[int, Request] = {}
        self.loads = 0
        self.frontier = Frontier(self.queue, Scoping([f"{HOST}/"], chosen), chosen, self.load)

    async def load(self, host: str, most: int) -> list[Request]:
        self.loads += 1
        found = [each for each in self.stored.values() if each.host == host]
        return sorted(found, key=lambda each: each.depth)[:most]

    def admit(self, requests: Iterable[Request]) -> None:
        new = list(requests)
        self.stored.update((each.url_id, each) for each in new)
        self.frontier.admit(new)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[asyncio.Task[None]]:
        task = asyncio.create_task(self.frontier.run())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def next(self) -> Request:
        taken = await self.queue.get()
        assert taken is not None
        return taken

    async def handed_out(self) -> list[Request]:
        """Return all that can be handed out until something is reported."""
        taken = []
        for _ in range(20):
            await asyncio.sleep(0)
            while not self.queue.empty():
                taken.append(await self.next())
        return taken

    def report(self, taken: Request, got: Answer | None = None) -> Page:
        self.frontier.started(taken)
        self.frontier.answered(taken, got or answer())
        page = Page(request=taken, done=True)
        self.frontier.finished(page)
        return page

    def finish(self, taken: Request, *new: Request) -> None:
        """Report that the request is done and stored, with what it brought."""
        page = self.report(taken)
        self.stored.pop(taken.url_id, None)
        self.stored.update((each.url_id, each) for each in new)
        self.frontier.committed([page], new)
