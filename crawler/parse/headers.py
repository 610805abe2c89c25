"""The URLs in the headers of a response: `Link`, `Refresh` and `Content-Location`."""

import re
from collections.abc import Iterable, Iterator, Mapping

from crawler.parse.metadata import refresh_of
from crawler.parse.rel import names_no_document

HEADER_REFRESH = "header refresh"
"The kind of what an answer leads on to by itself."

# Link = #( "<" URI-Reference ">" *( OWS ";" OWS parameter ) ), RFC 8288, section 3.
_URL = re.compile(r"[\s,]*+<([^<>]*)>")
_PARAMETER = re.compile(
    r"""\s*;\s*(?P<name>[^\s=;,"<>]*)\s*(?:=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"?|(?P<bare>[^;,"<>]*)))?"""
)
_NEXT = re.compile(r"[^,]*(?:[,\s]++|$)")


def header_references(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return kind and URL of what `headers` (names in lower case) refer to.

    They are relative to the URL that answered, whatever the body says its base is.
    """
    found = [("header link", url) for url in link_urls(headers.get("link", ""))]
    if url := refresh_of(headers.get("refresh", "")):
        found.append((HEADER_REFRESH, url))
    if url := headers.get("content-location", "").strip():
        found.append(("header content-location", url))
    return found


def leads_on(headers: Iterable[tuple[str, str]]) -> bool:
    """Return whether, of what headers refer to, there is something to which the page leads."""
    return any(kind == HEADER_REFRESH for kind, _ in headers)


def link_urls(header: str) -> list[str]:
    """Return the URLs of a `Link` header (RFC 8288), but of those that name no document."""
    return [url for url, rel in _links(header) if url and not names_no_document(rel)]


def _links(header: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(header):
        match = _URL.match(header, position)
        if match is None:
            position = _after_comma(header, position)
            continue
        rel, position = _rel(header, match.end())
        yield match[1].strip(), rel
        position = _after_comma(header, position)


def _rel(header: str, position: int) -> tuple[str, int]:
    """Return the first `rel` among the parameters at `position`, and where they end."""
    rel: str | None = None
    while match := _PARAMETER.match(header, position):
        position = match.end()
        if rel is None and match["name"].lower() == "rel":
            rel = match["quoted"] or match["bare"] or ""
    return rel or "", position


def _after_comma(header: str, position: int) -> int:
    match = _NEXT.match(header, position)
    return match.end() if match else len(header)
