"""A host's clock by itself, and the answers that it hears."""

from crawler.engine.hosts import HostClock, Politeness
from crawler.model import Answer, Fetch

WALL = 1_800_000_000.0


def answered(status: int, **headers: str) -> Answer:
    fetch = Fetch(method="GET", started_at=WALL, total_ms=1, status=status)
    return Answer(fetch, {name.replace("_", "-"): value for name, value in headers.items()})


def failed(error: str) -> Answer:
    return Answer(Fetch(method="GET", started_at=WALL, total_ms=1, error=error))


def silence(seconds: float = 20.0, *, headers: bool = False) -> Answer:
    """Return what came of a request that took too long, perhaps to send all after its headers."""
    ttfb = 5.0 if headers else None
    total = seconds * 1000
    return Answer(
        Fetch(method="GET", started_at=WALL, total_ms=total, ttfb_ms=ttfb, error="timeout")
    )


def clock(delay: float = 0.0) -> HostClock:
    return HostClock(Politeness(2, delay))


def hear(host: HostClock, *answers: Answer, now: float = 100.0, apart: float = 0.0) -> None:
    """Have answers come, the first of them `now`, to requests that took a millisecond each."""
    for number, answer in enumerate(answers):
        host.answered(answer, now + number * apart, WALL)
