"""XHTML as a parser of HTML can read it, to which a slash ends no element."""

import re
from codecs import BOM_UTF8

from crawler.parse.gate import EMPTY, PROLOGUE

XHTML = "application/xhtml+xml"
"Its media type."

# No value of XML has a `<` in it: so a search that fails ends at the next one.
_CLOSED = re.compile(
    rb"""<(?:!--.*?(?:-->|\Z)|!\[CDATA\[.*?(?:\]\]>|\Z)|\?.*?(?:\?>|\Z)"""
    rb"""|([A-Za-z_][^\s<>/]*+)(?:[^<>"'/]++|"[^"<]*+"|'[^'<]*+')*+/>)""",
    re.DOTALL,
)
_ROOT = re.compile(
    rb"""\s*(?:(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>]*>)\s*)*+<html(?=\s)[^>]*?"""
    rb"""\sxmlns\s*=\s*["']http://www\.w3\.org/1999/xhtml["']""",
    re.DOTALL,
).match


def is_xhtml(body: bytes) -> bool:
    """Return whether an XML `body` begins as a page does."""
    return _ROOT(body[:PROLOGUE].removeprefix(BOM_UTF8)) is not None


def with_ends(utf8: bytes) -> bytes:
    """Return XHTML with an end of its own for each element that a slash ends: `<a></a>`."""
    return _CLOSED.sub(_ended, utf8)


def _ended(element: re.Match[bytes]) -> bytes:
    written, name = element[0], element[1]
    if name is None or name in EMPTY:
        return written
    return b"%b></%b>" % (written[:-2], name)
