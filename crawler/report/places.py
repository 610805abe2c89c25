"""Dead places for a person to read: each once, with the first of the links that lead there."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterator

from crawler.report.printable import printable
from crawler.store.finding import Finding

QUERY = "select * from broken"
"For the reader to run."

# Gives a text the look of that name.
Style = Callable[[str, str], str]

_MOST_PLACES = 50
_MOST_SOURCES = 5


def number_of(number: int, noun: str) -> str:
    """Return `1 link`, or `1,024 links`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def plain(_name: str, text: str) -> str:
    """Return `text` as it is: the style of what is no terminal."""
    return text


async def places_of(links: AsyncIterable[Finding], style: Style) -> AsyncGenerator[str]:
    """Yield the lines of findings, which come ordered by their places."""
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
        yield f"  and {number_of(places - _MOST_PLACES, 'more place')}: {QUERY}"


def _edited(link: Finding) -> str:
    """Return the file to edit, where it is another than the page."""
    if link.file is None or link.file.endswith((".html", ".htm")):
        return ""
    line = "" if link.file_line is None else f":{link.file_line}"
    return f"{printable(link.file)}{line}  "


def _source(link: Finding, number: int) -> Iterator[str]:
    if number <= _MOST_SOURCES:
        line = "" if link.line is None else f":{link.line}"
        text = f" “{printable(link.text)}”" if link.text else ""
        yield f"      {_edited(link)}{printable(link.source)}{line}  {link.kind}{text}"
    elif number == _MOST_SOURCES + 1:
        yield f"      and {number_of(link.links - _MOST_SOURCES, 'more link')}"
