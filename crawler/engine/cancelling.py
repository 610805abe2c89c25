"""Being cancelled in good order: work is told once, and then has the time to close what is open."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import TypeVar

T = TypeVar("T")


async def told_once(work: Coroutine[None, None, T]) -> T:
    """Return what `work` comes to; however often this is cancelled, `work` is so once.

    Frameworks cancel again and again until a task has ended (anyio, and with it Starlette and
    FastAPI), also in the middle of what closes files and rows.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            if not task.cancelling():
                task.cancel()
            cancelled = error
    if cancelled is None:
        return task.result()
    if not task.cancelled():
        task.exception()  # so that nobody says that it was never asked for
    raise cancelled


@asynccontextmanager
async def at_once(*work: Coroutine[None, None, None]) -> AsyncGenerator[list[asyncio.Task[None]]]:
    """Have all of `work` done while the block lasts; what is not by its end is cancelled."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield tasks
    finally:
        await cancel(tasks)


async def cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel `tasks`, and wait until they have ended, whatever they say."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
