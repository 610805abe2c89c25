"""The URLs of an XML sitemap or sitemap index (sitemaps.org), without any entity expansion."""

from contextlib import suppress
from typing import NamedTuple
from xml.parsers import expat

_MOST = 50_000


class Location(NamedTuple):
    """The text of one `<loc>`, with its line from 1."""

    url: str
    line: int


def locations(body: bytes) -> list[Location]:
    """Return the locations in `body`, at most 50,000.

    Where it is no XML, those before the first error. A document that declares entities is given up
    at the declaration: it is an attack, or no sitemap.
    """
    reader = _Reader()
    # What the last two stand for: an encoding that Python does not know, or expat not take from it.
    with suppress(expat.ExpatError, _EnoughError, LookupError, ValueError):
        reader.parser.Parse(body, True)  # noqa: FBT003 - expat's own signature
    return reader.found


class _EnoughError(Exception):
    """Nothing more is wanted from this document."""


class _Reader:
    """Collects locations while expat parses; `found` is the result."""

    def __init__(self) -> None:
        self.found: list[Location] = []
        self._text: list[str] | None = None
        self._line = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.EntityDeclHandler = self._entity

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        if name.rpartition(" ")[2] == "loc":
            self._text, self._line = [], self.parser.CurrentLineNumber

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, _name: str) -> None:
        if self._text is None:
            return
        url, self._text = "".join(self._text).strip(), None
        if url:
            self.found.append(Location(url, self._line))
        if len(self.found) >= _MOST:
            raise _EnoughError

    def _entity(self, *_: object) -> None:
        raise _EnoughError
