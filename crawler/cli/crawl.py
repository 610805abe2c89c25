"""The crawl as a command: signals, progress, the report at the end, the exit status."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from typing import TextIO

from crawler.cli.environment import saying
from crawler.cli.heap import settled
from crawler.cli.logs import set_logging
from crawler.cli.manner import Presentation
from crawler.cli.output import opened
from crawler.cli.progress import shown
from crawler.cli.report import write_report
from crawler.cli.signals import stopping
from crawler.cli.status import status_of
from crawler.engine.progress import Progress
from crawler.engine.run import crawl
from crawler.engine.seeds import Seed
from crawler.engine.stop import Stop
from crawler.settings import Settings

logger = logging.getLogger(__name__)


def run_crawl(seeds: Sequence[Seed], settings: Settings, presentation: Presentation) -> int:
    """Crawl, report, and return the exit status."""
    set_logging(presentation.level, presentation.log_format)
    with opened(presentation.output, settings.database) as out, settled(), _told(presentation):
        return asyncio.run(_run(seeds, settings, presentation, out))


def _told(presentation: Presentation) -> AbstractContextManager[None]:
    """Have workers in processes of their own say as much as this one, in the same form."""
    return saying(CRAWLER_QUIET=str(presentation.quiet), CRAWLER_LOG_FORMAT=presentation.log_format)


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
        await write_report(summary.run_id, presentation, out, settings.database, summary.totals)
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
    async with served(progress, address, settings.database):
        yield
