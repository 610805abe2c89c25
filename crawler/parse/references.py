"""What a document refers to, collected while it is read: merged, resolved, with text and line."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from urllib.parse import unquote

from crawler.document import Document, Link, LinkValues, Signs
from crawler.parse.charset import UTF_8
from crawler.parse.lines import Lines
from crawler.parse.metadata import REFRESH
from crawler.parse.query import resolve_in
from crawler.repository import rooted
from crawler.urls import Resolver, Target

MOST = 50_000
"Links of a document that are read: an index of 20,000 is long, a million are an attack."

_LONGEST_TEXT = 120
_LONGEST_HREF = 2048
_WIDTH = len(Link._fields)
_OCCURRENCES = Link._fields.index("occurrences")
# In a URL up to its path, with the one that a path begins with.
_SLASHES = 3
# The last letters of the kinds whose attributes have several values, or more than a value.
OF_SEVERAL = ("srcset", " ping", REFRESH)

LONGEST_NAME = 600
"Of an anchor, or of a fragment, so many characters are kept for certain."
# What a key of PostgreSQL's can hold, together with the numbers in it.
_LONGEST_BYTES = 4 * LONGEST_NAME


class References:
    """The links of one document, in its order; only `add`, and who does its work, changes them.

    References of one kind to one place are one link, with the text and line of the first, and with
    what `section` says at that time: who reads the document sets it. `counts` says of each link, by
    its number from 1, how often it came; 0 is the number of all that leads nowhere. `source` is the
    document in UTF-8, `encoding` Python's name of the encoding that queries are in.
    """

    def __init__(self, resolver: Resolver, base: str, source: bytes) -> None:
        self.targets: dict[int, str] = {}
        self.section: str | None = None
        self.encoding = UTF_8
        self.counts = [0]
        self._values: LinkValues = []
        self._resolver = resolver
        lines = Lines(source)
        self._line_of: Callable[[str, bool], int | None] = lines.of
        self._pass_over = lines.pass_over
        self._places: dict[tuple[int, str, str], int] = {}
        self.base(base)

    def base(self, base: str, encoding: str | None = None) -> None:
        """Let what is added from now on be relative to canonical `base`, and in `encoding`."""
        self.encoding = encoding or self.encoding
        resolve = self._resolver.at(base).resolve
        is_usual = self.encoding == UTF_8
        self._resolve: Callable[[str], Target | None]
        self._resolve = resolve if is_usual else partial(resolve_in, self.encoding, resolve)
        self._written: defaultdict[str, dict[str, int]] = defaultdict(dict)

    def in_repository(self, url: str) -> None:
        """Let what is added be of the file of a repository at canonical `url`: see `rooted`."""
        resolve, depth = self._resolve, url.partition("?")[0].count("/") - _SLASHES
        self._resolve = lambda reference: resolve(rooted(reference, depth))

    def add(
        self, kind: str, href: str, text: Callable[[], str | None], line: int | None = None
    ) -> None:
        """Count a reference; its text, and its line where not given, are found for a first one."""
        written = self._written[kind]
        number = written.get(href)
        if number is None:
            number = written[href] = self.place(kind, href, text, line)
        elif kind == "link href":  # a head may name twice what the page links to
            self._pass_over(href)
        self.counts[number] += 1

    def written(self, kind: str) -> dict[str, int]:
        """Return the numbers of what was added of a kind, by what was written, for this base."""
        return self._written[kind]

    def add_unwritten(self, kind: str, href: str) -> None:
        """Count a reference that stands on no line of the source."""
        self._line_of, line_of = _no_line, self._line_of
        self.add(kind, href, str)
        self._line_of = line_of

    def document(self, signs: Signs, anchors: Iterable[str]) -> Document:
        """Return the document with these links, in the order in which they were first added."""
        self._values[_OCCURRENCES::_WIDTH] = self.counts[1:]
        names = list(anchors)
        if max(map(len, names), default=0) > LONGEST_NAME:
            names = list(dict.fromkeys(map(shortened, names)))
        return Document(signs, self._values, names, self._places.keys(), self.targets)

    def place(
        self, kind: str, href: str, text: Callable[[], str | None], line: int | None = None
    ) -> int:
        """Return the number of the link that `href` is, which may be new; 0 where there is none."""
        target = self._resolve(href)
        if target is None:
            return 0
        target_id, url, fragment = target
        if len(fragment) > LONGEST_NAME:
            # Encoded it may be nine times as long as its anchor, and would be cut elsewhere.
            fragment = shortened(unquote(fragment).replace("\0", "\ufffd"))
        place = (target_id, fragment, kind)
        number = self._places.get(place)
        if number is not None:
            return number
        number = len(self.counts)
        if number > MOST:
            return 0
        self._places[place] = number
        self.counts.append(0)
        self.targets[target_id] = url
        words = " ".join((text() or "").split())[:_LONGEST_TEXT]
        where = self._line_of(href, kind.endswith(OF_SEVERAL)) if line is None else line
        written = href[:_LONGEST_HREF]
        self._values += (target_id, fragment, kind, written, words, where, 1, self.section)
        return number


def shortened(name: str) -> str:
    """Return what a database's key can hold of an anchor's name, or of a fragment."""
    if len(name) <= LONGEST_NAME:
        return name
    return name.encode("utf-8", "replace")[:_LONGEST_BYTES].decode("utf-8", "ignore")


def _no_line(_href: str, _several: bool) -> None:  # noqa: FBT001 - as `Lines.of`
    return None
