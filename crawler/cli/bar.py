"""The progress bar; to import it is to import rich."""

import asyncio
import time
from collections.abc import Callable

from rich.console import Console, RenderableType
from rich.constrain import Constrain
from rich.progress import BarColumn, ProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Column

from crawler.engine.progress import Progress

_EVERY = 0.1


class _NarrowBar(Bar):
    """A bar that leaves room at the end of its line, for the ^C that the terminal writes there."""

    def __init__(self, *columns: ProgressColumn) -> None:
        self._terminal = Console(stderr=True)
        super().__init__(*columns, console=self._terminal, transient=True, expand=True)

    def get_renderable(self) -> RenderableType:
        """Return what is to be shown."""
        return Constrain(super().get_renderable(), self._terminal.width - len("^C") - 1)


async def show_bar(progress: Progress, numbers: Callable[[Progress, float], str]) -> None:
    """Show `progress` as a bar on standard error until cancelled.

    Beside it stand the `numbers` of the progress after so many seconds.
    """
    columns = (
        TimeElapsedColumn(table_column=Column(no_wrap=True, min_width=7)),
        BarColumn(table_column=Column(max_width=30, ratio=1)),
        TextColumn("{task.description}", table_column=Column(no_wrap=True)),
    )
    with _NarrowBar(*columns) as bar:
        task = bar.add_task("", total=None)
        started = time.monotonic()
        while True:
            known = progress.done + progress.open
            bar.update(
                task,
                description=numbers(progress, time.monotonic() - started),
                completed=progress.done,
                total=known or None,
            )
            await asyncio.sleep(_EVERY)
