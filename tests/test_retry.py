"""Promises about further attempts."""

import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.fetch.retry import MAX_BACKOFF, MAX_WAIT, RetryPolicy, retry_after
from crawler.model import Answer, Fetch
from crawler.settings import Settings

NOW = 1_800_000_000.0
AT_ONCE = RetryPolicy(Settings(retries=2, backoff=0))


def failed(error: str, detail: str | None = None) -> Answer:
    fetch = Fetch(method="GET", started_at=NOW, total_ms=1, error=error, detail=detail)
    return Answer(fetch)


def answered(status: int, **headers: str) -> Answer:
    fetch = Fetch(method="GET", started_at=NOW, total_ms=1, status=status)
    return Answer(fetch, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize("error", ["dns-temporary", "connect", "timeout", "reset"])
def test_a_failure_that_may_pass_is_tried_again(error: str) -> None:
    assert AT_ONCE.wait(failed(error), 1, NOW) == 0


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_status_that_may_pass_is_tried_again(status: int) -> None:
    assert AT_ONCE.wait(answered(status), 1, NOW) == 0


@pytest.mark.parametrize("error", ["dns", "tls", "private-address", "too-large", "protocol"])
def test_a_failure_that_lasts_is_not_tried_again(error: str) -> None:
    assert AT_ONCE.wait(failed(error), 1, NOW) is None


@pytest.mark.parametrize(
    "status", [200, 204, 301, 304, 400, 401, 403, 404, 410, 451, 501, 505, 999]
)
def test_a_status_that_lasts_is_not_tried_again(status: int) -> None:
    assert AT_ONCE.wait(answered(status, retry_after="1"), 1, NOW) is None


@pytest.mark.parametrize(
    ("retries", "tries", "again"),
    [(0, 1, False), (1, 1, True), (1, 2, False), (2, 2, True), (2, 3, False), (2, 9, False)],
)
def test_attempts_are_counted(retries: int, tries: int, *, again: bool) -> None:
    policy = RetryPolicy(Settings(retries=retries, backoff=0))

    assert (policy.wait(failed("timeout"), tries, NOW) is not None) is again


def test_a_connection_that_was_closed_meanwhile_costs_no_retry() -> None:
    policy = RetryPolicy(Settings(retries=0))
    stale = failed("reset", "reused connection was closed by the server")

    assert [policy.wait(stale, tries, NOW) for tries in (1, 2)] == [0, None]


@given(st.floats(0.01, 100), st.integers(1, 60))
def test_the_wait_doubles_up_to_half_a_minute_and_is_spread(backoff: float, tries: int) -> None:
    policy = RetryPolicy(Settings(retries=60, backoff=backoff))

    wait = policy.wait(failed("timeout"), tries, NOW)

    least = backoff * 2 ** (tries - 1)
    assert wait is not None
    assert min(least, MAX_BACKOFF) <= wait <= min(least + backoff, MAX_BACKOFF)


def test_two_waits_differ_so_that_requests_do_not_come_back_together() -> None:
    policy = RetryPolicy(Settings())

    waits = {policy.wait(failed("timeout"), 1, NOW) for _ in range(20)}

    assert len(waits) > 1


def test_the_host_is_asked_no_sooner_than_it_wants() -> None:
    assert AT_ONCE.wait(answered(503, retry_after="7"), 1, NOW) == 7


def test_the_backoff_holds_where_the_host_wants_less() -> None:
    policy = RetryPolicy(Settings(backoff=4))

    wait = policy.wait(answered(429, retry_after="1"), 1, NOW)

    assert wait is not None
    assert wait >= 4


def test_no_host_makes_a_request_wait_for_longer_than_a_minute() -> None:
    assert AT_ONCE.wait(answered(503, retry_after="86400"), 1, NOW) == MAX_WAIT


def test_a_connection_that_had_gone_stale_is_replaced_at_once() -> None:
    policy = RetryPolicy(Settings(backoff=5))

    assert policy.wait(failed("reset", "reused connection: Server disconnected"), 1, NOW) == 0
    assert policy.wait(failed("reset", "Connection reset by peer"), 1, NOW) != 0
    assert policy.wait(failed("timeout", "reused connection"), 1, NOW) != 0


def test_a_stale_connection_counts_as_an_attempt() -> None:
    assert AT_ONCE.wait(failed("reset", "reused connection"), 3, NOW) is None


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        pytest.param("12", 12, id="seconds"),
        pytest.param(" 12 ", 12, id="blanks"),
        pytest.param("0", 0, id="nothing"),
        pytest.param("1.5", 1.5, id="fractional"),
        pytest.param("61", MAX_WAIT, id="long"),
        pytest.param("9" * 400, MAX_WAIT, id="absurd"),
        pytest.param("-5", None, id="negative"),
        pytest.param("1e3", None, id="exponent"),
        pytest.param("inf", None, id="infinite"),
        pytest.param("٣", None, id="digits of another script"),
        pytest.param("", None, id="empty"),
        pytest.param("soon", None, id="no number"),
        pytest.param("120, 120", None, id="twice"),
        pytest.param(formatdate(NOW + 20, usegmt=True), 20, id="a date"),
        pytest.param("Friday, 15-Jan-27 08:00:20 GMT", 20, id="a date as of RFC 850"),
        pytest.param("Fri Jan 15 08:00:20 2027", 20, id="a date as of asctime"),
        pytest.param("Fri, 15 Jan 2027 08:00:20 -0000", 20, id="a date without a zone"),
        pytest.param("Fri, 15 Jan 2027 10:00:20 +0200", 20, id="a date of another zone"),
        pytest.param(formatdate(NOW - 20, usegmt=True), 0, id="a date that is past"),
        pytest.param("Fri, 31 Dec 9999 23:59:59 GMT", MAX_WAIT, id="a date far off"),
        pytest.param("Fri, 31 Feb 2027 08:00:00 GMT", None, id="a date that never comes"),
        pytest.param("1 Jan 2027 0:0:0 +" + "9" * 20, None, id="an absurd zone"),
        pytest.param("1 Jan " + "9" * 30 + " 0:0:0 GMT", None, id="an absurd year"),
    ],
)
def test_retry_after_is_read_in_all_its_forms(written: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": written}, NOW) == seconds


@pytest.mark.parametrize("written", ["Fri Jan 15 08:00:20 2027", "Fri, 15 Jan 2027 08:00:20 -0000"])
def test_a_date_that_says_no_zone_is_utc_wherever_the_crawler_runs(
    written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "JST-9")
        time.tzset()
        seconds = retry_after({"retry-after": written}, NOW)
    time.tzset()

    assert seconds == 20


def test_without_the_header_no_wait_is_asked_for() -> None:
    assert retry_after({}, NOW) is None


WORDS = [
    "Fri,",
    "1",
    "31",
    "Jan",
    "Feb-27",
    "2027",
    "0",
    "0:0:0",
    "99:99",
    "+9999",
    "GMT",
    "-",
    "()",
]


@given(st.one_of(st.text(), st.lists(st.sampled_from(WORDS)).map(" ".join)))
def test_no_header_breaks_the_reader(written: str) -> None:
    seconds = retry_after({"retry-after": written}, NOW)

    assert seconds is None or 0 <= seconds <= MAX_WAIT
