"""How far the run is, while it lasts: a bar on a terminal, a line now and then elsewhere."""

import asyncio
import logging
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from crawler.cli.manner import How
from crawler.cli.pace import Pace, Pacer
from crawler.engine.cancelling import at_once
from crawler.engine.progress import Progress, Wait

LINE_EVERY = 10.0
"Seconds between two lines."

logger = logging.getLogger(__name__)


@asynccontextmanager
async def shown(progress: Progress, how: How, every: float = LINE_EVERY) -> AsyncGenerator[None]:
    """Show `progress` on standard error while the block lasts; `every` so many seconds a line."""
    if how == "auto":
        how = "bar" if sys.stderr is not None and sys.stderr.isatty() else "log"
    if how == "none":
        yield
        return
    async with at_once(_bar(progress) if how == "bar" else _log(progress, every)):
        yield


async def _log(progress: Progress, every: float) -> None:
    started, pacer = time.monotonic(), Pacer()
    while True:
        await asyncio.sleep(every)
        seconds = time.monotonic() - started
        said = [f"{seconds:.0f} s: {numbers(progress, pacer.pace(progress, seconds))}"]
        line = "; ".join([*said, *map(waiting, progress.waits()[:1])])
        logger.info("%s", line, extra={"numbers": _counted(progress)})


def _counted(progress: Progress) -> dict[str, int]:
    return {
        "done": progress.done,
        "open": progress.open,
        "in_flight": progress.in_flight,
        "broken": progress.broken,
    }


def numbers(progress: Progress, pace: Pace) -> str:
    """Return all that is to be said, the most telling first: a narrow terminal cuts the end."""
    queued = max(0, progress.open - progress.in_flight)
    said = [
        f"{progress.done:,} done",
        f"{queued:,} queued",
        f"{progress.in_flight} in flight",
        f"{progress.broken:,} broken",
        f"{pace.rate:,.0f}/s" if pace.rate >= 10 or not pace.rate else f"{pace.rate:.1f}/s",
    ]
    if progress.done and not progress.open:
        said.append("settling the verdicts")
    if pace.left is not None and progress.open:
        said.append(f"about {duration(pace.left)} left")
    return ", ".join(said)


def waiting(wait: Wait) -> str:
    """Return what is waited for, why, and how long yet."""
    left = "" if wait.seconds is None else f", {duration(wait.seconds)} yet"
    return f"waiting for {wait.host}{left}: {wait.why}; {wait.open:,} open"


def duration(seconds: float) -> str:
    """Return a time as people say it; an estimate is no better than that."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


async def _bar(progress: Progress) -> None:
    from crawler.cli.bar import show_bar  # noqa: PLC0415 - only who has a terminal waits for rich

    await show_bar(progress, numbers, waiting)
