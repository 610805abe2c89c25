"""The report as a summary of a job or an issue: GitHub's Markdown, short enough to be taken."""

import re
from collections.abc import AsyncGenerator, Iterable, Iterator

from crawler.report.changes import sections
from crawler.report.phrases import at_line, notices, number_of, repeated
from crawler.report.printable import printable
from crawler.report.subject import Subject
from crawler.report.text import headline, kept_out, unsettled
from crawler.store.finding import Finding
from crawler.store.protocol import Totals
from crawler.urls import is_http

# GitHub takes a mebibyte for a summary and 65,536 characters for an issue.
_MOST_CHARACTERS = 60_000
_LONGEST = 200
# What Markdown would read as another character in the address of a link.
_ENTITY = re.compile(r"&(?=#?\w+;)")
_TICKS = re.compile("`+").findall


async def markdown_report(subject: Subject) -> AsyncGenerator[str]:
    """Yield a headline, the totals, what changed, and a table of what is broken.

    The table has as many rows as fit into an issue.
    """
    totals, told = subject.totals, notices(subject.run)
    yield f"## {_verdict(totals, certain=not told)}"
    yield ""
    yield (
        f"{headline(subject.run)}: {number_of(totals.pages, 'URL')},"
        f" {number_of(totals.links, 'link')}, {totals.new_broken_links:,} newly broken."
    )
    if others := unsettled(totals):
        yield ""
        yield f"Not broken, but not ok either: {others}."
    if barred := kept_out(totals):
        yield ""
        yield f"{barred}."
    for notice in told:
        yield ""
        yield f"> {_span(printable(notice))}"
    room = _MOST_CHARACTERS
    for line in await _changed(subject):
        room -= len(line) + 1
        yield line
    if totals.broken_links:
        for line in await _table(subject, room):
            yield line


async def _changed(subject: Subject) -> list[str]:
    """Return what changed since the night before, but for what is newly broken."""
    changes = await subject.findings.changes(await subject.span())
    lines = []
    for name, things in sections(changes):
        lines += ["", f"{name}:", "", *(f"- {_span(thing[:_LONGEST])}" for thing in things)]
    return lines


async def _table(subject: Subject, room: int) -> list[str]:
    """Return what is broken as a table of at most so many characters, what is new first."""
    rows = await _rows(subject, room)
    more = subject.totals.broken_links - len(rows)
    return [
        "",
        "| | why | dead | linked from | text | nights |",
        "| --- | --- | --- | --- | --- | --: |",
        *rows,
        *(["", f"And {more:,} more in the database."] if more else []),
    ]


async def _rows(subject: Subject, room: int) -> list[str]:
    """Return as many rows as there is room for, those of what is new before the others."""
    kept: dict[bool, list[str]] = {True: [], False: []}
    lengths = {True: 0, False: 0}
    async with subject.broken() as found:
        async for finding in found:
            if lengths[finding.is_new] <= room:
                row = _row(finding)
                lengths[finding.is_new] += len(row)
                kept[finding.is_new].append(row)
    return list(_fitting(kept[True] + kept[False], room))


def _fitting(rows: Iterable[str], room: int) -> Iterator[str]:
    for row in rows:
        room -= len(row)
        if room < 0:
            return
        yield row


def _verdict(totals: Totals, *, certain: bool) -> str:
    if not totals.broken_links:
        return "No broken links" if certain else "The run says little about the links"
    return number_of(totals.broken_links, "broken link")


def _row(finding: Finding) -> str:
    near = f", perhaps {code('#' + finding.nearest)}" if finding.nearest else ""
    cells = (
        "new" if finding.is_new else "",
        f"{finding.reason}{near}",
        linked(finding.place),
        _where(finding) + repeated(finding.occurrences),
        code(finding.text),
        str(finding.nights),
    )
    return f"| {' | '.join(cells)} |"


def _where(finding: Finding) -> str:
    if finding.file is None:
        return at_line(linked(finding.source), finding.line)
    return f"{code(at_line(finding.file, finding.file_line))} ({linked(finding.source)})"


def linked(url: str) -> str:
    """Return a link to `url`, shown as it is; only its text where it is no http(s) URL."""
    if not is_http(url):
        return code(url)
    to = printable(url).replace("\\", "%5C").replace("|", "%7C").replace("<", "%3C")
    to = _ENTITY.sub("&amp;", to.replace(">", "%3E"))
    return f"[{code(url)}](<{to}>)"


def code(text: str) -> str:
    """Return `text` so that nothing in it is markup, in a cell of a table."""
    return _span(printable(text)[:_LONGEST].replace("|", "\\|"))


def _span(text: str) -> str:
    shown = text.strip()
    if not shown:
        return ""
    fence = "`" * (max(map(len, _TICKS(shown)), default=0) + 1)
    room = " " if shown[0] == "`" or shown[-1] == "`" else ""
    return f"{fence}{room}{shown}{room}{fence}"
