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

_LINE_EVERY = 10.0

logger = logging.getLogger(__name__)


@asynccontextmanager
async def shown(progress: Progress, how: How) -> AsyncGenerator[None]:
    """Show `progress` on standard error while the block lasts."""
    if how == "auto":
        how = "bar" if sys.stderr.isatty() else "log"
    task = (
        None
        if how == "none"
        else asyncio.create_task(_bar(progress) if how == "bar" else _log(progress))
    )
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _log(progress: Progress) -> None:
    started = time.monotonic()
    while True:
        await asyncio.sleep(_LINE_EVERY)
        logger.info("%s", _line(progress, time.monotonic() - started))


def _line(progress: Progress, seconds: float) -> str:
    return (
        f"{seconds:.0f} s: {progress.done:,} done, {progress.open:,} open, "
        f"{progress.in_flight} in flight, {progress.broken:,} broken"
    )


async def _bar(progress: Progress) -> None:
    from crawler.cli.bar import show_bar  # noqa: PLC0415 - only who has a terminal waits for rich

    await show_bar(progress)
