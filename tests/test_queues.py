"""Promises about the queue of one host."""

import time
from itertools import count

import pytest

from crawler.engine.hosts import HostClock, Politeness
from crawler.engine.queues import WINDOW, HostQueue, Window
from crawler.model import Request, Scope
from tests.clocks import WALL, answered
from tests.desk import some
from tests.stored import HOST, request

FAR = float("inf")
ROBOTS = request(f"{HOST}/robots.txt", 0, Scope.CHECK)._replace(robots_for=HOST)


def host(permits: int = 10_000, delay: float = 0.0) -> HostQueue:
    return HostQueue(HOST, HostClock(Politeness(permits, delay)), Window())


def admit(queue: HostQueue, *requests: Request) -> None:
    for ticket, each in enumerate(requests):
        queue.admit(each, ticket)


def take_all(queue: HostQueue, now: float = 0.0, depth_limit: float = FAR) -> list[Request]:
    taken = []
    while (each := queue.take(now, depth_limit)) is not None:
        taken.append(each)
    return taken


def feed(queue: HostQueue, stored: list[Request]) -> None:
    """Feed the queue from a store that has `stored` open, as the frontier does."""
    most = queue.next_window()
    queue.feed(sorted(stored, key=lambda each: each.depth)[:most], count(10**6))


def test_the_shallowest_come_first_and_of_one_depth_the_first_found() -> None:
    queue = host()
    deep, first, second = some(1, 2) + some(2, 1)

    admit(queue, deep, first, second)

    assert take_all(queue) == [first, second, deep]


def test_what_is_too_deep_for_now_is_left() -> None:
    queue = host()
    near, deep = some(1, 1) + some(1, 2)
    admit(queue, deep, near)

    assert take_all(queue, depth_limit=1) == [near]
    assert queue.due(1) is None
    assert queue.due(2) == 0


def test_no_more_are_in_flight_than_the_host_permits() -> None:
    queue = host(permits=2)
    admit(queue, *some(3))

    assert len(take_all(queue)) == 2
    assert queue.due(FAR) is None

    queue.in_flight -= 1

    assert len(take_all(queue)) == 1


def test_between_two_requests_the_host_has_its_time() -> None:
    queue = host(delay=5)
    admit(queue, *some(2))
    first = queue.take(100, FAR)
    assert first is not None
    assert queue.due(FAR) is None

    queue.unstarted.discard(first.url_id)
    queue.clock.started(100)

    assert queue.due(FAR) == 105
    assert queue.take(104.9, FAR) is None
    assert queue.take(105, FAR) is not None


def test_before_robots_txt_is_known_nothing_else_is_asked_for() -> None:
    queue = host()
    queue.gate_closed = True
    admit(queue, *some(1))
    queue.defer(request(f"{HOST}/late")._replace(tries=1), 0, 1)
    queue.defer(ROBOTS, 0, 2)

    assert take_all(queue) == [ROBOTS]
    assert queue.due(FAR) is None

    queue.gate_closed = False

    assert [each.tries for each in take_all(queue)] == [1, 0]


def test_a_request_that_was_put_off_comes_when_it_is_due_and_before_fresh_ones() -> None:
    queue = host()
    late = request(f"{HOST}/late")._replace(tries=1)
    queue.defer(late, 50, 0)
    assert queue.due(FAR) == 50

    fresh = some(2)
    admit(queue, *fresh)

    assert queue.take(49, FAR) == fresh[0]
    assert queue.take(50, FAR) == late
    assert queue.take(50, FAR) == fresh[1]
    assert queue.take(50, FAR) is None


def test_a_robots_txt_that_was_put_off_holds_nothing_up_once_the_gate_is_open() -> None:
    queue = host()
    queue.defer(ROBOTS, 50, 0)
    fresh = some(1)
    admit(queue, *fresh)

    assert take_all(queue, now=0) == fresh
    assert take_all(queue, now=50) == [ROBOTS]


def test_beyond_the_window_requests_stay_in_the_store() -> None:
    queue = host()

    admit(queue, *some(WINDOW + 10))

    assert (len(queue.held), queue.stored) == (WINDOW, 10)
    assert not queue.is_hungry()


def test_a_queue_that_runs_low_is_filled_from_the_store() -> None:
    queue = host()
    every = some(3 * WINDOW)
    admit(queue, *every)
    taken = []
    while not queue.is_hungry():
        each = queue.take(0, FAR)
        assert each is not None
        taken.append(each)

    feed(queue, every)

    assert len(taken) == WINDOW - WINDOW // 4 + 1
    assert (len(queue.held), queue.stored) == (
        2 * WINDOW - WINDOW // 4 + 1,
        WINDOW + WINDOW // 4 - 1,
    )


