"""Promises about what people are told of a run under way: whom it waits for, how long yet."""

import pytest

from crawler.cli.pace import Pacer
from crawler.cli.progress import duration, numbers
from crawler.engine.hosts import HostClock, Politeness
from crawler.engine.progress import Progress, Wait
from crawler.engine.queues import HostQueue, Window
from crawler.engine.waits import waits
from crawler.model import Answer, Fetch
from tests.stored import request

NOW = 1000.0


def queue(key: str, urls: int, delay: float = 0.0) -> HostQueue:
    host = HostQueue(key, HostClock(Politeness(1, delay)), Window())
    for number in range(urls):
        host.admit(request(f"{key}/{number}", 1), number)
    return host


def answer(status: int) -> Answer:
    return Answer(Fetch(method="GET", started_at=NOW, total_ms=1, status=status))


def test_a_host_without_delay_that_answers_is_not_waited_for() -> None:
    assert waits([queue("https://a.test", 100), queue("https://b.test", 0, 10)], NOW) == []


def test_the_hosts_that_take_longest_come_first() -> None:
    hosts = [queue(f"https://{n}.test", n, 2.0) for n in (1, 2, 9, 4, 3)]

    assert waits(hosts, NOW) == [
        Wait("https://9.test", "2 s between requests", 16.0, 9),
        Wait("https://4.test", "2 s between requests", 6.0, 4),
        Wait("https://3.test", "2 s between requests", 4.0, 3),
    ]


def test_it_is_said_why_a_host_is_asked_slowly() -> None:
    asked, busy, well = (queue(f"https://{name}.test", 3, 0.25) for name in ("a", "b", "c"))
    asked.clock.ask_for(5)
    busy.clock.answered(answer(429), NOW, NOW)
    well.clock.answered(answer(503), NOW - 9, NOW)
    well.clock.answered(answer(200), NOW, NOW)

    assert [(wait.why, wait.seconds) for wait in waits([asked, busy, well], NOW)] == [
        ("its robots.txt asks for 5 s between requests", 10.0),
        ("it answered 429, so 0.5 s between requests", 1.5),
    ]


def test_a_host_that_is_silent_or_failed_is_waited_for() -> None:
    silent, failed = queue("https://a.test", 3), queue("https://b.test", 0)
    silent.take(NOW, 9)
    silent.clock.started(NOW - 7)
    late = request("https://b.test/late", 1)
    failed.held[late.url_id] = None
    failed.defer(late, NOW + 20, 1)

    assert waits([failed, silent], NOW) == [
        Wait("https://a.test", "no answer for 7 s", None, 3),
        Wait("https://b.test", "failed, to be tried again", 20.0, 1),
    ]


def test_where_the_database_is_silent_no_host_is_blamed() -> None:
    silent = queue("https://a.test", 3)
    silent.take(NOW, 9)
    silent.clock.started(NOW - 7)

    assert waits([silent], NOW, writing_since=NOW - 2) == waits([silent], NOW)
    assert waits([silent], NOW, writing_since=NOW - 6) == [
        Wait("the database", "it has been written to for 6 s", None, 3)
    ]


def test_a_host_that_nothing_was_asked_of_yet_is_not_silent() -> None:
    unasked = queue("https://a.test", 3)

    unasked.take(NOW, 9)

    assert waits([unasked], NOW) == []


def pace_of(*seen: tuple[float, int, int], wait: Wait | None = None) -> str:
    """Return what is said of a run that had so many done and open after so many seconds."""
    progress, pacer = Progress(waits=lambda: [wait] if wait else []), Pacer()
    said = ""
    for seconds, progress.done, progress.open in seen:
        said = numbers(progress, pacer.pace(progress, seconds))
    return said.partition(" broken, ")[2]


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        ([(0, 0, 10), (2, 20, 100)], "10/s"),
        ([(0, 0, 100), (10, 50, 50)], "5.0/s, about 10 s left"),
        ([(0, 0, 100), (10, 50, 150)], "5.0/s"),
        ([(0, 0, 100), (10, 50, 60)], "5.0/s, about 15 s left"),
        ([(0, 0, 100), (10, 0, 100)], "0/s"),
        ([(0, 900, 100), (40, 950, 50), (50, 1000, 50)], "5.0/s"),
        ([(0, 0, 9000), (10, 20, 8980)], "2.0/s, about 75 min left"),
        ([(0, 0, 9), (10, 9, 0)], "0.9/s, settling the verdicts"),
    ],
)
def test_an_estimate_is_made_where_one_can_be(
    seen: list[tuple[float, int, int]], said: str
) -> None:
    assert pace_of(*seen) == said


def test_an_estimate_knows_of_the_slowest_host() -> None:
    seen = [(0.0, 0, 100), (10.0, 50, 50)]

    assert pace_of(*seen, wait=Wait("h", "", 300.0, 9)) == "5.0/s, about 5 min left"
    assert pace_of(*seen, wait=Wait("h", "no answer for 4 s", None, 9)) == "5.0/s"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (89, "89 s"), (600, "10 min"), (9000, "2 h 30 min")]
)
def test_a_time_is_said_as_people_say_it(seconds: float, said: str) -> None:
    assert duration(seconds) == said
