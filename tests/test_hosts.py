"""Promises about the pace at which a host is asked."""

import pytest

from crawler.engine.hosts import Politeness, politeness
from crawler.settings import Settings
from tests.clocks import answered, clock, failed, hear


@pytest.mark.parametrize(
    ("settings", "inside", "polite"),
    [
        (Settings(), True, Politeness(8, 0)),
        (Settings(), False, Politeness(2, 0.25)),
        (Settings(per_host=3), True, Politeness(3, 0)),
        (Settings(per_host=3), False, Politeness(3, 0.25)),
        (Settings(delay=0), False, Politeness(2, 0)),
        (Settings(delay=1.5), True, Politeness(8, 1.5)),
    ],
)
def test_strangers_are_treated_with_more_care_unless_told_otherwise(
    settings: Settings, polite: Politeness, *, inside: bool
) -> None:
    assert politeness(settings, "https://a.test", inside=inside) == polite


def test_between_two_requests_lies_the_delay() -> None:
    host = clock(0.25)
    assert (host.permits, host.due) == (2, 0)

    host.started(100)

    assert host.due == 100.25


def test_a_host_that_becomes_our_own_keeps_the_time_that_it_asked_for() -> None:
    quick, slow = clock(0.25), clock(0.25)
    slow.ask_for(5)

    for host in (quick, slow):
        host.treat(Politeness(permits=8, delay=0.0))

    assert [(host.permits, host.delay, host.asked_for) for host in (quick, slow)] == [
        (8, 0.0, False),
        (8, 5, True),
    ]


def test_a_host_that_becomes_our_own_at_the_end_is_still_asked_for_one_thing_at_a_time() -> None:
    host = clock(0.25)

    host.go_slowly()
    host.treat(Politeness(permits=8, delay=0.0))

    assert (host.permits, host.delay) == (1, 0.0)


def test_a_host_that_becomes_our_own_stays_as_slow_as_it_was_when_it_was_busy() -> None:
    host = clock(0.25)
    hear(host, *[answered(503)] * 3, apart=1)

    host.treat(Politeness(permits=8, delay=0.0))
    assert host.delay == 2

    host.treat(Politeness(permits=8, delay=10.0))
    assert host.delay == 10


def test_robots_txt_may_ask_for_more_time_but_not_for_less() -> None:
    host = clock(2)

    host.ask_for(1)
    assert (host.delay, host.asked_for) == (2, False)

    host.ask_for(2)
    assert (host.delay, host.asked_for) == (2, False)

    host.ask_for(5)
    assert (host.delay, host.asked_for) == (5, True)

    host.treat(Politeness(permits=2, delay=6))
    assert (host.delay, host.asked_for) == (6, False)


def test_what_robots_txt_asks_for_counts_from_the_last_request() -> None:
    host = clock()
    host.started(100)

    host.ask_for(5)

    assert host.due == 105


def test_a_host_that_rests_is_left_alone_until_then_whatever_comes() -> None:
    host = clock(1)
    host.rest(500)

    host.rest(150)
    host.started(100)
    host.ask_for(5)
    hear(host, answered(429, retry_after="7"), now=100)

    assert host.due == 500


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_host_doubles_its_delay_up_to_a_minute(status: int) -> None:
    host = clock()
    delays = []

    for now in range(100, 109):
        hear(host, answered(status), now=now)
        delays.append(host.delay)

    assert delays == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    assert host.due == 168


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_is_busy_for_many_at_once_is_slowed_down_once(status: int) -> None:
    host = clock()

    hear(host, *[answered(status)] * 8, now=100)
    assert (host.delay, host.due) == (0.5, 100.5)

    hear(host, *[answered(status)] * 8, now=101)
    assert (host.delay, host.due) == (1, 102)


def test_a_busy_host_is_left_alone_for_as_long_as_it_says() -> None:
    host = clock()

    hear(host, answered(429, retry_after="7"), now=100)

    assert (host.due, host.delay) == (107, 0.5)


def test_the_delay_wins_over_a_shorter_wish() -> None:
    host = clock(4)

    hear(host, answered(503, retry_after="1"), now=100)

    assert host.due == 108


def test_success_halves_the_delay_down_to_where_it_began() -> None:
    host = clock()
    hear(host, *[answered(429)] * 3, now=90, apart=1)
    delays = []

    for status in (200, 404, 500, 200):
        hear(host, answered(status))
        delays.append(host.delay)

    assert delays == [1, 0.5, 0.25, 0]


@pytest.mark.parametrize(("own", "asked"), [(0, 3), (3, 1)])
def test_success_never_undercuts_what_robots_txt_or_the_settings_asked_for(
    own: float, asked: float
) -> None:
    host = clock(own)
    host.ask_for(asked)
    hear(host, answered(503))

    hear(host, answered(200), answered(200), now=110)

    assert host.delay == 3


def test_a_host_is_known_to_be_busy_until_it_is_as_quick_as_before() -> None:
    host = clock()
    busy = []

    for now, status in enumerate((429, 503, 503, 200, 200, 200, 200)):
        hear(host, answered(status), now=now)
        busy.append(host.busy)

    assert busy == [429, 503, 503, 503, 503, 503, None]


def test_an_attempt_without_an_answer_leaves_the_delay_alone() -> None:
    host = clock()
    hear(host, answered(503), answered(503), now=90, apart=1)

    hear(host, failed("timeout"))

    assert host.delay == 1


def test_at_the_end_a_host_that_was_busy_is_asked_no_quicker_than_it_could_bear() -> None:
    host, well = clock(), clock()
    hear(host, *[answered(503)] * 2, *[answered(200)] * 3, apart=1)
    assert host.delay == 0

    for each in (host, well):
        each.go_slowly()
        hear(each, *[answered(200)] * 3, now=200)
    host.treat(Politeness(permits=8, delay=0.0))

    assert (host.delay, well.delay) == (1, 0)


def test_an_outage_does_not_make_the_end_last_for_ever() -> None:
    host = clock()
    hear(host, *[answered(503)] * 8, *[answered(200)] * 8, apart=1)

    host.go_slowly()

    assert host.delay == 4
