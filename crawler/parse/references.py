"""What a document refers to, collected while it is read: merged, resolved, with text and line."""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from html import unescape

from crawler.model import Link
from crawler.urls import Resolver

_LONGEST_TEXT = 120
_LONGEST_HREF = 2048
_ESCAPED = re.compile("=\\s*(?:\"([^\"<>]*&[^\"<>]*)\"|'([^'<>]*&[^'<>]*)')")

# In so short a text str.find needs no preparation, which would cost more than the search; and
# the next link is seldom further away.
_NEAR = 2000
# Each costs a look at all the rest of the source; so a page of many odd links stays linear.
_VAIN_SEARCHES = 100


@dataclass(slots=True)
class _Reference:
    """What a document refers to in one kind; `occurrences` alone changes."""

    href: str
    text: str
    line: int | None
    section: str | None
    occurrences: int = 0


class References:
    """The links of one document, in its order; only `add` changes them.

    References of one kind to one place are one link, with the text and line of the first, and with
    what `section` says at that time: who reads the document sets it.
    """

    def __init__(self, resolver: Resolver, base: str, source: str) -> None:
        self.targets: dict[int, str] = {}
        self.section: str | None = None
        self._resolver = resolver
        self._line_of: Callable[[str], int | None] = _Lines(source).of
        self._places: dict[tuple[int, str, str], _Reference] = {}
        self.base(base)

    def base(self, base: str) -> None:
        """Let what is added from now on be relative to canonical `base`."""
        self._resolve = self._resolver.at(base).resolve
        self._written: defaultdict[str, dict[str, _Reference]] = defaultdict(dict)

    def add(
        self, kind: str, href: str, text: Callable[[], str | None], line: int | None = None
    ) -> None:
        """Count a reference; its text, and its line where not given, are found for a first one."""
        written = self._written[kind]
        reference = written.get(href)
        if reference is None:
            reference = written[href] = self._place(kind, href, text, line)
        reference.occurrences += 1

    def add_unwritten(self, kind: str, href: str) -> None:
        """Count a reference that stands on no line of the source."""
        self._line_of, line_of = _no_line, self._line_of
        self.add(kind, href, str)
        self._line_of = line_of

    def links(self) -> list[Link]:
        """Return the links in the order in which they were first added."""
        return [
            Link(target, fragment, kind, ref.href, ref.text, ref.line, ref.occurrences, ref.section)
            for (target, fragment, kind), ref in self._places.items()
        ]

    def _place(
        self, kind: str, href: str, text: Callable[[], str | None], line: int | None
    ) -> _Reference:
        target = self._resolve(href)
        if target is None:
            return _Reference(href, "", None, None)
        place = (target.id, target.fragment, kind)
        known = self._places.get(place)
        if known is not None:
            return known
        self.targets[target.id] = target.url
        words = " ".join((text() or "").split())[:_LONGEST_TEXT]
        where = self._line_of(href) if line is None else line
        reference = self._places[place] = _Reference(
            href[:_LONGEST_HREF], words, where, self.section
        )
        return reference


def _no_line(_href: str) -> None:
    return None


class _Lines:
    """Finds the lines of attribute values that are asked for in the order of the source.

    The parser gives no positions, but nodes in document order: so each search goes on where the
    last one ended, and all of them together pass over the source once.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._position = 0
        self._line = 1
        self._vain = 0

    def of(self, value: str) -> int | None:
        """Return the line, from 1, of the next place where `value` is written; None without one."""
        found = self._near(value)
        if found < 0 and "&" in value:
            found = self._escaped.get(value, -1)
        if found < 0:
            found = self._far(value)
        if found < 0:
            found = self._escaped.get(value, -1)
        if found < self._position:
            return None if found < 0 else 1 + self._source.count("\n", 0, found)
        self._line += self._source.count("\n", self._position, found)
        self._position = found
        return self._line

    def _near(self, value: str) -> int:
        start, end = self._position, self._position + _NEAR
        found = self._source.find(f'"{value}"', start, end)
        return found if found >= 0 else self._source.find(f"'{value}'", start, end)

    def _far(self, value: str) -> int:
        """Search all that is left; after some such searches in vain, only what is near."""
        end = len(self._source) if self._vain < _VAIN_SEARCHES else self._position + _NEAR
        for written in (f'"{value}"', f"'{value}'", value):
            found = self._source.find(written, self._position, end)
            if found >= 0:
                return found
            self._vain += 1
        return -1

    @cached_property
    def _escaped(self) -> dict[str, int]:
        """Where the values that are written with character references stand."""
        places: dict[str, int] = {}
        for match in _ESCAPED.finditer(self._source):
            places.setdefault(unescape(match[1] or match[2]), match.start())
        return places
