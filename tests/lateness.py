"""How late the event loop was: a busy machine is no fault of who measures with it."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import combinations

TICK = 0.01


class Lateness:
    """What a task beside the test missed of its turns, which it alone writes down."""

    def __init__(self) -> None:
        self._missed: list[tuple[float, float]] = []

    async def watch(self) -> None:
        while True:
            due = time.monotonic() + TICK
            await asyncio.sleep(TICK)
            now = time.monotonic()
            self._missed.append((now, now - due))

    def between(self, begin: float, end: float) -> float:
        """Return by how many seconds the loop was late in a time of the monotonic clock."""
        return sum(missed for at, missed in self._missed if begin <= at <= end + TICK)

    def keep(self, times: Sequence[float], delay: float, slack: float) -> bool:
        """Return whether between any two of `times` lie the delays of all that came between.

        They may be nearer by the `slack`, and by what the sooner one was noted too late.
        """
        return all(
            later - sooner >= (n - m) * delay - slack - self.between(sooner - 1, sooner)
            for (m, sooner), (n, later) in combinations(enumerate(times), 2)
        )


@asynccontextmanager
async def watched() -> AsyncGenerator[Lateness]:
    """Watch the loop while the block lasts."""
    lateness = Lateness()
    watching = asyncio.create_task(lateness.watch())
    yield lateness
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
