"""Promises about asking for the end of a run, from wherever that is."""

import asyncio
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from crawler.engine.stop import Stop

# Few of them meet in the very moment that counts.
THREADS, STOPS = 4, 20_000


@pytest.fixture
def hasty() -> Generator[None]:
    """Have threads take turns as often as can be."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


async def test_the_first_reason_counts_and_the_second_time_is_by_force() -> None:
    stop = Stop()
    assert stop.reason is None

    for reason in ("SIGTERM", "SIGINT", "SIGINT"):
        stop.ask(reason)

    await asyncio.gather(stop.asked(), stop.forced())
    assert stop.reason == "SIGTERM"


@pytest.mark.slow
@pytest.mark.usefixtures("hasty")
def test_many_threads_may_ask_at_once() -> None:
    together, stops = Barrier(THREADS), [Stop() for _ in range(STOPS)]

    def ask(reason: str) -> list[str | None]:
        together.wait()
        for stop in stops:
            stop.ask(reason)
        return [stop.reason for stop in stops]

    with ThreadPoolExecutor(THREADS) as threads:
        first, *others = threads.map(ask, ("a", "b", "c", "d"))

    assert others == [first] * 3
