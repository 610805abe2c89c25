"""Promises about the hosts of a frontier: their pace, their robots.txt, and who may ask them."""

import asyncio
import time
from dataclasses import replace

import pytest

from crawler.engine.frontier import Frontier
from crawler.engine.scope import Scoping
from crawler.model import Scope
from crawler.store.protocol import OpenPages
from crawler.urls import host_of
from tests.desk import AT_ONCE, OTHERS, Desk, answer, external, some
from tests.stored import HOST, request


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


async def test_a_host_first_met_when_all_are_asked_slowly_is_asked_so_too() -> None:
    desk = Desk()
    desk.frontier.go_slowly()
    desk.admit([external("one"), external("two")])

    async with desk.running():
        first = await desk.next()
        assert await desk.handed_out() == []
        desk.finish(first)
        assert len(await desk.handed_out()) == 1


async def test_what_a_folder_answers_is_no_matter_of_its_hosts_pace() -> None:
    chosen, base = replace(AT_ONCE, delay=60), f"{HOST}/base/"
    desk = Desk(chosen)
    desk.frontier = Frontier(desk.queue, Scoping([base], chosen, [base]), chosen, desk.load)
    first, second = request(f"{base}a"), request(f"{base}b")
    desk.admit([first, second, request(f"{HOST}/live", 0, Scope.CHECK)])

    async with desk.running():
        desk.report(await desk.next(), answer(None, "dns"))
        assert await desk.next() == second
        desk.report(second)
        desk.report(await desk.next())
        desk.admit([request(f"{HOST}/more", 0, Scope.CHECK)])
        assert await desk.handed_out() == []

    assert desk.frontier.dead(HOST) is None


async def test_a_host_that_has_no_address_is_dead() -> None:
    desk = Desk()
    desk.admit([external()])

    async with desk.running():
        desk.report(await desk.next(), answer(None, "dns"))

    assert desk.frontier.dead(OTHERS[0]) == "dns"
    assert desk.frontier.dead(HOST) is None


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

    assert desk.frontier._hosts.of(HOST).clock.delay == 60


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


async def test_a_robots_txt_that_moved_to_a_host_which_is_left_is_asked_for_all_the_same() -> None:
    desk = Desk(replace(AT_ONCE, robots="follow"))
    desk.admit([*some(1), external()])

    async with desk.running():
        robots, leaf = sorted(await desk.handed_out(), key=lambda each: each.host)
        desk.frontier.close([leaf.host])
        desk.report(robots)
        hop = robots._replace(url=f"{leaf.host}/robots.txt", host=leaf.host)
        desk.frontier.robots_hop(hop)
        desk.finish(leaf)
        assert await desk.handed_out() == []
        desk.frontier.forget([leaf.host], [])

        assert await desk.handed_out() == [hop]


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


async def test_a_host_that_another_was_told_to_leave_alone_is_left_alone() -> None:
    desk = Desk()
    here, there = some(1)[0], external()
    desk.stored = {each.url_id: each for each in (here, there)}
    due = time.time() + 60

    desk.frontier.restore(
        [
            OpenPages(HOST, 0, Scope.FOLLOW, 1, not_before=due),
            OpenPages(there.host, 1, Scope.CHECK, 1),
        ]
    )

    async with desk.running():
        assert await desk.handed_out() == [there]


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
