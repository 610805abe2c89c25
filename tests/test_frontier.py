"""Promises about which request comes next."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.engine import queues
from crawler.engine.frontier import Frontier
from crawler.engine.scope import Scoping
from crawler.model import Answer, Fetch, Page, Request, Scope
from crawler.settings import Settings
from crawler.store.protocol import OpenPages
from crawler.urls import host_of
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


async def test_without_anything_open_there_is_nothing_to_wait_for() -> None:
    desk = Desk()

    await desk.frontier.run()

    assert desk.queue.empty()


async def test_a_run_is_over_when_the_last_page_is_stored_not_when_it_is_read() -> None:
    desk = Desk()
    (seed,) = some(1)
    desk.admit([seed])

    async with desk.running() as run:
        page = desk.report(await desk.next())
        assert await desk.handed_out() == []
        assert (run.done(), desk.frontier.open) == (False, 1)
        desk.frontier.committed([page], [])
        await run

    assert desk.frontier.open == 0


async def test_what_a_page_brings_is_open_before_the_page_is_done() -> None:
    desk = Desk()
    (seed,), (child,) = some(1), some(1, 1)
    desk.admit([seed])

    async with desk.running() as run:
        desk.finish(await desk.next(), child)
        desk.finish(await desk.next())
        await run

    assert desk.frontier.open == 0


async def test_no_page_is_followed_before_all_that_are_nearer_are_done() -> None:
    desk = Desk()
    near, deep = some(2, 1), some(2, 2)
    desk.admit([*deep, *near])

    async with desk.running():
        assert await desk.handed_out() == near
        desk.finish(near[0])
        assert await desk.handed_out() == []
        desk.finish(near[1])
        assert await desk.handed_out() == deep


async def test_without_a_depth_limit_nothing_waits_for_nearer_pages() -> None:
    desk = Desk(replace(AT_ONCE, depth="all"))
    near, deep = some(2, 1), some(2, 2)
    desk.admit([*deep, *near])

    async with desk.running():
        assert await desk.handed_out() == near + deep


async def test_other_hosts_wait_for_no_depth() -> None:
    desk = Desk()
    seed, leaf = some(1)[0], external()
    desk.admit([seed, leaf])

    async with desk.running():
        assert await desk.handed_out() == [seed, leaf]


async def test_a_host_is_asked_for_no_more_at_once_than_it_permits() -> None:
    desk = Desk(replace(AT_ONCE, per_host=2))
    desk.admit(some(5))

    async with desk.running():
        first = await desk.handed_out()
        assert len(first) == 2
        desk.finish(first[0])
        assert len(await desk.handed_out()) == 1


async def test_between_two_requests_to_a_host_lies_its_delay() -> None:
    desk = Desk(replace(AT_ONCE, delay=0.05))
    desk.admit([external("1"), external("2"), *some(1)])

    async with desk.running():
        times = {}
        for _ in range(3):
            taken = await desk.next()
            times[taken.url] = time.monotonic()
            desk.finish(taken)

    assert times[f"{OTHERS[0]}/2"] - times[f"{OTHERS[0]}/1"] >= 0.05
    assert times[f"{HOST}/0/0"] < times[f"{OTHERS[0]}/2"]


@pytest.mark.parametrize(
    ("robots", "asked"),
    [("follow", [HOST]), ("all", [HOST, OTHERS[0]]), ("ignore", [])],
)
async def test_robots_txt_is_asked_for_first_where_it_binds(robots: str, asked: list[str]) -> None:
    desk = Desk(replace(AT_ONCE, robots=robots))  # type: ignore[arg-type]
    desk.admit([*some(2), external("1"), external("2")])

    async with desk.running():
        first = await desk.handed_out()

    assert [each.url for each in first if each.robots_for] == [f"{key}/robots.txt" for key in asked]
    assert not {each.host for each in first if not each.robots_for} & set(asked)


async def test_when_robots_txt_is_known_the_host_opens_with_the_delay_it_asks_for() -> None:
    desk = Desk(replace(AT_ONCE, robots="follow"))
    pages = some(2)
    desk.admit(pages)

    async with desk.running():
        robots = await desk.next()
        assert await desk.handed_out() == []
        desk.frontier.robots_known(HOST, 60)
        desk.frontier.committed([desk.report(robots)], [])
        assert desk.frontier.open == 2
        assert await desk.handed_out() == []

    assert desk.frontier._host(HOST).clock.delay == 60


async def test_a_robots_txt_that_moved_is_asked_for_at_its_new_host() -> None:
    desk = Desk(replace(AT_ONCE, robots="follow"))
    pages = some(1)
    desk.admit(pages)

    async with desk.running():
        robots = await desk.next()
        url = f"{OTHERS[1]}/robots.txt"
        desk.frontier.robots_hop(robots._replace(url=url, host=host_of(url), hops=1))
        desk.report(robots)
        hop = await desk.next()
        assert (hop.host, hop.robots_for) == (OTHERS[1], HOST)
        desk.report(hop)
        desk.frontier.robots_known(HOST, None)
        assert await desk.handed_out() == pages


async def test_a_request_that_is_to_be_tried_again_comes_again() -> None:
    desk = Desk(replace(AT_ONCE, max_pages=2))
    desk.admit(some(2))

    async with desk.running():
        first, second = await desk.handed_out()
        again = first._replace(tries=1, not_before=time.time() - 1)
        desk.frontier.started(first)
        desk.frontier.finished(Page(request=again, done=False))
        desk.frontier.committed([Page(request=again, done=False)], [])
        assert await desk.handed_out() == [again]

    assert second.url != first.url
    assert desk.frontier.open == 2


async def test_who_has_finished_finds_the_next_request_without_waiting_for_others() -> None:
    desk = Desk(replace(AT_ONCE, per_host=1))
    desk.admit(some(2))

    async with desk.running():
        (first,) = await desk.handed_out()
        desk.report(first)
        assert not desk.queue.empty()


async def test_who_finishes_after_the_end_of_a_run_is_handed_nothing_more() -> None:
    desk = Desk(replace(AT_ONCE, per_host=1))
    desk.admit(some(2))

    async with desk.running():
        (first,) = await desk.handed_out()
    desk.report(first)

    assert desk.queue.empty()


async def test_a_budget_ends_the_run_with_the_rest_open() -> None:
    desk = Desk(replace(AT_ONCE, max_pages=3, robots="follow"))
    desk.admit(some(5))

    async with desk.running() as run:
        robots = await desk.next()
        assert robots.robots_for == HOST
        desk.frontier.robots_known(HOST, None)
        for each in await desk.handed_out():
            desk.frontier.started(each)
        await run

    assert desk.queue.empty()
    assert (desk.frontier.budget.left, desk.frontier.open) == (0, 5)


async def test_what_is_refused_before_it_goes_out_costs_nothing() -> None:
    desk = Desk(replace(AT_ONCE, max_pages=1))
    desk.admit(some(3))

    async with desk.running() as run:
        (first,) = await desk.handed_out()
        desk.frontier.finished(Page(request=first, done=True))
        (second,) = await desk.handed_out()
        assert not run.done()
        desk.frontier.started(second)
        await run

    assert desk.queue.empty()
    assert desk.frontier.open == 3


async def test_a_url_that_is_asked_again_costs_nothing_more() -> None:
    desk = Desk(replace(AT_ONCE, max_pages=1))
    (seed,) = some(1)
    desk.admit([seed])

    for _ in range(2):
        async with desk.running() as run:
            desk.finish(await desk.next())
            await run
        desk.admit([seed])

    assert (desk.frontier.budget.left, desk.frontier.open) == (0, 1)


async def test_hosts_that_are_due_take_turns() -> None:
    desk = Desk()
    desk.admit([*some(3), *(external(str(n)) for n in range(3))])

    async with desk.running():
        taken = await desk.handed_out()

    assert [each.host for each in taken] == [HOST, OTHERS[0]] * 3


async def test_a_host_that_has_no_address_is_dead() -> None:
    desk = Desk()
    desk.admit([external()])

    async with desk.running():
        desk.report(await desk.next(), answer(None, "dns"))

    assert desk.frontier.dead(OTHERS[0]) == "dns"
    assert desk.frontier.dead(HOST) is None


async def test_a_thousand_requests_pass_through_a_small_window_once_each() -> None:
    desk = Desk(size=8)
    (seed,), found = some(1), some(1000, 1)
    desk.admit([seed])
    most_held = 0
    taken: list[Request] = []

    async with desk.running() as run:
        desk.finish(await desk.next(), *found)
        while len(taken) < 1000:
            taken.append(await desk.next())
            most_held = max(most_held, len(desk.frontier._host(HOST).held))
            desk.finish(taken[-1])
        await run

    assert Counter(taken) == Counter(found)
    assert most_held <= 2 * queues.WINDOW
    assert desk.loads < 1000 / (0.75 * queues.WINDOW) + 2


@pytest.mark.parametrize(("hosts", "each"), [(10, 32), (40, 8), (100, 4)])
async def test_many_hosts_keep_less_in_memory_each_and_are_asked_for_all(
    monkeypatch: pytest.MonkeyPatch, hosts: int, each: int
) -> None:
    monkeypatch.setattr(queues, "_OF_ALL", 320)
    monkeypatch.setattr(queues, "_LEAST", 4)
    desk = Desk(size=8)
    seeds, *found = (
        [request(f"https://h{host}.test/{n}", 0, Scope.CHECK) for host in range(hosts)]
        for n in range(41)
    )
    desk.admit(seeds)
    most_held = taken = 0

    async with desk.running() as run:
        desk.finish(await desk.next(), *chain.from_iterable(found))
        while desk.frontier.open:
            most_held = max(most_held, *(len(host.held) for host in desk.frontier.hosts()))
            desk.finish(await desk.next())
            taken += 1
        await run

    assert each <= most_held <= each + 10  # those that are handed out are held too
    assert taken + 1 == 41 * hosts


async def test_what_an_earlier_process_left_open_is_handed_out() -> None:
    desk = Desk(replace(AT_ONCE, robots="follow"))
    near, deep, leaf = some(300, 1), some(3, 2), external()
    desk.stored = {each.url_id: each for each in [*deep, *near, leaf]}
    desk.frontier.restore(
        [
            OpenPages(HOST, 2, Scope.FOLLOW, 3),
            OpenPages(HOST, 1, Scope.FOLLOW, 300),
            OpenPages(OTHERS[0], 1, Scope.CHECK, 1),
        ]
    )
    assert desk.frontier.open == 304
    taken: list[Request] = []

    async with desk.running() as run:
        while len(taken) < 304:
            each = await desk.next()
            if each.robots_for:
                desk.frontier.robots_known(HOST, None)
            else:
                taken.append(each)
                desk.finish(each)
        await run

    assert Counter(taken) == Counter([*near, *deep, leaf])
    assert [each for each in taken if each.host == HOST][300:] == deep


async def test_a_page_that_a_redirect_shows_to_be_nearer_is_read_with_its_level() -> None:
    desk = Desk()
    near, deep = some(2, 1), some(2, 2)
    desk.admit([*near, *deep])

    async with desk.running() as run:
        assert await desk.handed_out() == near
        moved = deep[1]._replace(depth=1, was_depth=2)
        desk.finish(near[0], moved)
        assert await desk.handed_out() == [moved]
        desk.finish(near[1])
        assert await desk.handed_out() == []
        desk.finish(moved)
        assert await desk.handed_out() == deep[:1]
        desk.finish(deep[0])
        await run

    assert desk.frontier.open == 0


async def test_a_page_that_is_under_way_keeps_its_level() -> None:
    desk = Desk(replace(AT_ONCE, depth="all"))
    (near,), (deep,) = some(1, 1), some(1, 2)
    desk.admit([near, deep])

    async with desk.running() as run:
        assert await desk.handed_out() == [near, deep]
        desk.finish(near, deep._replace(depth=1, was_depth=2))
        assert await desk.handed_out() == []
        desk.finish(deep)
        await run

    assert desk.frontier.open == 0


async def test_a_host_with_too_much_uncommitted_goes_on_once_that_is_stored() -> None:
    desk = Desk()
    every = some(3 * queues.WINDOW)
    desk.admit(every)

    async with desk.running() as run:
        pages: list[Page] = []
        while taken := await desk.handed_out():
            pages += [desk.report(each) for each in taken]
        assert len(pages) > 2 * queues.WINDOW
        desk.stored.clear()
        desk.stored.update((each.url_id, each) for each in every[len(pages) :])
        desk.frontier.committed(pages, [])
        while taken := await desk.handed_out():
            for each in taken:
                desk.finish(each)
        assert run.done()

    assert desk.frontier.open == 0


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
        hosts = self.frontier._hosts.values()
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
    assert [host.held for host in world.frontier._hosts.values() if host.held] == []
    assert {host.in_flight for host in world.frontier._hosts.values()} == {0}
    assert {host.stored for host in world.frontier._hosts.values()} == {0}


async def test_while_others_may_find_more_an_empty_frontier_is_not_the_end() -> None:
    desk = Desk()
    desk.frontier.expect(more=True)

    async with desk.running() as run:
        assert await desk.handed_out() == []
        assert not run.done()
        desk.admit(some(1))
        desk.finish(await desk.next())
        desk.frontier.expect(more=False)
        await asyncio.wait_for(run, 1)


async def test_a_host_that_was_somebody_elses_rests_for_its_delay_first() -> None:
    chosen = replace(AT_ONCE, delay=60)
    desk = Desk(chosen)
    since = {HOST: time.monotonic(), OTHERS[0]: time.monotonic() - 61}
    desk.frontier = Frontier(
        desk.queue, Scoping([f"{HOST}/"], chosen), chosen, desk.load, since.__getitem__
    )
    desk.admit([*some(1), external()])

    async with desk.running():
        assert [each.host for each in await desk.handed_out()] == [OTHERS[0]]


async def test_a_host_is_left_to_others_with_all_that_is_open_there() -> None:
    desk = Desk(replace(AT_ONCE, depth=5))
    desk.admit([*some(3, depth=1), external()])

    async with desk.running() as run:
        taken = await desk.handed_out()
        ours, (theirs,) = taken[:3], taken[3:]
        desk.frontier.close([HOST])
        desk.admit(some(2, depth=0))
        desk.finish(ours[0])
        assert await desk.handed_out() == []
        left = [OpenPages(HOST, 1, Scope.FOLLOW, 2), OpenPages(HOST, 0, Scope.FOLLOW, 2)]
        desk.frontier.forget([HOST], left)
        assert desk.frontier.open == 1
        desk.finish(theirs)
        await asyncio.wait_for(run, 1)
