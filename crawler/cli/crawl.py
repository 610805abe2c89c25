"""The crawl as a command: signals, progress, the report at the end, the exit status."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, TextIO

from cyclopts import Parameter

from crawler.cli.logs import LogFormat, set_logging
from crawler.cli.progress import How, shown
from crawler.cli.report import Manner, opened, write_report
from crawler.cli.signals import stopping
from crawler.cli.status import FailOn, status_of
from crawler.engine.progress import Progress
from crawler.engine.run import crawl
from crawler.engine.seeds import Seed
from crawler.engine.stop import Stop
from crawler.settings import Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation(Manner):
    """How a run is shown and what its exit status means."""

    fail_on: FailOn = "broken"
    "What makes the exit status 1: any broken link, only new ones, or nothing."

    verbose: Annotated[bool, Parameter(alias="-v", negative=())] = False
    "Say every request."

    quiet: Annotated[bool, Parameter(alias="-q", negative=())] = False
    "Say nothing but the report and what is wrong."

    log_format: LogFormat = "text"
    "What is said beside the report: lines for people, or JSON objects."

    progress: How = "auto"
    "A bar, a line every 10 s, or nothing; auto: a bar on a terminal, else lines."

    serve: str | None = None
    "While the run lasts, show the page of `--format html` live at this address: :8000."

    serve_public: bool = False
    "Let `serve` name an address that other machines can reach."

    @property
    def level(self) -> int:
        """How much is said."""
        if self.quiet:
            return logging.WARNING
        return logging.DEBUG if self.verbose else logging.INFO

    @property
    def shown(self) -> How:
        """How progress is shown: who wants quiet wants none."""
        return "none" if self.quiet and self.progress == "auto" else self.progress


def run_crawl(seeds: Sequence[Seed], settings: Settings, presentation: Presentation) -> int:
    """Crawl, report, and return the exit status."""
    set_logging(presentation.level, presentation.log_format)
    with opened(presentation.output) as out:
        return asyncio.run(_run(seeds, settings, presentation, out))


async def _run(
    seeds: Sequence[Seed], settings: Settings, presentation: Presentation, out: TextIO
) -> int:
    stop, progress = Stop(), Progress()
    with stopping(stop):
        async with (
            _served(progress, presentation, settings),
            shown(progress, presentation.shown),
        ):
            summary = await crawl(seeds, settings, stop=stop, progress=progress)
        await write_report(summary.run_id, presentation, out, settings.db_path)
    for doubt in summary.doubts:
        logger.warning("the run cannot be trusted: %s", doubt)
    return status_of(summary, presentation.fail_on)


@asynccontextmanager
async def _served(
    progress: Progress, presentation: Presentation, settings: Settings
) -> AsyncGenerator[None]:
    if presentation.serve is None:
        yield
        return
    from crawler.cli.live import Address, served  # noqa: PLC0415 - only who watches waits for it

    address = Address.of(presentation.serve, public=presentation.serve_public)
    async with served(progress, address, settings.db_path):
        yield
