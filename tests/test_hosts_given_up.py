"""Promises about when a host is given up, and when it is not."""

import pytest

from crawler.model import Answer
from tests.clocks import answered, clock, failed, hear, silence


@pytest.mark.parametrize("error", ["connect", "dns-temporary"])
def test_a_host_that_refuses_five_times_in_a_row_is_given_up(error: str) -> None:
    host = clock()
    hear(host, *[failed(error)] * 4)
    assert host.dead is None

    hear(host, failed(error))

    assert host.dead == error


def test_an_answer_begins_the_count_of_refusals_anew() -> None:
    host = clock()

    hear(host, *[failed("connect")] * 4, answered(500), *[failed("connect")] * 4, apart=1)
    assert host.dead is None

    hear(host, failed("connect"), now=120)
    assert host.dead == "connect"


def test_at_the_end_the_counts_begin_anew_and_one_thing_is_asked_at_a_time() -> None:
    refusing, silent = clock(), clock()
    hear(refusing, *[failed("connect")] * 4)
    for now in (20, 40, 60, 80):
        hear(silent, silence(), now=now)

    for host in (refusing, silent):
        host.go_slowly()
        assert host.permits == 1
    hear(refusing, *[failed("connect")] * 4)
    for now in (120, 140, 160, 180):
        hear(silent, silence(), now=now)
    assert (refusing.dead, silent.dead) == (None, None)

    hear(refusing, failed("connect"))
    hear(silent, silence(), now=200)
    assert (refusing.dead, silent.dead) == ("connect", "timeout")


def test_a_host_that_has_answered_has_some_seconds_to_come_back() -> None:
    host = clock()
    hear(host, answered(200))
    told = []

    for now in (100, 101, 103, 106, 112):
        hear(host, *[failed("connect")] * 8, now=now)
        told.append((host.dead, host.due - now))

    assert told[:4] == [(None, 0.5), (None, 1), (None, 2), (None, 4)]
    assert told[4][0] == "connect"


def test_a_host_that_came_back_may_go_once_more() -> None:
    host = clock()

    for now in range(100, 200, 10):
        hear(host, answered(200), failed("connect"), now=now)

    assert host.dead is None


def test_other_failures_are_no_refusals() -> None:
    host = clock()

    hear(host, *[failed("timeout"), failed("reset"), failed("tls")] * 5)

    assert host.dead is None


def test_a_host_without_an_address_is_given_up_at_once() -> None:
    host = clock()

    hear(host, failed("dns"))
    assert host.dead == "dns"

    host.go_slowly()
    assert host.dead == "dns"


def test_a_host_that_nothing_is_heard_of_is_given_up_and_asked_once_more_at_the_end() -> None:
    host = clock()
    dead = []

    for now in (20, 40, 60, 80, 100):
        hear(host, silence(), now=now)
        dead.append(host.dead)
    host.go_slowly()

    assert [*dead, host.dead] == [None, None, None, None, "timeout", None]


def test_requests_that_wait_side_by_side_are_one_silence() -> None:
    host = clock()

    for now in (20, 20.1, 20.2, 20.3, 20.4, 41, 41.1, 62, 83):
        hear(host, silence(), now=now)

    assert host.dead is None


@pytest.mark.parametrize("heard", [answered(500), silence(headers=True), failed("reset")])
def test_who_is_heard_of_is_not_silent(heard: Answer) -> None:
    host = clock()

    for now in range(20, 400, 40):
        hear(host, silence(), now=now)
        hear(host, heard, now=now + 20)

    assert host.dead is None


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_is_busy_when_asked_once_a_minute_is_given_up_for_the_night(
    status: int,
) -> None:
    host = clock()
    dead = []

    for minute in range(9):
        hear(host, *[answered(status)] * 3, now=100 + 60 * minute)
        dead.append(host.dead)
    host.go_slowly()

    assert [*dead, host.dead] == [None] * 8 + [str(status)] * 2


def test_a_long_delay_is_no_sign_of_a_busy_host_and_grows_no_shorter() -> None:
    host = clock(90)

    hear(host, answered(429), now=100)
    hear(host, answered(429), now=200)

    assert (host.dead, host.delay) == (None, 90)


def test_a_host_that_is_busy_and_then_silent_is_counted_for_each() -> None:
    host = clock()

    for now in range(0, 900, 100):
        hear(host, *[answered(503)] * 3, now=now)
        hear(host, silence(), now=now + 50)

    assert host.dead is None
