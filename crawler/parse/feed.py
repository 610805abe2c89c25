"""The URLs of a feed: RSS 2.0, RSS 1.0 or Atom (RFC 4287)."""

from crawler.parse.reference import Reference
from crawler.parse.rel import names_no_document
from crawler.parse.xml import XmlElement, references_in

_ATOM = "http://www.w3.org/2005/Atom"
# Namespaces of RSS: 2.0 has none, but had one in its early days. All others are of extensions,
# which have a number in `comments`, say.
_RSS = frozenset(
    (
        *("", "http://purl.org/rss/1.0/", "http://purl.org/net/rss1.1#"),
        *("http://my.netscape.com/rdf/simple/0.9/", "http://channel.netscape.com/rdf/simple/0.9/"),
        *("http://backend.userland.com/rss", "http://backend.userland.com/rss2"),
        *("http://backend.userland.com/RSS2", "http://blogs.law.harvard.edu/tech/rss"),
    )
)
# Elements of RSS whose text is a URL.
_TEXTS = ("link", "guid", "comments", "docs", "url")
# Elements of Atom with a URL in an attribute, and those whose text is one.
_ATOM_ATTRIBUTES = {"link": "href", "content": "src"}
_ATOM_TEXTS = ("icon", "logo")


def feed_references(body: bytes) -> list[Reference]:
    """Return what the feed `body` refers to; nothing where it is none."""
    return references_in(body, _of_element)


def _of_element(element: XmlElement) -> Reference | None:
    if element.namespace == _ATOM:
        return _of_atom(element)
    return _of_rss(element) if element.namespace in _RSS else None


def _of_atom(element: XmlElement) -> Reference | None:
    kind = f"atom {element.name}"
    if element.name in _ATOM_TEXTS:
        return Reference(kind, element.text, element.line, element.base)
    attribute = _ATOM_ATTRIBUTES.get(element.name)
    if attribute is None or names_no_document(element.attributes.get("rel", "")):
        return None
    url = element.attributes.get(attribute, "").strip()
    return Reference(kind, url, element.line, element.base)


def _of_rss(element: XmlElement) -> Reference | None:
    kind = f"rss {element.name}"
    if element.name == "enclosure":
        return Reference(kind, element.attributes.get("url", "").strip(), element.line)
    if element.name not in _TEXTS or not _is_link(element):
        return None
    return Reference(kind, element.text, element.line)


def _is_link(element: XmlElement) -> bool:
    """Return False for a guid that says it is no link, or cannot be one."""
    if element.name != "guid":
        return True
    permanent = element.attributes.get("isPermaLink", "true").strip().lower() == "true"
    return permanent and element.text.startswith(("http://", "https://"))
