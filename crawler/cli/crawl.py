"""The crawl as a command: signals, progress, the report at the end, the exit status."""

import asyncio
import io
import logging
import os
import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TextIO

from crawler.cli.progress import How, shown
from crawler.cli.signals import stopping
from crawler.cli.status import FailOn, status_of
from crawler.engine.progress import Progress
from crawler.engine.run import crawl
from crawler.engine.seeds import Seed
from crawler.engine.stop import Stop
from crawler.engine.summary import Summary
from crawler.errors import CrawlerError, UsageError
from crawler.report.text import report_text
from crawler.settings import Settings
from crawler.store.reader import open_findings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """How a run is shown and what its exit status means."""

    fail_on: FailOn = "broken"
    "What makes the exit status 1: any broken link, only new ones, or nothing."

    format: Literal["text"] = "text"
    "The form of the report."

    output: Path | None = None
    "Write the report to this file instead of standard output."

    progress: How = "auto"
    "A bar, a line every 10 s, or nothing; auto: a bar on a terminal, else lines."


def run_crawl(seeds: Sequence[Seed], settings: Settings, presentation: Presentation) -> int:
    """Crawl, report, and return the exit status."""
    with _opened(presentation.output) as out:
        return asyncio.run(_run(seeds, settings, presentation, out))


async def _run(
    seeds: Sequence[Seed], settings: Settings, presentation: Presentation, out: TextIO
) -> int:
    stop, progress = Stop(), Progress()
    with stopping(stop):
        async with shown(progress, presentation.progress):
            summary = await crawl(seeds, settings, stop=stop, progress=progress)
        await _report(summary, settings, out)
    return status_of(summary, presentation.fail_on)


async def _report(summary: Summary, settings: Settings, out: TextIO) -> None:
    why = f" ({summary.reason})" if summary.reason else ""
    lines = [f"Run {summary.run_id} {summary.state}{why} after {summary.seconds:.1f} s"]
    async with open_findings(settings.db_path) as findings:
        report = report_text(findings, summary.run_id, summary.totals, settings.db)
        lines += [line async for line in report]
    if out is not sys.stdout:
        with suppress(OSError):  # a device has no length
            out.truncate(0)
    write_lines(lines, out)
    for doubt in summary.doubts:
        logger.warning("the run cannot be trusted: %s", doubt)


def write_lines(lines: Iterable[str], out: TextIO) -> None:
    """Write `lines`; that a reader such as `head` has had enough of them is no error."""
    try:
        out.writelines(f"{line}\n" for line in lines)
        out.flush()
    except OSError as error:
        # What is still buffered would fail again when `out` is closed.
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), out.fileno())
        if not isinstance(error, BrokenPipeError):
            raise CrawlerError(f"the report cannot be written: {error.strerror}") from error


@contextmanager
def _opened(path: Path | None) -> Generator[TextIO]:
    if path is None and sys.stdout is not None:  # it is None where the caller closed it
        if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal may know fewer characters
            sys.stdout.reconfigure(errors="backslashreplace")
        yield sys.stdout
        return
    path = path or Path(os.devnull)
    try:
        file = path.open("a", encoding="utf-8")  # what is there stays until the report is
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
    with file:
        yield file
