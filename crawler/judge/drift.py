"""Whether a page is still the one it was: by its title, and by a fingerprint of its words."""

import re
from hashlib import blake2b
from itertools import pairwise

# Of two unrelated texts half of the 64 bits differ, of two versions of one a few.
_FAR = 20
# A text of fewer words says nothing by them; more than so many say no more.
_FEW = 20
_MANY = 5000
_WORD = re.compile(r"\w+")
_ALL = (1 << 64) - 1
_LANE = 16
# A byte, each of its bits in a lane of its own: so eight are counted by one addition.
_SPREAD = tuple(sum((byte >> bit & 1) << bit * _LANE for bit in range(8)) for byte in range(256))


def fingerprint(text: str) -> int | None:
    """Return the simhash of a text (Charikar 2002) as a signed integer; None for a short one.

    Texts that share most of their words have fingerprints that share most of their bits.
    """
    words = _WORD.findall(text.casefold())[:_MANY]
    if len(words) < _FEW:
        return None
    pairs = set(pairwise(words))
    sums = [0] * 8
    for pair in pairs:
        for place, byte in enumerate(blake2b(repr(pair).encode(), digest_size=8).digest()):
            sums[place] += _SPREAD[byte]
    counts = ((total >> bit * _LANE) % (1 << _LANE) for total in sums for bit in range(8))
    bits = sum((2 * count > len(pairs)) << place for place, count in enumerate(counts))
    return bits - (1 << 64) if bits >> 63 else bits


def drift(before: tuple[str | None, int | None], now: tuple[str | None, int | None]) -> str | None:
    """Return what became of a page in words, by title and fingerprint, where it is another one."""
    (title, words), (new_title, new_words) = before, now
    if title == new_title:
        return None
    if words is not None and new_words is not None and _difference(words, new_words) < _FAR:
        return None
    return f'the title was "{title or ""}" and is "{new_title or ""}"'


def _difference(first: int, second: int) -> int:
    return ((first ^ second) & _ALL).bit_count()
