"""Redirects as a to-do: what to write instead of each link to what has moved for good."""

from collections.abc import Iterator, Sequence

from crawler.report.csv import line_of
from crawler.report.phrases import at_line
from crawler.report.printable import printable
from crawler.store.changes import Rewrite


def redirects_list(rewrites: Sequence[Rewrite]) -> Iterator[str]:
    """Yield a line for each link, or one that says that there is none."""
    for each in rewrites:
        where = at_line(printable(each.source), each.line)
        yield f"{where}  {printable(each.old)}  →  {printable(each.new)}"
    if not rewrites:
        yield "No link leads to what has moved for good, as far as enough nights have seen."


def redirects_table(rewrites: Sequence[Rewrite]) -> Iterator[str]:
    """Yield the lines of a table for spreadsheets, the first with the names of its columns."""
    yield "source,line,old,new"
    for each in rewrites:
        yield line_of([each.source, each.line, each.old, each.new])
