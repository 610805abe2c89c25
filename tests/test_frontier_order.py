"""Promises about which request of a frontier comes next: the nearest first, hosts in turn."""

import time
from dataclasses import replace

from crawler.model import Page
from tests.desk import AT_ONCE, OTHERS, Desk, external, some
from tests.stored import HOST


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


async def test_hosts_that_are_due_take_turns() -> None:
    desk = Desk()
    desk.admit([*some(3), *(external(str(n)) for n in range(3))])

    async with desk.running():
        taken = await desk.handed_out()

    assert [each.host for each in taken] == [HOST, OTHERS[0]] * 3


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
