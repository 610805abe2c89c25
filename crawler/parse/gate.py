"""Whether a body may be parsed, and as what."""

from enum import StrEnum


class Format(StrEnum):
    """What a document is written in."""

    HTML = "html"
    CSS = "css"
    SITEMAP = "sitemap"


_FORMATS = {
    "text/html": Format.HTML,
    "application/xhtml+xml": Format.HTML,
    "text/css": Format.CSS,
    "application/xml": Format.SITEMAP,
    "text/xml": Format.SITEMAP,
}
_SITEMAP_ROOTS = (b"<urlset", b"<sitemapindex")
_PROLOGUE = 2048


def media_type(content_type: str) -> str:
    """Return the media type in a Content-Type header, in lower case and without parameters."""
    return content_type.partition(";")[0].strip().lower()


def format_of(content_type: str) -> Format | None:
    """Return what the header promises; None where nothing can be found in such a body."""
    return _FORMATS.get(media_type(content_type))


def is_sitemap(body: bytes) -> bool:
    """Return whether an XML `body` begins as a sitemap does."""
    return any(root in body[:_PROLOGUE] for root in _SITEMAP_ROOTS)
