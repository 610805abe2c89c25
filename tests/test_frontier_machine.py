"""The frontier of random crawls of random sites: whatever happens when, each URL comes once."""

import asyncio
import random
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.engine import queues
from crawler.engine.frontier import Frontier
from crawler.engine.scope import Scoping
from crawler.model import Page, Request, Scope
from crawler.settings import Settings
from tests.desk import OTHERS, answer
from tests.stored import HOST, request


class World:
    """A crawl of a random site: many workers, one writer, a store; all of them in random order."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - nothing to hide
        self.chosen = Settings(
            delay=0, per_host=self.chance.randint(1, 4), depth=self.chance.choice([1, 2, 3])
        )
        self.names = [f"{HOST}/{index}" for index in range(self.chance.randint(1, 60))]
        self.names += [f"{other}/{index}" for other in OTHERS for index in range(5)]
        self.scoping = Scoping([f"{HOST}/"], self.chosen)
        self.handed_out: Counter[str] = Counter()
        self.robots_asked: Counter[str] = Counter()
        self.too_early: list[str] = []
        self.moved: set[str] = set()
        self.known: set[int] = set()
        self.open: dict[int, Request] = {}
        self.submitted: list[tuple[Page, list[Request]]] = []
        self.queue: asyncio.Queue[Request | None] = asyncio.Queue(self.chance.randint(1, 5))
        self.frontier = Frontier(self.queue, self.scoping, self.chosen, self.load)

    async def turns(self) -> None:
        for _ in range(self.chance.choice([0, 0, 1, 3, 9])):
            await asyncio.sleep(0)

    async def load(self, host: str, most: int) -> list[Request]:
        await self.turns()
        found = [each for each in self.open.values() if each.host == host]
        await self.turns()
        return sorted(found, key=lambda each: (each.depth, each.url_id))[:most]

    def found_at(self, depth: int) -> Request:
        url = self.chance.choice(self.names)
        scope, _ = self.scoping.decide(url, depth)
        return request(url, depth, scope)

    async def work(self) -> None:
        while (taken := await self.queue.get()) is not None:
            await self.turns()
            self.frontier.started(taken)
            await self.turns()
            self.frontier.answered(taken, answer())
            if taken.robots_for is not None:
                self.robots_asked[taken.robots_for] += 1
                self.frontier.robots_known(taken.robots_for, None)
            elif taken.tries == 0:
                self.note(taken)
            self.submit(taken)

    def note(self, taken: Request) -> None:
        self.handed_out[taken.url] += 1
        if taken.host == HOST and self.chosen.depth != "all":
            others = [r for r in self.open.values() if r.scope is Scope.FOLLOW]
            late = {each.url for each in others if each.url in self.moved & set(self.handed_out)}
            if any(each.depth < taken.depth and each.url not in late for each in others):
                self.too_early.append(taken.url)

    def submit(self, taken: Request) -> None:
        done = taken.robots_for is not None or taken.tries > 0 or self.chance.random() < 0.8
        asked = taken if done else taken._replace(tries=1, not_before=time.time())
        found: list[Request] = []
        if done and taken.robots_for is None and taken.scope is Scope.FOLLOW:
            found = [self.found_at(taken.depth + 1) for _ in range(self.chance.randint(0, 15))]
            if self.chance.random() < 0.3:
                found = [self.found_at(taken.depth)._replace(hops=1)]
        page = Page(request=asked, done=done, found=found)
        self.frontier.finished(page)
        self.submitted.append((page, found))

    def check_balance(self) -> None:
        """Assert that what is open is what is held (ready, queued, running, waiting) or stored."""
        hosts = self.frontier.hosts()
        assert self.frontier.open == sum(len(host.held) + host.stored for host in hosts)

    async def write(self) -> None:
        while True:
            await self.turns()
            await asyncio.sleep(0)
            batch, self.submitted = self.submitted, []
            if batch:
                new = [each for page, found in batch for each in self.commit(page, found)]
                await self.turns()
                self.frontier.committed([page for page, _ in batch], new)
                self.check_balance()
                assert self.frontier.open == len(self.open)

    def commit(self, page: Page, found: list[Request]) -> list[Request]:
        new = []
        for each in found:
            if each.url_id not in self.known:
                self.known.add(each.url_id)
                self.open[each.url_id] = each
                new.append(each)
            elif each.hops and (was := self.open.get(each.url_id)) is not None:
                new += self.move_up(was, each)
        if page.request.robots_for is None:
            if page.done:
                del self.open[page.request.url_id]
            else:
                self.open[page.request.url_id] = page.request
        return new

    def move_up(self, was: Request, each: Request) -> list[Request]:
        if was.depth <= each.depth or was.tries or each.scope is not Scope.FOLLOW:
            return []
        self.moved.add(each.url)
        self.open[each.url_id] = was._replace(depth=each.depth, scope=each.scope)
        return [each._replace(was_depth=was.depth, hops=was.hops)]

    async def run(self) -> None:
        seeds = [request(self.names[0])]
        self.known = {each.url_id for each in seeds}
        self.open = {each.url_id: each for each in seeds}
        self.frontier.admit(seeds)
        tasks = [asyncio.create_task(self.work()) for _ in range(self.chance.randint(1, 6))]
        tasks.append(asyncio.create_task(self.write()))
        try:
            await asyncio.wait_for(self.frontier.run(), 10)
        finally:
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert [end for end in ends if not isinstance(end, asyncio.CancelledError)] == []


@pytest.mark.slow
@settings(deadline=None, max_examples=150)
@given(st.integers(0, 2**32))
def test_in_whatever_order_things_happen_every_url_is_handed_out_once(seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queues, "WINDOW", 4)
        world = World(seed)

        asyncio.run(world.run())

    assert {request(url).url_id for url in world.handed_out} == world.known
    assert set(world.handed_out.values()) == {1}
    assert set(world.robots_asked.values()) <= {1}
    assert (world.open, world.frontier.open, world.too_early) == ({}, 0, [])
    assert [host.held for host in world.frontier.hosts() if host.held] == []
    assert {host.in_flight for host in world.frontier.hosts()} == {0}
    assert {host.stored for host in world.frontier.hosts()} == {0}
