"""The report that a person reads in the terminal."""

from collections.abc import AsyncGenerator, Iterable, Iterator

from crawler.report.changes import changed, still
from crawler.report.phrases import UNDER_WAY, notices, number_of
from crawler.report.places import Style, places_of, plain, query_of, question
from crawler.report.printable import printable
from crawler.report.subject import Subject
from crawler.store.finding import KnownRun
from crawler.store.findings import SlowFetch
from crawler.store.protocol import Totals

_MOST_SLOW = 3
# Of fewer pages that keep us out nobody need be told besides: they may be for members.
_SOME_REFUSED = 4
# What takes no longer, in milliseconds, is not slow.
_SLOW = 1000
# What a terminal takes for a colour (ECMA-48).
_CODES = {"bold": "1", "red": "31", "green": "32", "yellow": "33"}


async def text_report(subject: Subject) -> AsyncGenerator[str]:
    """Yield the lines of the report on a run: totals, what changed, what was slow.

    What was broken on the night before stands in one line: a normal night has few.
    """
    style, query = _coloured if subject.colour else plain, query_of(subject.run)
    for line in _totals(subject, style):
        yield line
    if subject.totals.new_broken_links:
        async with subject.newly_broken() as found:
            async for line in places_of(found, style, query, subject.editing.placed):
                yield line
    findings, span = subject.findings, await subject.span()
    if known := await findings.still(span):
        yield f"  {still(known)}: {query}"
    for line in changed(await findings.changes(span)):
        yield line
    for line in _slow(await findings.slowest(subject.run.id, _MOST_SLOW)):
        yield line
    yield ""
    database = subject.database
    yield f"Everything is in {printable(database)}, for instance: {question(database, query)}"


def _totals(subject: Subject, style: Style) -> Iterator[str]:
    run, totals = subject.run, subject.totals
    yield style("bold", headline(run))
    for doubt in run.doubts:
        yield style("red", f"The run cannot be trusted: {printable(doubt)}")
    if run.state == "running":
        yield style("red", UNDER_WAY)
    followed = f"{number_of(totals.followed, 'page')} followed"
    yield f"{number_of(totals.pages, 'URL')}, {followed}, {number_of(totals.links, 'link')}"
    yield f"{number_of(totals.fetches, 'request')} to {number_of(totals.hosts, 'host')}"
    if others := unsettled(totals):
        yield f"not broken, but not ok either: {others}"
    if barred := kept_out(totals):
        yield barred
    if totals.drawn:
        yield f"drawn by a script, whose links were not read: {number_of(totals.drawn, 'page')}"
    if totals.unlinked:
        number = number_of(totals.unlinked, "page")
        yield f"in the folder, but no page that was read links there: {number} (see the view notes)"
    if totals.suspect:
        number = number_of(totals.suspect, "URL")
        yield f"ok by their status, but perhaps not the page: {number} (see the view notes)"
    yield ""
    heading = f"{broken_links(totals)}{':' if totals.new_broken_links else ''}"
    well = "yellow" if notices(run) else "green"
    yield style("red" if totals.broken_links else well, heading)


def _slow(fetches: Iterable[SlowFetch]) -> Iterator[str]:
    slow = [each for each in fetches if each.total_ms >= _SLOW]
    if slow:
        yield ""
        yield "Slowest requests:"
    for fetch in slow:
        how = fetch.status or fetch.error
        yield f"  {fetch.total_ms:8,.0f} ms  {printable(fetch.url)}  {how}"


def _coloured(name: str, text: str) -> str:
    return f"\x1b[{_CODES[name]}m{text}\x1b[0m"


def headline(run: KnownRun) -> str:
    """Return in a sentence how a run ended."""
    why = f" ({printable(run.reason)})" if run.reason else ""
    after = "" if run.seconds is None else f" after {run.seconds:,.1f} s"
    return f"Run {run.id} {run.state}{why}{after}"


def broken_links(totals: Totals) -> str:
    """Return how many links are broken, and how many of them are new where some are not."""
    some_are_old = totals.new_broken_links < totals.broken_links
    new = f", {totals.new_broken_links or 'none'} of them new" if some_are_old else ""
    return number_of(totals.broken_links, "broken link") + new


def kept_out(totals: Totals) -> str:
    """Return what to do where most pages of the site keep us out; empty where they do not."""
    refused = sum(totals.refused.values())
    if refused < _SOME_REFUSED or refused <= totals.followed:
        return ""
    reason, *others = totals.refused
    why = f"most with {reason}" if others else reason
    return (
        f"{refused:,} of {number_of(refused + totals.followed, 'page')} of the site kept us out"
        f" ({why}), so little could be checked: --delay asks more slowly, --auth and --header say"
        " who asks"
    )


def unsettled(totals: Totals) -> str:
    """Return how many URLs are neither ok nor broken, by their verdicts; empty where none is."""
    kinds = ("blocked", "transient", "unverifiable", "skipped")
    said = {kind: f"{totals.verdicts[kind]:,} {kind}" for kind in kinds if kind in totals.verdicts}
    if totals.skipped:
        counted = [f"{number:,} {reason}" for reason, number in totals.skipped.items()]
        why = counted if len(counted) > 1 else totals.skipped
        said["skipped"] += f" ({', '.join(why)})"
    return ", ".join(said.values())
