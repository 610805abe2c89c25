"""Dead places for a person to read: each once, with the first of the links that lead there."""

from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from shlex import quote

from crawler.report.phrases import at_line, number_of, repeated
from crawler.report.printable import printable
from crawler.store.finding import Finding, KnownRun

QUERY = "select * from broken"
"For the reader to run: what is broken in the newest run."

# Gives a text the look of that name.
Style = Callable[[str, str], str]
# Says of a finding which file is to be edited.
Placing = Callable[[Finding], Awaitable[Finding]]

_MOST_PLACES = 50
_MOST_SOURCES = 5


def query_of(run: KnownRun) -> str:
    """Return what a reader asks the database for all that is broken in `run`."""
    if run.is_newest:
        return QUERY
    return f"select * from broken_links where run_id = {run.id}"  # noqa: S608 - to be read


def plain(_name: str, text: str) -> str:
    """Return `text` as it is: the style of what is no terminal."""
    return text


async def unplaced(link: Finding) -> Finding:
    """Return `link` as it is."""
    return link


async def places_of(
    links: AsyncIterable[Finding], style: Style, query: str, placed: Placing
) -> AsyncGenerator[str]:
    """Yield the lines of findings, which come ordered by their places; only those shown `placed`.

    To know a file takes a look at all links of its page. For the rest there is the `query`.
    """
    places, sources, place = 0, 0, None
    async for link in links:
        dead = link.target if link.whole else link.place
        if dead != place:
            place, sources = dead, 0
            places += 1
        sources += 1
        if places > _MOST_PLACES:
            continue
        if sources == 1:
            yield ""
            near = f"  perhaps #{printable(link.nearest)}" if link.nearest else ""
            yield f"  {style('red', link.reason)}  {style('bold', printable(dead))}{near}"
        if sources <= _MOST_SOURCES:
            yield _source(await placed(link))
        elif sources == _MOST_SOURCES + 1:
            yield f"      and {number_of(link.links - _MOST_SOURCES, 'more link')}"
    if places > _MOST_PLACES:
        yield ""
        yield f"  and {number_of(places - _MOST_PLACES, 'more place')}: {query}"


def _edited(link: Finding) -> str:
    """Return the file to edit, where it is another than the page."""
    if link.file is None or link.file.endswith((".html", ".htm")):
        return ""
    return f"{at_line(printable(link.file), link.file_line)}  "


def _source(link: Finding) -> str:
    page = at_line(printable(link.source), link.line)
    text = f" “{printable(link.text)}”" if link.text else ""
    fragment = f" #{printable(link.fragment)}" if link.whole and link.fragment else ""
    times = repeated(link.occurrences)
    return f"      {_edited(link)}{page}  {link.kind}{fragment}{text}{times}"


def question(database: str, query: str) -> str:
    """Return the command that asks a database, a file or a server, the `query`."""
    shown = printable(database)
    if "://" in shown:
        return f"psql {quote(shown)} -c '{query}'"
    file = f"./{shown}" if shown.startswith("-") else shown  # no option
    return f"sqlite3 {quote(file)} '{query}'"
