"""On which line of a source the values of attributes stand."""

import re
from collections.abc import Callable
from functools import cached_property
from html import unescape

# Values that have a `&` in them; of those without quotes all, which so are passed over once.
_ESCAPED = re.compile(
    r"""=\s*+(?:"([^"<>&]*+&[^"<>]*+)"|'([^'<>&]*+&[^'<>]*+)'"""
    r"""|((?:[^\s"'<>=]++|=(?!["']))++))"""
)

# In so short a text str.find needs no preparation, which would cost more than the search; and
# the next link is seldom further away.
_NEAR = 2000
# The last letters of the attributes that refer to something, as they stand before a quote.
_ATTRIBUTES = frozenset(
    (
        *("href=", " src=", "\nsrc=", "-src=", "rset=", "data=", "cite=", "tion=", "ster="),
        *("ound=", "tent=", "ping=", "desc=", "emap="),
    )
)
# What stands around a value without quotes, and around one of several in an attribute.
_BEFORE, _AFTER = frozenset("\"' \t\n\f\r,(;"), frozenset("\"' \t\n\f\r,);")
_NAMES = ("href=", "src=", "HREF=", "SRC=")
_AFTER_BARE = frozenset(" \t\n\f\r/>")
_MOST_PLACES = 50

# Each costs a look at all the rest of the source; so a page of many odd links stays linear.
_VAIN_SEARCHES = 100


class Lines:
    """Finds the lines of attribute values that are asked for in the order of the source.

    The parser gives no positions, but nodes in document order: so each search goes on where the
    last one ended, and all of them together pass over the source once.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._position = 0
        self._line = 1
        self._vain = 0
        self._is_odd = False  # something in it was written in another form than usual

    def of(self, value: str, several: bool) -> int | None:  # noqa: FBT001 - on the hot path
        """Return the line, from 1, of the next place where `value` is written; None without one.

        `several` says that it may be one of several in an attribute.
        """
        source, position = self._source, self._position
        found = source.find(f'"{value}"', position, position + _NEAR)
        if several or found < 0 or source[found - 5 : found] not in _ATTRIBUTES:
            found = self._otherwise_written(value, several=several)
            if found < position:
                return None if found < 0 else 1 + source.count("\n", 0, found)
        elif self._has_others:
            found = self._nearest(value, found)
        self._position = found + 1
        self._line += source.count("\n", position, found + 1)
        return self._line

    def pass_over(self, value: str) -> None:
        """Have what follows be looked for behind the next place of `value`, if that is near."""
        if self._quoted(value, self._position + _NEAR) >= 0:
            self.of(value, several=False)

    def _quoted(self, value: str, end: int) -> int:
        """Return where `value` stands as nearly all do, else -1."""
        found = self._source.find(f'"{value}"', self._position, end)
        return found if self._source[found - 5 : found] in _ATTRIBUTES else -1

    def _nearest(self, value: str, found: int) -> int:
        """Return where `value` is in single quotes before `found`, else `found`."""
        source, position = self._source, self._position
        is_quoted = source.find(f"'{value}'", position, found) >= 0
        if not is_quoted and source.find(f"={value}", position, found) < 0:
            return found
        before = self._attribute(value, position, found)
        return found if before < 0 else before

    def _otherwise_written(self, value: str, *, several: bool) -> int:
        """Search all that is left; after some such searches in vain, only what is near."""
        if "&" in value and value in self._escaped:
            return self._escaped[value]
        start, near = self._position, self._position + _NEAR
        is_long = "/" in value or "." in value
        found = self._part(value, near) if several and is_long else -1
        if found < 0 and not self._is_odd:
            found = self._quoted(value, len(self._source))
            found = self._nearest(value, found) if found > near and self._has_others else found
        if found >= 0:
            return found
        self._is_odd = True
        found = self._attribute(value, start, near)
        if found < 0 and is_long:
            found = self._part(value, near)
        return self._anywhere(value) if found < 0 else found

    def _anywhere(self, value: str) -> int:
        """Search all that is left, and then what was passed over, some times."""
        start, end = self._position, len(self._source)
        found = -1
        if self._vain < _VAIN_SEARCHES:
            found = self._attribute(value, start, end)
            # What is found in double quotes is passed over with all that was looked through.
            self._vain += self._source[found : found + 1] != '"' or found < 0
            found = self._part(value, end) if found < 0 else found
            found = self._attribute(value, 0, start) if found < 0 else found
        return self._escaped.get(value, -1) if found < 0 else found

    def _attribute(self, value: str, start: int, end: int) -> int:
        """Return where `value` is next all of an attribute that refers to something, else -1."""
        first = self._place(f'"{value}"', start, end, self._is_named)
        for form in self._forms:
            fits = self._is_bare if form[0] == "=" else self._is_named
            place = self._place(form % value, start, end if first < 0 else first, fits)
            first = place if place >= 0 else first
        return first

    @cached_property
    def _has_others(self) -> bool:
        """Whether some values may be in single quotes."""
        return "='" in self._source

    @cached_property
    def _forms(self) -> list[str]:
        """How values are written in this source, but for that in double quotes."""
        forms = []
        if "='" in self._source or "= '" in self._source:
            forms.append("'%s'")
        if any(self._source.count(name) > self._source.count(f'{name}"') for name in _NAMES):
            forms.append("=%s")
        return forms

    def _part(self, value: str, end: int) -> int:
        """Return where `value` stands next as a word of its own, as in a `srcset`, else -1."""
        return self._place(value, self._position, end, self._is_word)

    def _place(self, written: str, start: int, end: int, fits: Callable[[int, int], bool]) -> int:
        place = start - 1
        for _ in range(_MOST_PLACES):
            place = self._source.find(written, place + 1, end)
            if place < 0 or fits(place, place + len(written)):
                return place
        return -1

    def _is_named(self, start: int, _end: int) -> bool:
        before = self._source[max(0, start - 16) : start].rstrip()
        name = before[:-1].rstrip()[-4:]
        return before.endswith("=") and f"{name}=".lower() in _ATTRIBUTES

    def _is_bare(self, start: int, end: int) -> bool:
        return self._is_named(start + 1, end) and self._source[end : end + 1] in _AFTER_BARE

    def _is_word(self, start: int, end: int) -> bool:
        before = self._source[max(0, start - 4) : start]
        fits = before[-1:] in _BEFORE or before.lower() == "url="  # of a refresh
        return fits and self._source[end : end + 1] in _AFTER

    @cached_property
    def _escaped(self) -> dict[str, int]:
        """Where the values that are written with character references stand."""
        places: dict[str, int] = {}
        for match in _ESCAPED.finditer(self._source):
            value = match[1] or match[2] or match[3]
            if "&" in value and self._is_named(match.start() + 1, 0):
                places.setdefault(unescape(value), match.start())
        return places
