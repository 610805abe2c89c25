"""Promises about what is open in a frontier, and about when its run is over."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from crawler.engine.frontier import Frontier
from crawler.engine.scope import Scoping
from crawler.errors import StoreError
from crawler.model import Page, Request, Scope
from crawler.store.protocol import OpenPages
from tests.desk import AT_ONCE, Desk, answer, external, some
from tests.stored import HOST


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


async def test_who_finishes_after_the_end_of_a_run_is_handed_nothing_more() -> None:
    desk = Desk(replace(AT_ONCE, per_host=1))
    desk.admit(some(2))

    async with desk.running():
        (first,) = await desk.handed_out()
    desk.report(first)

    assert desk.queue.empty()


async def test_what_is_cancelled_leaves_no_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(replace(AT_ONCE, delay=60))
    desk.admit(some(2))
    loop, timers = asyncio.get_running_loop(), list[asyncio.TimerHandle]()
    plain = loop.call_later

    def call_later(delay: float, callback: Callable[[], object]) -> asyncio.TimerHandle:
        timers.append(plain(delay, callback))
        return timers[-1]

    monkeypatch.setattr(loop, "call_later", call_later)
    async with desk.running():
        desk.report(await desk.next())
        await desk.handed_out()

    assert timers
    assert all(timer.cancelled() for timer in timers)


async def test_a_store_that_fails_to_load_leaves_nothing_half_done() -> None:
    desk = Desk()

    async def load(_host: str, _most: int) -> list[Request]:
        raise StoreError("gone")

    desk.frontier = Frontier(desk.queue, Scoping([f"{HOST}/"], AT_ONCE), AT_ONCE, load)
    desk.frontier.restore([OpenPages(HOST, 0, Scope.FOLLOW, 1)])

    with pytest.raises(StoreError):
        await desk.frontier.run()

    assert desk.frontier._changed_meanwhile is None


async def test_a_budget_ends_the_run_with_the_rest_open() -> None:
    desk = Desk(replace(AT_ONCE, max_pages=3, robots="follow"))
    desk.admit(some(5))

    async with desk.running() as run:
        robots = await desk.next()
        assert robots.robots_for == HOST
        desk.frontier.robots_known(HOST, None)
        for each in await desk.handed_out():
            assert not run.done()
            desk.finish(each)
        await run

    assert desk.queue.empty()
    assert (desk.frontier.budget.left, desk.frontier.open) == (0, 2)


async def test_what_is_refused_before_it_goes_out_costs_nothing() -> None:
    desk = Desk(replace(AT_ONCE, max_pages=1))
    desk.admit(some(3))

    async with desk.running() as run:
        (first,) = await desk.handed_out()
        desk.frontier.finished(Page(request=first, done=True))
        (second,) = await desk.handed_out()
        assert not run.done()
        desk.finish(second)
        await run

    assert desk.queue.empty()
    assert desk.frontier.open == 2


async def test_what_has_gone_out_may_go_out_again_beyond_the_budget() -> None:
    desk = Desk(replace(AT_ONCE, max_pages=2, per_host=1))
    desk.admit([*some(4), external()])

    async with desk.running() as run:
        first, other = sorted(await desk.handed_out(), key=lambda each: each.host)
        for each in (first, other):
            desk.frontier.started(each)
            desk.frontier.answered(each, answer(500))
            again = each._replace(tries=1, not_before=time.time() + 0.01)
            desk.frontier.finished(Page(request=again, done=False))
        for _ in range(2):
            desk.finish(await desk.next())
        await run

    assert desk.queue.empty()
    assert (desk.frontier.budget.left, desk.frontier.open) == (0, 3)


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
