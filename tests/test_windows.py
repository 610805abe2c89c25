"""Promises about a frontier that has more open than it holds: windows on what is stored."""

from collections import Counter
from dataclasses import replace
from itertools import chain

import pytest

from crawler.engine import queues
from crawler.model import Page, Request, Scope
from crawler.store.protocol import OpenPages
from tests.desk import AT_ONCE, OTHERS, Desk, external, some
from tests.stored import HOST, request


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
            most_held = max(most_held, len(desk.frontier._hosts.of(HOST).held))
            desk.finish(taken[-1])
        await run

    assert Counter(taken) == Counter(found)
    assert most_held <= 2 * queues.WINDOW
    assert desk.loads < 1000 / (0.75 * queues.WINDOW) + 2


@pytest.mark.slow
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
