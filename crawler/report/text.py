"""The report that a person reads in the terminal."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterator

from crawler.report.printable import printable
from crawler.report.subject import Subject
from crawler.store.finding import Finding, KnownRun
from crawler.store.protocol import Totals

_MOST_PLACES = 50
_MOST_SOURCES = 5
_MOST_SLOW = 5
# What takes no longer, in milliseconds, is not slow.
_SLOW = 1000
# What a terminal takes for a colour (ECMA-48).
_CODES = {"bold": "1", "red": "31", "green": "32"}
# For the reader to run.
_QUERY = "select * from broken"

# Gives a text the look of that name.
Style = Callable[[str, str], str]


async def text_report(subject: Subject) -> AsyncGenerator[str]:
    """Yield the lines of the report on a run: totals, what is broken and where, what was slow."""
    run, totals, findings = subject.run, subject.totals, subject.findings
    style = _coloured if subject.colour else _plain
    yield style("bold", headline(run))
    for doubt in run.doubts:
        yield style("red", f"The run cannot be trusted: {printable(doubt)}")
    followed = f"{_number(totals.followed, 'page')} followed"
    yield f"{_number(totals.pages, 'URL')}, {followed}, {_number(totals.links, 'link')}"
    yield f"{_number(totals.fetches, 'request')} to {_number(totals.hosts, 'host')}"
    unsettled = _unsettled(totals)
    if unsettled:
        yield f"not broken, but not ok either: {unsettled}"
    yield ""
    heading = f"{_broken(totals)}{':' if totals.broken_links else ''}"
    yield style("red" if totals.broken_links else "green", heading)
    async with subject.broken() as found:
        async for line in _places(found, style):
            yield line
    yield ""
    slow = [each for each in await findings.slowest(run.id, _MOST_SLOW) if each.total_ms >= _SLOW]
    if slow:
        yield "Slowest requests:"
        for fetch in slow:
            how = fetch.status or fetch.error
            yield f"  {fetch.total_ms:8,.0f} ms  {printable(fetch.url)}  {how}"
        yield ""
    database = subject.database
    yield f"Everything is in {database}, for instance: sqlite3 {database} '{_QUERY}'"


def _plain(_name: str, text: str) -> str:
    return text


def _coloured(name: str, text: str) -> str:
    return f"\x1b[{_CODES[name]}m{text}\x1b[0m"


def headline(run: KnownRun) -> str:
    """Return in a sentence how a run ended."""
    why = f" ({printable(run.reason)})" if run.reason else ""
    after = "" if run.seconds is None else f" after {run.seconds:,.1f} s"
    return f"Run {run.id} {run.state}{why}{after}"


def _broken(totals: Totals) -> str:
    some_are_new = 0 < totals.new_broken_links < totals.broken_links
    new = f", {totals.new_broken_links:,} of them new" if some_are_new else ""
    return _number(totals.broken_links, "broken link") + new


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _unsettled(totals: Totals) -> str:
    kinds = ("blocked", "transient", "unverifiable", "skipped")
    return ", ".join(
        f"{totals.verdicts[kind]:,} {kind}" for kind in kinds if kind in totals.verdicts
    )


async def _places(links: AsyncIterable[Finding], style: Style) -> AsyncGenerator[str]:
    """Yield each dead place once, with the first of the links that lead there."""
    places, sources, place = 0, 0, None
    async for link in links:
        if (link.target, link.fragment) != place:
            place, sources = (link.target, link.fragment), 0
            places += 1
            if places <= _MOST_PLACES:
                yield ""
                yield f"  {style('red', link.reason)}  {style('bold', printable(link.place))}"
        sources += 1
        if places <= _MOST_PLACES:
            for line in _source(link, sources):
                yield line
    if places > _MOST_PLACES:
        yield ""
        yield f"  and {_number(places - _MOST_PLACES, 'more place')}: {_QUERY}"


def _source(link: Finding, number: int) -> Iterator[str]:
    if number <= _MOST_SOURCES:
        line = "" if link.line is None else f":{link.line}"
        text = f" “{printable(link.text)}”" if link.text else ""
        yield f"      {printable(link.source)}{line}  {link.kind}{text}"
    elif number == _MOST_SOURCES + 1:
        yield f"      and {_number(link.links - _MOST_SOURCES, 'more link')}"
