"""The progress bar; to import it is to import rich."""

import asyncio
import time
from collections.abc import Callable, Iterable

from rich.console import Console, RenderableType
from rich.constrain import Constrain
from rich.progress import BarColumn, ProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Column
from rich.text import Text

from crawler.cli.pace import Pace, Pacer
from crawler.engine.progress import Progress, Wait

_EVERY = 0.1
# The hosts that are waited for change slowly, and to find them is to look at all.
_WAITS_EVERY = 10


class _NarrowBar(Bar):
    """A bar, and below it a line each of `waits`: the hosts that are waited for.

    It leaves room at the end of its lines, for the ^C that the terminal writes there.
    """

    waits: tuple[str, ...] = ()

    def __init__(self, *columns: ProgressColumn) -> None:
        self._terminal = Console(stderr=True)
        super().__init__(*columns, console=self._terminal, transient=True, expand=True)

    def get_renderable(self) -> RenderableType:
        """Return what is to be shown."""
        return Constrain(super().get_renderable(), self._terminal.width - len("^C") - 1)

    def get_renderables(self) -> Iterable[RenderableType]:
        """Return the bar and the lines below it."""
        yield from super().get_renderables()
        for line in self.waits:
            yield Text(f"  {line}", style="dim", no_wrap=True, overflow="ellipsis")


async def show_bar(
    progress: Progress,
    numbers: Callable[[Progress, Pace], str],
    waiting: Callable[[Wait], str],
) -> None:
    """Show `progress` as a bar on standard error until cancelled.

    Beside it stand the `numbers` of the progress, below it the hosts that are `waiting`.
    """
    columns: tuple[ProgressColumn, ...] = (
        TimeElapsedColumn(table_column=Column(no_wrap=True, min_width=7)),
        BarColumn(table_column=Column(max_width=30, ratio=1)),
        TextColumn("{task.description}", table_column=Column(no_wrap=True)),
    )
    with _NarrowBar(*columns) as bar:
        task, pacer, started, turn = bar.add_task("", total=None), Pacer(), time.monotonic(), 0
        while True:
            if turn % _WAITS_EVERY == 0:
                bar.waits = tuple(map(waiting, progress.waits()))
            bar.update(
                task,
                description=numbers(progress, pacer.pace(progress, time.monotonic() - started)),
                completed=progress.done,
                total=progress.done + progress.open or None,
            )
            turn += 1
            await asyncio.sleep(_EVERY)
