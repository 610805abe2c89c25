"""HTML documents as the parser reads them, in a test."""

from crawler.document import Document, Link
from crawler.parse.charset import Text
from crawler.parse.html import read_html
from crawler.parse.references import References
from crawler.urls import Resolver, resolve

URL = "https://example.org/a/b.html"


def read(source: str, *, follow: bool = True) -> Document:
    utf8 = source.encode()
    return read_html(Text(utf8), URL, References(Resolver(), URL, utf8), follow=follow)


def places(source: str) -> list[str]:
    """Return kind and target of every link of the document."""
    document = read(source)
    return [f"{link.kind} {_short(document.targets[link.target_id])}" for link in document.links]


def only(source: str) -> Link:
    (link,) = read(source).links
    return link


def here(reference: str) -> str:
    """Return where a reference in the document leads."""
    target = resolve(URL, reference)
    assert target is not None
    return target.url


def _short(url: str) -> str:
    return url.removeprefix("https://example.org")
