"""Promises about the pace at which a host is asked."""

import pytest

from crawler.engine.hosts import HostClock, Politeness, politeness
from crawler.model import Answer, Fetch
from crawler.settings import Settings

WALL = 1_800_000_000.0


def answered(status: int, **headers: str) -> Answer:
    fetch = Fetch(method="GET", started_at=WALL, total_ms=1, status=status)
    return Answer(fetch, {name.replace("_", "-"): value for name, value in headers.items()})


def failed(error: str) -> Answer:
    return Answer(Fetch(method="GET", started_at=WALL, total_ms=1, error=error))


def clock(delay: float = 0.0) -> HostClock:
    return HostClock(Politeness(2, delay))


def hear(host: HostClock, *answers: Answer, now: float = 100.0, apart: float = 0.0) -> None:
    """Have answers come, the first of them `now`, to requests that took a millisecond each."""
    for number, answer in enumerate(answers):
        host.answered(answer, now + number * apart, WALL)


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
    quick, slow = (HostClock(Politeness(permits=2, delay=0.25)) for _ in range(2))
    slow.ask_for(5)

    for clock in (quick, slow):
        clock.treat(Politeness(permits=8, delay=0.0))

    assert [(clock.permits, clock.delay, clock.asked_for) for clock in (quick, slow)] == [
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

    hear(host, answered(200), answered(200))

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


def silence(seconds: float = 20.0, *, headers: bool = False) -> Answer:
    """Return what came of a request that took too long, perhaps to send all after its headers."""
    ttfb = 5.0 if headers else None
    total = seconds * 1000
    return Answer(
        Fetch(method="GET", started_at=WALL, total_ms=total, ttfb_ms=ttfb, error="timeout")
    )


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
