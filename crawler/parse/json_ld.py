"""The URLs of JSON-LD, by which a page describes itself in the words of schema.org."""

from collections.abc import Iterator

from crawler.parse.json_text import json_in, whole
from crawler.parse.reference import Reference

# Properties of schema.org whose values are documents. Not here: `@context` and `@type`, which name
# words, and `urlTemplate`, which is none yet.
_PROPERTIES = frozenset(
    (
        *("url", "@id", "image", "logo", "sameAs", "contentUrl", "thumbnailUrl", "thumbnail"),
        *("mainEntityOfPage", "embedUrl", "downloadUrl", "installUrl", "photo", "license", "item"),
        *("codeRepository", "discussionUrl", "relatedLink", "significantLink", "isBasedOn"),
    )
)


def json_ld_references(source: str) -> list[Reference]:
    """Return the absolute http(s) URLs in `source`; none where it is no JSON.

    An `@id` is a name: what it has after a `#` need not be in the page.
    """
    return [
        Reference(f"json-ld {key.removeprefix('@')}", _url(key, value))
        for key, value in _strings(json_in(source))
        if key in _PROPERTIES and value.startswith(("http://", "https://"))
    ]


def _url(key: str, value: str) -> str:
    return whole(value.partition("#")[0] if key == "@id" else value)


def _strings(document: object) -> Iterator[tuple[str, str]]:
    """Yield every string with the key that it stands under, in the order of the document."""
    waiting: list[tuple[str, object]] = [("", document)]
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, list):
            waiting += [(key, each) for each in reversed(value)]
        elif isinstance(value, dict):
            waiting += [(str(name), value[name]) for name in reversed(value)]
