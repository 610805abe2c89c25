"""What the elements of an XML body refer to, without any entity expansion."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urljoin
from xml.parsers import expat

from crawler.parse.reference import Reference

MOST = 50_000
"References that are taken from one document: no sitemap may have more (sitemaps.org)."

# Each name is handed out with its namespace, so a long one would cost its length every time.
_LONGEST_NAME = 2048
# Elements in elements: a feed has the markup of its articles in it, no sitemap more than three.
_DEEPEST = 200
# Text of an element beyond this is no URL.
_LONGEST = 64 * 1024
_BASE = "http://www.w3.org/XML/1998/namespace base"


class XmlElement(NamedTuple):
    """An element with its local name, its namespace, and the text before its first child.

    `base` is what `xml:base` says of it, or of the elements around it (W3C XML Base).
    """

    name: str
    namespace: str
    attributes: Mapping[str, str]
    text: str
    line: int
    base: str = ""


class _EnoughError(Exception):
    """Nothing more is wanted from this document."""


def references_in(body: bytes, of: Callable[[XmlElement], Reference | None]) -> list[Reference]:
    """Return what the elements of `body` without children refer to, at most 50,000 URLs.

    `of` says what one refers to. Where it is no XML, those before the first error. A document that
    declares entities is given up at the declaration, one of endless names or depth there: an
    attack, or nothing with URLs.
    """
    found: list[Reference] = []
    written = body.lstrip(b" \t\r\n")  # expat wants the declaration at the very beginning
    above = body.count(b"\n", 0, len(body) - len(written))

    def take(element: XmlElement) -> None:
        reference = of(element._replace(line=element.line + above) if above else element)
        if reference is not None and reference.url:
            found.append(reference)
        if len(found) >= MOST:
            raise _EnoughError

    reader = _Reader(take)
    # What the last two stand for: an encoding that Python does not know, or expat not take from it.
    with suppress(expat.ExpatError, _EnoughError, LookupError, ValueError):
        reader.parser.Parse(written, True)  # noqa: FBT003 - expat's own signature
    return found


class _Reader:
    """Collects the text of the innermost open element while expat parses."""

    def __init__(self, take: Callable[[XmlElement], None]) -> None:
        self._take = take
        self._open: tuple[str, dict[str, str], int] | None = None
        self._text: list[str] = []
        self._length = 0
        self._bases = [""]
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.EntityDeclHandler = self._entity

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(name) > _LONGEST_NAME or len(self._bases) > _DEEPEST:
            raise _EnoughError
        self._open = name, attributes, self.parser.CurrentLineNumber
        self._bases.append(_joined(self._bases[-1], attributes.get(_BASE, "")))
        self._text, self._length = [], 0

    def _characters(self, text: str) -> None:
        if self._length < _LONGEST:
            self._text.append(text)
            self._length += len(text)

    def _end(self, _name: str) -> None:
        base = self._bases.pop()
        if self._open is None:
            return
        (name, attributes, line), self._open = self._open, None
        namespace, _, local = name.rpartition(" ")
        text = "".join(self._text).strip()
        self._take(XmlElement(local, namespace, attributes, text, line, base))

    def _entity(self, *_: object) -> None:
        raise _EnoughError


def _joined(base: str, written: str) -> str:
    try:
        return urljoin(base, written)
    except ValueError:
        return base
