"""From a body to the document in it, whatever it is written in."""

from crawler.model import Document
from crawler.parse.charset import decode
from crawler.parse.css import references
from crawler.parse.gate import Format, format_of, is_sitemap
from crawler.parse.html import read_html
from crawler.parse.references import References
from crawler.parse.sitemap import locations
from crawler.urls import Resolver


class Parser:
    """Reads documents; remembers how the references of a folder resolve, and nothing else."""

    def __init__(self) -> None:
        self._resolver = Resolver()

    def parse(self, body: bytes, url: str, content_type: str, *, follow: bool) -> Document | None:
        """Return the document that canonical `url` answered with; None for an unknown format.

        It may take a tenth of a second for a megabyte: call it in a thread when the body is large.
        """
        match format_of(content_type):
            case Format.HTML:
                source = decode(body, content_type)
                return read_html(source, url, self._resolver, follow=follow)
            case Format.CSS if follow:
                return self._style_sheet(decode(body, content_type), url)
            case Format.SITEMAP if follow and is_sitemap(body):
                return self._sitemap(body, url)
            case _:
                return None

    def _style_sheet(self, source: str, url: str) -> Document:
        found = References(self._resolver, url, source)
        for reference in references(source):
            found.add(reference.kind, reference.url, str, reference.line)
        return Document(None, found.links(), [], found.targets)

    def _sitemap(self, body: bytes, url: str) -> Document:
        found = References(self._resolver, url, "")
        for location in locations(body):
            found.add("sitemap loc", location.url, str, location.line)
        return Document(None, found.links(), [], found.targets)
