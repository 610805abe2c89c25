"""The URLs of a `srcset`, by the parser of the HTML standard (4.8.4.2.2)."""

import re

_LEADING = re.compile(r"[\t\n\f\r ,]+")
_URL = re.compile(r"[^\t\n\f\r ]+")
# A density, or a width, which may have a height beside it.
_DESCRIPTORS = re.compile(
    r"\s*+(?:(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?x"
    r"|0*[1-9]\d*w(?:\s+0*[1-9]\d*h)?|0*[1-9]\d*h\s+0*[1-9]\d*w)?\s*",
    re.ASCII,
).fullmatch


def candidates(srcset: str) -> list[str]:
    """Return the URLs in `srcset`, as written; a comma inside a URL belongs to the URL.

    Where what stands behind a URL is not understood, a blank in a file's name, say, browsers load
    nothing.
    """
    urls: list[str] = []
    position = 0
    while True:
        if gap := _LEADING.match(srcset, position):
            position = gap.end()
        word = _URL.match(srcset, position)
        if word is None:
            return urls
        url = word[0].rstrip(",")
        position = word.end()
        if url == word[0]:
            end = _end_of_descriptors(srcset, position)
            url = url if _DESCRIPTORS(srcset, position, end) else ""
            position = end + 1
        if url:
            urls.append(url)


def _end_of_descriptors(srcset: str, position: int) -> int:
    in_parentheses = False  # they do not nest
    for index in range(position, len(srcset)):
        character = srcset[index]
        if character == "," and not in_parentheses:
            return index
        if character in "()":
            in_parentheses = character == "("
    return len(srcset)
