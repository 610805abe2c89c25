"""The URLs in `<meta>`: where a page refreshes to, and what it shows of itself elsewhere."""

import re
from collections.abc import Mapping

from crawler.parse.reference import Reference

REFRESH = "meta refresh"
"The kind of what a page leads on to by itself."

_REFRESH = re.compile(
    r"""[\t\n\f\r ]*+(?:\d++|(?=\.))[\d.]*+
    (?:[\t\n\f\r ]*+[;,]|[\t\n\f\r ])[\t\n\f\r ]*+
    (?:url[\t\n\f\r ]*+=[\t\n\f\r ]*+)?
    (?:"(?P<double>[^"]*)|'(?P<single>[^']*)|(?P<bare>.*))""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
).match
_CARDS = ("og:", "twitter:")
_ABSOLUTE = re.compile(r"(?:https?:)?//\S+", re.IGNORECASE).fullmatch
_RELATIVE = re.compile(r"\.{0,2}/\S*").fullmatch
# Properties whose content is always a URL, so that a relative one can be told from a text.
_URLS = ("image", "url", "video", "audio", "player", "stream", "image:src")

# Windows fetches it for a tile of the start menu, however it is written.
_TILE = "msapplication-tileimage"


def refresh_of(content: str) -> str | None:
    """Return the URL in a refresh's `content`, as in `0; url=there`; None where it has none.

    By the shared declarative refresh steps of the HTML standard, which hold for the header too.
    """
    match = _REFRESH(content)
    if match is None:
        return None
    return (match["double"] or match["single"] or match["bare"] or "").strip() or None


def meta_reference(attributes: Mapping[str, str | None]) -> Reference | None:
    """Return what a `<meta>` with these attributes refers to."""
    content = attributes.get("content")
    if not content:
        return None
    if (attributes.get("http-equiv") or "").lower() == "refresh":
        url = refresh_of(content)
        return None if url is None else Reference(REFRESH, url)
    name = (attributes.get("property") or attributes.get("name") or "").strip().lower()
    if name == _TILE:
        return Reference(f"meta {name}", content.strip())
    return _of_card(name, content.strip()) if name.startswith(_CARDS) else None


def _of_card(name: str, content: str) -> Reference | None:
    relative = name.partition(":")[2].endswith(_URLS) and _RELATIVE(content)
    return Reference(f"meta {name}", content) if relative or _ABSOLUTE(content) else None