def test_a_host_with_many_that_wait_loads_no_more() -> None:
    queue = host()
    queue.leave_stored(1000, 1)
    queue.held.update(dict.fromkeys(range(2 * WINDOW + 1)))

    assert not queue.is_hungry()

    queue.held.popitem()

    assert queue.is_hungry()


def test_what_is_nearer_than_all_in_memory_is_loaded_however_much_waits_there() -> None:
    queue = host()
    deep, near = some(3 * WINDOW, 2), some(1, 1)
    admit(queue, *deep)
    queue.held.update(dict.fromkeys(range(3 * WINDOW)))

    admit(queue, *near)
    assert queue.is_hungry()
    feed(queue, deep + near)

    assert take_all(queue, depth_limit=1) == near
    assert not queue.is_hungry()
    assert queue.stored == 2 * WINDOW


def test_what_comes_to_the_store_while_it_is_read_is_not_overlooked() -> None:
    queue = host()
    queue.leave_stored(WINDOW + 10, 2)
    snapshot = some(WINDOW + 10, 2)
    assert queue.next_window() == WINDOW

    queue.leave_stored(1, 1)
    queue.feed(snapshot[:WINDOW], count())

    assert (queue.stored, queue.stored_depth) == (11, 1)
    assert queue.is_hungry()


def test_a_request_that_was_loaded_before_it_was_admitted_is_handed_out_once() -> None:
    queue = host()
    queue.leave_stored(1, 1)
    told, untold = some(2, 1)

    feed(queue, [told, untold])
    admit(queue, untold)

    assert take_all(queue) == [told, untold]
    assert queue.stored == 0


def test_a_request_from_the_store_that_was_put_off_keeps_its_time() -> None:
    queue = host()
    queue.leave_stored(2, 0)
    past, later = some(2)
    now = time.monotonic()

    feed(queue, [past._replace(not_before=1.0), later._replace(not_before=time.time() + 60)])

    assert take_all(queue, now + 1) == [past._replace(not_before=1.0)]
    assert [each.url for each in take_all(queue, now + 61)] == [later.url]


def test_a_request_that_turns_out_to_be_nearer_moves_up() -> None:
    queue = host()
    waiting, moved = some(2, 2)
    admit(queue, waiting, moved)
    nearer = moved._replace(depth=1)

    queue.move_up(nearer, 9)

    assert take_all(queue) == [nearer, waiting]


def test_in_the_store_it_moves_up_too() -> None:
    queue = host()
    admit(queue, *some(WINDOW, 3))
    queue.leave_stored(1, 3)
    nearer = request(f"{HOST}/stored", 1)
    assert not queue.is_hungry()

    queue.move_up(nearer, 9)

    assert queue.is_hungry()
    feed(queue, [*some(WINDOW, 3), nearer])
    assert queue.take(0, 1) == nearer


@pytest.mark.parametrize("late", [False, True], ids=["in flight", "put off"])
def test_what_is_under_way_is_not_handed_out_again_but_counts_as_nearer(*, late: bool) -> None:
    queue = host()
    (moved,) = some(1, 2)
    admit(queue, moved)
    assert queue.take(0, FAR) == moved
    if late:
        queue.defer(moved._replace(tries=1), 0, 1)

    queue.move_up(moved._replace(depth=1), 9)

    assert len(take_all(queue)) == late
    assert queue.held == {moved.url_id: 1}


def test_a_clock_that_was_set_back_holds_up_nothing_for_long() -> None:
    queue, now = host(), time.monotonic()
    tomorrow = some(1)[0]._replace(not_before=time.time() + 86_400)

    admit(queue, tomorrow)

    assert take_all(queue, now) == []
    assert take_all(queue, now + 121) == [tomorrow]


def test_whether_a_host_that_refuses_is_back_is_asked_of_what_it_has_not_refused() -> None:
    queue, fresh, refused = host(), *some(2, depth=1)
    admit(queue, fresh)
    for _ in range(2):
        queue.defer(refused, 100, 1)
    queue.clock.answered(answered(503), 100, WALL)

    assert queue.take(110, depth_limit=0) == refused
    queue.unstarted.clear()
    assert queue.take(110, depth_limit=1) == fresh
    queue.unstarted.clear()
    assert queue.take(110, depth_limit=1) == refused
