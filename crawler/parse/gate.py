"""Whether a body may be parsed, and as what."""

import re
from enum import StrEnum


class Format(StrEnum):
    """What a document is written in."""

    HTML = "html"
    CSS = "css"
    XML = "xml"
    FEED = "feed"
    MANIFEST = "manifest"
    JSON = "json"
    PACKED_SITEMAP = "packed sitemap"
    TEXT_SITEMAP = "text sitemap"


LISTED_TEXT = "text/x-sitemap"
"The type of a text file that a robots.txt calls a sitemap, however it is named."

_FORMATS = {
    "text/html": Format.HTML,
    "application/xhtml+xml": Format.HTML,
    "text/css": Format.CSS,
    "application/xml": Format.XML,
    "text/xml": Format.XML,
    "application/rss+xml": Format.FEED,
    "application/atom+xml": Format.FEED,
    "application/rdf+xml": Format.FEED,
    "application/manifest+json": Format.MANIFEST,
    "application/json": Format.JSON,
    LISTED_TEXT: Format.TEXT_SITEMAP,
}
# Formats that only the URL tells from all else that is of this type.
_PACKED = ("application/gzip", "application/x-gzip", "application/octet-stream")
_PACKED_SITEMAP = re.compile(r"[^?#]*\.xml\.gz(?:\?|$)", re.IGNORECASE).match
_TEXT_SITEMAP = re.compile(r"[^?#]*/[^/?#]*sitemap[^/?#]*\.txt(?:\?|$)", re.IGNORECASE).match
_SITEMAP_ROOTS = (b"<urlset", b"<sitemapindex")
_FEED_ROOTS = (b"<rss", b"<feed", b"<rdf:RDF")
_PROLOGUE = 2048


def media_type(content_type: str) -> str:
    """Return the media type in a Content-Type header, in lower case and without parameters."""
    return content_type.partition(";")[0].strip().lower()


def format_of(content_type: str, url: str = "") -> Format | None:
    """Return what the header promises of `url`; None where nothing can be found in such a body."""
    media = media_type(content_type)
    if media in _PACKED and _PACKED_SITEMAP(url):
        return Format.PACKED_SITEMAP
    if media == "text/plain" and _TEXT_SITEMAP(url):
        return Format.TEXT_SITEMAP
    return _FORMATS.get(media)


def is_sitemap(body: bytes) -> bool:
    """Return whether an XML `body` begins as a sitemap does."""
    return any(root in body[:_PROLOGUE] for root in _SITEMAP_ROOTS)


def is_feed(body: bytes) -> bool:
    """Return whether an XML `body` begins as a feed does."""
    return any(root in body[:_PROLOGUE] for root in _FEED_ROOTS)
