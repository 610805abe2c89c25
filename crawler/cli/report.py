"""The report on a run, as a command, and at the end of a crawl."""

import asyncio
from typing import TextIO

from crawler.cli.manner import Manner
from crawler.cli.output import in_utf8, opened, takes_colour, write_stream
from crawler.cli.status import Status
from crawler.location import Location
from crawler.report.formats import FORMATS
from crawler.report.subject import subject_of
from crawler.store.database import PATIENCE
from crawler.store.findings import open_findings
from crawler.store.protocol import Totals


def run_report(run_id: int | None, manner: Manner, db: Location) -> int:
    """Write the report on a run, the newest where none is named; UsageError where there is none."""
    with opened(manner.output, db) as out:
        asyncio.run(write_report(run_id, manner, out, db))
    return Status.OK


async def write_report(
    run_id: int | None, manner: Manner, out: TextIO, db: Location, totals: Totals | None = None
) -> None:
    """Write the report on a run to `out`; CrawlerError if that fails.

    `totals` are known at the end of a crawl, which waits for its server to the last.
    """
    async with open_findings(db, awaited=0.0 if totals is None else PATIENCE) as findings:
        subject = await subject_of(
            findings,
            run_id,
            str(db),
            sources=manner.sources,
            colour=takes_colour(out),
            totals=totals,
        )
        if manner.format != "text":
            in_utf8(out)
        await write_stream(FORMATS[manner.format](subject), out)
