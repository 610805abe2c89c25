"""The URLs of a sitemap or sitemap index (sitemaps.org), in XML or as text, packed or not."""

import zlib

from crawler import packing
from crawler.parse.reference import Reference
from crawler.parse.xml import MOST, XmlElement, references_in

_LARGEST = 50 * 1024 * 1024


def locations(body: bytes) -> list[Reference]:
    """Return what a sitemap's XML `body` names, at most 50,000: pages, images, alternates."""
    return references_in(body, _of_element)


def _of_element(element: XmlElement) -> Reference | None:
    if element.name == "loc":
        kind = "sitemap image" if "image" in element.namespace else "sitemap loc"
        return Reference(kind, element.text, element.line)
    if element.name == "link" and element.namespace.endswith("/xhtml"):
        url = element.attributes.get("href", "").strip()
        return Reference("sitemap alternate", url, element.line)
    return None


def lines(text: str) -> list[Reference]:
    """Return the URLs of a text sitemap, one a line, at most 50,000; other lines are no URLs."""
    return [
        Reference("sitemap loc", line.strip(), number)
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip().lower().startswith(("http://", "https://"))
    ][:MOST]


def unpacked(body: bytes) -> bytes:
    """Return `body` without gzip's packing, at most 50 MB of it; as it is where it has none."""
    if not body.startswith(packing.GZIP):
        return body
    try:
        return packing.unpacked(body, _LARGEST)
    except zlib.error:
        return b""
