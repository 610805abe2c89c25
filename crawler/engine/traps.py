"""Sites without an end: which URLs are one more of what there is enough of already."""

import re
from collections import Counter
from typing import TypeVar

T = TypeVar("T")

_NUMBER = re.compile(r"\d+")
# What a server makes anew for each visitor: a name that says so, and a value that nobody types.
_SESSION = re.compile(
    r"(?:[;?&](?:jsessionid|phpsessid|aspsessionid\w*|session_?id|sess_?id|sid|oscsid|zenid|cftoken)"
    r"=[\w.!-]{16,})",
    re.IGNORECASE | re.ASCII,
)

_LONGEST = 4096
_MOST_SEGMENTS = 30
_MOST_OF_A_SEGMENT = 4
_MOST_PARAMETERS = 20
_MOST_OF_A_SESSION = 5
_MOST_OF_A_PATTERN = 10_000
_MOST_OF_A_HOST = 1_000_000
_MOST_COPIES = 50
_REMEMBERED = 50_000


class Traps:
    """Knows a trap by its URLs and copies; how many of each were met is its only state.

    The limits lie far beyond what sites of documents have, so that a trap costs some thousands of
    requests, and no page of people is left out. What is counted begins anew with each process.
    """

    def __init__(self) -> None:
        self._hosts: Counter[str] = Counter()
        self._patterns: Counter[str] = Counter()
        self._copies: Counter[tuple[str, bytes]] = Counter()

    def copied(self, host: str, digest: bytes) -> bool:
        """Return whether a page that brings new URLs is one too many of the same bytes.

        A server that answers to everything with its home page has an endless tree of such: each
        relative link leads one deeper.
        """
        copy = (host, digest)
        if len(self._copies) >= _REMEMBERED and copy not in self._copies:
            self._copies = _often(self._copies)
        self._copies[copy] += 1
        return self._copies[copy] > _MOST_COPIES

    def reason(self, url: str, host: str) -> str | None:
        """Return why canonical `url` of `host`, met for the first time, is left; None where not."""
        self._hosts[host] += 1
        if self._hosts[host] > _MOST_OF_A_HOST:
            return "trap-host"
        return shape(url) or self._number(url)

    def _number(self, url: str) -> str | None:
        if _SESSION.search(url) and self._count(_SESSION.sub("", url)) > _MOST_OF_A_SESSION:
            return "trap-session"
        pattern = _pattern(url)
        if pattern != url and self._count(pattern) > _MOST_OF_A_PATTERN:
            return "trap-pattern"
        return None

    def _count(self, pattern: str) -> int:
        if len(self._patterns) >= _REMEMBERED and pattern not in self._patterns:
            self._patterns = _often(self._patterns)
        self._patterns[pattern] += 1
        return self._patterns[pattern]


def _often(met: Counter[T]) -> Counter[T]:
    """Return what was met often."""
    least = 1
    while len(met) > _REMEMBERED // 2:
        least *= 2
        met = Counter({each: number for each, number in met.items() if number >= least})
    return met


def shape(url: str) -> str | None:
    """Return why canonical `url` looks like one that a server makes up as it goes, if it does."""
    if len(url) > _LONGEST:
        return "trap-path"
    path, _, query = url.partition("?")
    if path.count("/") >= 3 + _MOST_OF_A_SEGMENT:
        segments = path.split("/")[3:]
        often = Counter(segments).most_common(1)[0][1]
        if len(segments) > _MOST_SEGMENTS or often > _MOST_OF_A_SEGMENT:
            return "trap-path"
    if query.count("&") >= _MOST_PARAMETERS:
        return "trap-query"
    return None


def _pattern(url: str) -> str:
    """Return `url` with the numbers in its path, and the values in its query, left out."""
    path, mark, query = url.partition("?")
    names = sorted({each.partition("=")[0] for each in query.split("&")})
    start = path.find("/", 8)
    return path[:start] + _NUMBER.sub("#", path[start:]) + mark + "&".join(names)
