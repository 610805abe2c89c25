"""The nights in the database, as commands: what changed, a list of them, forgetting old ones."""

import asyncio
from pathlib import Path
from typing import TextIO

from crawler.cli.output import opened, print_lines, write_stream
from crawler.cli.status import Status
from crawler.errors import UsageError
from crawler.location import Location
from crawler.report.changes import changes_report
from crawler.report.editing import Editing
from crawler.report.phrases import number_of
from crawler.report.runs import runs_report
from crawler.store.changes import ListedRun
from crawler.store.findings import open_findings
from crawler.store.pruning import prune


def run_diff(before_id: int | None, run_id: int | None, output: Path | None, db: Location) -> int:
    """Write what changed between two runs; UsageError where they cannot be compared."""
    with opened(output, db) as out:
        asyncio.run(_diff(before_id, run_id, out, db))
    return Status.OK


def run_runs(db: Location) -> int:
    """Print a line for each run; UsageError where there is no database."""
    print_lines(runs_report(asyncio.run(_runs(db))))
    return Status.OK


def run_prune(keep: int, db: Location) -> int:
    """Forget old nights, and say what came of it; UsageError where there is no database."""
    if keep < 1:
        raise UsageError(f"keep must be at least 1, not {keep}")
    runs, before, after = asyncio.run(prune(db, keep))
    size = f"{before / 1e6:,.1f} MB, now {after / 1e6:,.1f} MB"
    print_lines([f"{number_of(runs, 'run')} forgotten; {size}"])
    return Status.OK


async def _diff(before_id: int | None, run_id: int | None, out: TextIO, db: Location) -> None:
    async with open_findings(db) as findings:
        span = await findings.span(run_id, before_id)
        editing = Editing(findings, await findings.run(span.run_id), ())
        await write_stream(changes_report(findings, span, editing.placed), out)


async def _runs(db: Location) -> list[ListedRun]:
    async with open_findings(db) as findings:
        return await findings.runs()
