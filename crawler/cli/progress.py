"""How far the run is, while it lasts: a bar on a terminal, a line now and then elsewhere."""

import asyncio
import logging
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Literal

from crawler.engine.progress import Progress

How = Literal["auto", "bar", "log", "none"]

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
    task = asyncio.create_task(_bar(progress) if how == "bar" else _log(progress, every))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _log(progress: Progress, every: float) -> None:
    started = time.monotonic()
    while True:
        await asyncio.sleep(every)
        logger.info("%s", _line(progress, time.monotonic() - started))


def _line(progress: Progress, seconds: float) -> str:
    return f"{seconds:.0f} s: {numbers(progress, seconds)}"


def numbers(progress: Progress, seconds: float) -> str:
    """Return all that is to be said, the most telling first: a narrow terminal cuts the end."""
    said = [
        f"{progress.done:,} done",
        f"{progress.open:,} open",
        f"{progress.done / max(seconds, 1):,.0f}/s",
        f"{progress.in_flight} in flight",
        f"{progress.broken:,} broken",
    ]
    if progress.waiting_hosts:
        said.append(
            f"waiting for {progress.waiting_hosts} host{'' if progress.waiting_hosts == 1 else 's'}"
        )
    return ", ".join(said)


async def _bar(progress: Progress) -> None:
    from crawler.cli.bar import show_bar  # noqa: PLC0415 - only who has a terminal waits for rich

    await show_bar(progress, numbers)
