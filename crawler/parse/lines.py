"""On which line of a source the values of attributes stand."""

import re
from collections.abc import Callable
from functools import cached_property
from html import unescape

# Values that have a `&` in them; of those without quotes all, which so are passed over once.
_ESCAPED = re.compile(
    rb"""=\s*+(?:"([^"<>&]*+&[^"<>]*+)"|'([^'<>&]*+&[^'<>]*+)'"""
    rb"""|((?:[^\s"'<>=]++|=(?!["']))++))"""
)

# In so short a text a search needs no preparation, which would cost more than it does; and the
# next link is seldom further away.
_NEAR = 2000
# The last letters of the attributes that refer to something, as they stand before a quote.
_ATTRIBUTES = frozenset(
    (
        *(b"href=", b" src=", b"\nsrc=", b"-src=", b"rset=", b"data=", b"cite=", b"tion="),
        *(b"ster=", b"ound=", b"tent=", b"ping=", b"desc=", b"emap="),
    )
)
# What stands around a value without quotes, and around one of several in an attribute.
_BLANKS = (b" ", b"\t", b"\n", b"\f", b"\r")
_BEFORE = frozenset((*_BLANKS, b'"', b"'", b",", b"(", b";"))
_AFTER = frozenset((*_BLANKS, b'"', b"'", b",", b")", b";"))
_NAMES = (b"href=", b"src=", b"HREF=", b"SRC=")
_AFTER_BARE = frozenset((*_BLANKS, b"/", b">"))
_MOST_PLACES = 50

# Each costs a look at all the rest of the source; so a page of many odd links stays linear.
_VAIN_SEARCHES = 100


class Lines:
    """Finds the lines of attribute values that are asked for in the order of the source, in UTF-8.

    The parser gives no positions, but nodes in document order: so each search goes on where the
    last one ended, and all of them together pass over the source once.
    """

    def __init__(self, source: bytes) -> None:
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
        sought = value.encode("utf-8", "replace")
        found = source.find(b'"%b"' % sought, position, position + _NEAR)
        if several or found < 0 or source[found - 5 : found] not in _ATTRIBUTES:
            found = self._otherwise_written(sought, several=several)
            if found < position:
                return None if found < 0 else 1 + source.count(b"\n", 0, found)
        elif self._has_others:
            found = self._nearest(sought, found)
        self._position = found + 1
        self._line += source.count(b"\n", position, found + 1)
        return self._line

    def pass_over(self, value: str) -> None:
        """Have what follows be looked for behind the next place of `value`, if that is near."""
        if self._quoted(value.encode("utf-8", "replace"), self._position + _NEAR) >= 0:
            self.of(value, several=False)

    def _quoted(self, value: bytes, end: int) -> int:
        """Return where `value` stands as nearly all do, else -1."""
        found = self._source.find(b'"%b"' % value, self._position, end)
        return found if self._source[found - 5 : found] in _ATTRIBUTES else -1

    def _nearest(self, value: bytes, found: int) -> int:
        """Return where `value` is in single quotes before `found`, else `found`."""
        source, position = self._source, self._position
        is_quoted = source.find(b"'%b'" % value, position, found) >= 0
        if not is_quoted and source.find(b"=%b" % value, position, found) < 0:
            return found
        before = self._attribute(value, position, found)
        return found if before < 0 else before

    def _otherwise_written(self, value: bytes, *, several: bool) -> int:
        """Search all that is left; after some such searches in vain, only what is near."""
        if b"&" in value and value in self._escaped:
            return self._escaped[value]
        start, near = self._position, self._position + _NEAR
        is_long = b"/" in value or b"." in value
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

    def _anywhere(self, value: bytes) -> int:
        """Search all that is left, and then what was passed over, some times."""
        start, end = self._position, len(self._source)
        found = -1
        if self._vain < _VAIN_SEARCHES:
            found = self._attribute(value, start, end)
            # What is found in double quotes is passed over with all that was looked through.
            self._vain += self._source[found : found + 1] != b'"' or found < 0
            found = self._part(value, end) if found < 0 else found
            found = self._attribute(value, 0, start) if found < 0 else found
        return self._escaped.get(value, -1) if found < 0 else found

    def _attribute(self, value: bytes, start: int, end: int) -> int:
        """Return where `value` is next all of an attribute that refers to something, else -1."""
        first = self._place(b'"%b"' % value, start, end, self._is_named)
        for form in self._forms:
            fits = self._is_bare if form[:1] == b"=" else self._is_named
            place = self._place(form % value, start, end if first < 0 else first, fits)
            first = place if place >= 0 else first
        return first

    @cached_property
    def _has_others(self) -> bool:
        """Whether some values may be in single quotes."""
        return b"='" in self._source

    @cached_property
    def _forms(self) -> list[bytes]:
        """How values are written in this source, but for that in double quotes."""
        forms = []
        if b"='" in self._source or b"= '" in self._source:
            forms.append(b"'%b'")
        if any(self._source.count(name) > self._source.count(name + b'"') for name in _NAMES):
            forms.append(b"=%b")
        return forms

    def _part(self, value: bytes, end: int) -> int:
        """Return where `value` stands next as a word of its own, as in a `srcset`, else -1."""
        return self._place(value, self._position, end, self._is_word)

    def _place(self, written: bytes, start: int, end: int, fits: Callable[[int, int], bool]) -> int:
        place = start - 1
        for _ in range(_MOST_PLACES):
            place = self._source.find(written, place + 1, end)
            if place < 0 or fits(place, place + len(written)):
                return place
        return -1

    def _is_named(self, start: int, _end: int) -> bool:
        before = self._source[max(0, start - 16) : start].rstrip()
        name = before[:-1].rstrip()[-4:]
        return before.endswith(b"=") and name.lower() + b"=" in _ATTRIBUTES

    def _is_bare(self, start: int, end: int) -> bool:
        return self._is_named(start + 1, end) and self._source[end : end + 1] in _AFTER_BARE

    def _is_word(self, start: int, end: int) -> bool:
        before = self._source[max(0, start - 4) : start]
        fits = before[-1:] in _BEFORE or before.lower() == b"url="  # of a refresh
        return fits and self._source[end : end + 1] in _AFTER

    @cached_property
    def _escaped(self) -> dict[bytes, int]:
        """Where the values that are written with character references stand."""
        places: dict[bytes, int] = {}
        for match in _ESCAPED.finditer(self._source):
            value = match[1] or match[2] or match[3]
            if b"&" in value and self._is_named(match.start() + 1, 0):
                places.setdefault(unescape(value.decode()).encode(), match.start())
        return places
