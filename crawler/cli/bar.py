"""The progress bar; to import it is to import rich."""

import asyncio
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from crawler.engine.progress import Progress

_EVERY = 0.1
_NUMBERS = (
    "{task.fields[rate]:,.0f}/s, {task.fields[flight]} in flight, {task.fields[broken]} broken"
)


async def show_bar(progress: Progress) -> None:
    """Show `progress` as a bar on standard error until cancelled."""
    columns = (
        TextColumn("crawling"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(_NUMBERS),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, rate=0.0, flight=0, broken=0)
        started = time.monotonic()
        while True:
            bar.update(
                task,
                completed=progress.done,
                total=progress.done + progress.open,
                rate=progress.done / max(time.monotonic() - started, _EVERY),
                flight=progress.in_flight,
                broken=progress.broken,
            )
            await asyncio.sleep(_EVERY)
