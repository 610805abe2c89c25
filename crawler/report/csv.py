"""The report as a table for spreadsheets: a line a finding, after one of names."""

import csv
import io
from collections.abc import AsyncGenerator, Iterable

from crawler.report.printable import cell
from crawler.report.subject import Subject

COLUMNS = (
    *("source", "file", "file_line", "line", "section", "kind", "href", "text"),
    *("target", "fragment", "reason", "status", "nearest"),
    *("is_new", "first_seen_at", "nights", "occurrences"),
)
"The columns in their order; more may follow them."


async def csv_report(subject: Subject) -> AsyncGenerator[str]:
    """Yield the lines of the table; text that a spreadsheet would run begins with an apostrophe."""
    yield ",".join(COLUMNS)
    async with subject.broken() as found:
        async for finding in found:
            yield line_of([getattr(finding, name) for name in COLUMNS])


def line_of(values: Iterable[object]) -> str:
    """Return a line of a table, with its texts made harmless."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="")
    writer.writerow([cell(value) if isinstance(value, str) else _plain(value) for value in values])
    return buffer.getvalue()


def _plain(value: object) -> object:
    return int(value) if isinstance(value, bool) else value
