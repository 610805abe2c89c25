"""Promises about hosts that bear so many requests and refuse the others: their rate is learned."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from aiohttp import web

from crawler.engine.hosts import HostClock
from tests.clocks import WALL, answered, clock, hear
from tests.night import SETTINGS, Night
from tests.site import Site

# Whether a server answers a request that comes at a time, in seconds.
Limit = Callable[[float], bool]


@dataclass
class Bucket:
    """Lets `rate` requests a second pass, and `burst` more after a rest, as nginx's limit_req."""

    rate: float
    burst: float = 0.0
    excess: float = 0.0
    last: float = float("-inf")

    def __call__(self, now: float) -> bool:
        excess = max(0.0, self.excess + 1 - self.rate * (now - self.last))
        if excess > self.burst:
            return False
        self.excess, self.last = excess, now
        return True


@dataclass
class Window:
    """Lets so many requests pass in each period of so many seconds."""

    most: int
    seconds: float
    period: int = -1
    passed: int = 0

    def __call__(self, now: float) -> bool:
        period = int(now / self.seconds)
        self.passed = 1 if period != self.period else self.passed + 1
        self.period = period
        return self.passed <= self.most


def crawl(host: HostClock, limit: Limit, answers: int, now: float = 0.0) -> tuple[float, float]:
    """Ask until there were so many answers; return the share of refusals, and the time then."""
    refused, left = 0, answers
    while left:
        now = max(now + 0.005, host.due)  # a machine asks no faster than that
        host.started(now)
        status = 200 if limit(now) else 503
        refused += status != 200
        left -= status == 200
        host.answered(answered(status), now + 0.001, WALL)
    return refused / (refused + answers), now


@pytest.mark.parametrize(
    ("limit", "answers", "least"),
    [
        (Bucket(5), 500, 100),
        (Bucket(50), 2000, 40),
        (Bucket(1), 200, 200),
        (Bucket(5, burst=20), 500, 96),
        (Bucket(10, burst=100), 1000, 90),
        (Window(10, 1), 500, 50),
        (Window(50, 10), 500, 90),
        (Window(60, 60), 500, 480),
    ],
)
def test_a_host_is_asked_at_nearly_the_rate_that_it_bears(
    limit: Limit, answers: int, least: float
) -> None:
    share, seconds = crawl(clock(), limit, answers)

    assert share < 0.12
    assert seconds < 1.4 * least


def test_a_host_that_refuses_nothing_is_never_waited_for() -> None:
    share, seconds = crawl(clock(), lambda _: True, 1000)

    assert share == 0
    assert seconds == pytest.approx(5)


@pytest.mark.parametrize("number", [1, 2, 10, 500])
def test_one_refusal_does_not_make_a_fast_host_slow_for_long(number: int) -> None:
    requests = iter(range(1, 2000))

    _, seconds = crawl(clock(), lambda _: next(requests) != number, 1000)

    assert seconds < 5 + 2.5


def test_a_limit_that_is_lifted_is_forgotten_soon() -> None:
    host = clock()
    limit = Bucket(5)
    _, lifted = crawl(host, limit, 100)
    limit.rate = 1000
    _, seconds = crawl(host, limit, 200, lifted)

    assert host.delay == 0
    assert seconds - lifted < 15


def test_what_waited_for_a_long_pause_goes_out_when_the_host_is_back() -> None:
    host = clock()
    hear(host, *[answered(200)] * 50, apart=0.1)
    hear(host, *[answered(503)] * 6, now=110, apart=20)
    host.started(242)

    hear(host, answered(200), now=242.1)

    assert host.due == 242 + host.delay < 245


def test_answers_to_what_was_asked_beside_a_refusal_do_not_end_the_pause() -> None:
    host = clock()
    hear(host, *[answered(200)] * 50, apart=0.1)

    hear(host, answered(503), *[answered(200)] * 7, now=105)
    assert (host.delay, host.due) == (0.5, 105.5)

    hear(host, answered(200), now=105.5)
    assert host.delay == pytest.approx(0.1, rel=0.1)


def test_a_page_that_is_refused_again_says_nothing_of_a_host_that_is_well() -> None:
    host, ill = clock(), clock()
    for each in (host, ill):
        hear(each, answered(200), answered(503), apart=1)
    hear(host, answered(200), answered(200), now=110, apart=1)

    for each in (host, ill):
        each.answered(answered(503, retry_after="3"), 120.0, WALL, is_again=True)

    assert (host.delay, host.due) == (0, 123)
    assert ill.delay == 1


@pytest.mark.slow
async def test_what_a_server_bears_is_found_out_and_all_of_it_is_judged(
    site: Site, night: Night
) -> None:
    limit, refused = Bucket(40), []

    async def limited(request: web.Request) -> web.Response:
        if not limit(time.monotonic()):
            refused.append(request.path)
            return web.Response(status=503)
        return web.Response(status=404 if request.path.endswith("7") else 200, text=request.path)

    site.links("/", *(f"/{n}" for n in range(150)))
    site.otherwise = limited
    settings = replace(SETTINGS, retries=2, backoff=0.1, second_look=0.1)

    summary = await night.crawl(site.url(), settings)

    assert len(refused) < 0.25 * len(site.hits)
    assert summary.seconds < 3 * len(site.hits) / 40
    for n in range(150):
        assert night.outcome(site.url(f"/{n}")).verdict == ("broken" if n % 10 == 7 else "ok")
