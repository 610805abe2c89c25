"""The URLs of a `srcset`, by the parser of the HTML standard (4.8.4.2.2)."""

import re

_LEADING = re.compile(r"[\t\n\f\r ,]+")
_URL = re.compile(r"[^\t\n\f\r ]+")


def candidates(srcset: str) -> list[str]:
    """Return the URLs in `srcset`, as written; a comma inside a URL belongs to the URL."""
    urls: list[str] = []
    position = 0
    while True:
        if gap := _LEADING.match(srcset, position):
            position = gap.end()
        word = _URL.match(srcset, position)
        if word is None:
            return urls
        url = word[0].rstrip(",")
        urls.append(url)
        position = word.end()
        if url == word[0]:
            position = _end_of_descriptors(srcset, position)


def _end_of_descriptors(srcset: str, position: int) -> int:
    in_parentheses = False  # they do not nest
    for index in range(position, len(srcset)):
        character = srcset[index]
        if character == "," and not in_parentheses:
            return index + 1
        if character in "()":
            in_parentheses = character == "("
    return len(srcset)
