"""The URLs of an import map, by which scripts import modules (HTML standard, 8.1.6.2)."""

from collections.abc import Iterator

from crawler.parse.json_text import json_in, whole
from crawler.parse.reference import Reference

_STARTS = ("/", "./", "../", "http://", "https://")


def import_map_references(source: str) -> list[Reference]:
    """Return the modules that `source` gives names to, none where it is no import map.

    Without those of a folder: what scripts take out of it is not written here.
    """
    return [
        Reference("import map", whole(url))
        for url in _addresses(json_in(source))
        if isinstance(url, str) and url.startswith(_STARTS) and not url.endswith("/")
    ]


def _addresses(document: object) -> Iterator[object]:
    if isinstance(document, dict):
        scopes = document.get("scopes")
        inner = scopes.values() if isinstance(scopes, dict) else ()
        for names in (document.get("imports"), *inner):
            if isinstance(names, dict):
                yield from names.values()
