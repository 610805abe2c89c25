"""From a body to the document in it, whatever it is written in."""

from collections.abc import Iterable

from crawler.document import Document, Signs
from crawler.parse import css
from crawler.parse.charset import decode, plain, text_of
from crawler.parse.feed import feed_references
from crawler.parse.gate import Format, check_html, format_of, is_feed, is_sitemap, media_type
from crawler.parse.headers import leads_on
from crawler.parse.html import read_html
from crawler.parse.manifest import is_manifest, manifest_references
from crawler.parse.reference import Reference
from crawler.parse.references import References
from crawler.parse.sitemap import lines, locations, unpacked
from crawler.parse.xhtml import XHTML, is_xhtml, with_ends
from crawler.urls import Resolver, is_http, resolve


class Parser:
    """Reads documents; remembers how the references of a folder resolve, and nothing else."""

    def __init__(self) -> None:
        self._resolver = Resolver()

    def parse(
        self,
        body: bytes,
        url: str,
        content_type: str,
        *,
        follow: bool,
        headers: Iterable[tuple[str, str]] = (),
    ) -> Document | None:
        """Return the document that canonical `url` answered with; None for an unknown format.

        `headers` are kind and URL of what the response's headers refer to: links of the document,
        before its own. TooComplexError where HTML is made to keep a parser busy. It may take a
        tenth of a second for a megabyte: call it elsewhere when the body is large.
        """
        form = format_of(content_type, url)
        if form is Format.HTML or (form is Format.XML and is_xhtml(body)):
            source = text_of(body, content_type)
            found = self._references(url, headers if follow else (), source.utf8)
            if form is Format.XML or media_type(content_type) == XHTML:
                source = source._replace(utf8=with_ends(source.utf8))
            check_html(source.utf8)
            document = read_html(source, url, found, follow=follow)
            return document if follow or not leads_on(headers) else _drawn(document)
        if form is Format.MARKDOWN:
            found = self._references(url, headers)
            found.in_repository(url)
            return _markdown(body, found, follow=follow)
        listed = _listed(form, body, content_type) if follow else None
        if listed is None:
            return None
        found = self._references(url, headers)
        _add_all(listed, url, found)
        return found.document(Signs(), [])

    def _references(
        self, url: str, headers: Iterable[tuple[str, str]], source: bytes = b""
    ) -> References:
        found = References(self._resolver, url, source)
        for kind, written in headers:
            found.add_unwritten(kind, written)
        return found


def _drawn(document: Document) -> Document:
    """Return a page that leads on as one whose places are not known, as with `meta refresh`."""
    return document._replace(signs=document.signs._replace(drawn=True))


def _markdown(body: bytes, found: References, *, follow: bool) -> Document:
    from crawler.parse.markdown import read_markdown  # noqa: PLC0415 - few have any

    document = read_markdown(plain(body), found)
    return document if follow else document._replace(values=[], places=(), targets={})


def _add_all(listed: Iterable[Reference], url: str, found: References) -> None:
    """Add what the document at `url` refers to, each by the base that it says."""
    base = ""
    for reference in listed:
        if reference.base != base:
            base = reference.base
            target = resolve(url, base)
            found.base(url if target is None or not is_http(target.url) else target.url)
        found.add(reference.kind, reference.url, str, reference.line)


def _listed(form: Format | None, body: bytes, content_type: str) -> list[Reference] | None:
    """Return what a document refers to that is no page; None where there can be nothing."""
    match form:
        case Format.CSS:
            return css.references(decode(body, content_type))
        case Format.MANIFEST | Format.JSON:
            source = decode(body, content_type)
            known = form is Format.MANIFEST or is_manifest(source)
            return manifest_references(source) if known else None
        case Format.TEXT_SITEMAP:
            return lines(decode(body, content_type))
        case Format.FEED:
            return feed_references(body)
        case Format.XML | Format.PACKED_SITEMAP:
            return _of_xml(unpacked(body))
        case _:
            return None


def _of_xml(body: bytes) -> list[Reference] | None:
    if is_sitemap(body):
        return locations(body)
    return feed_references(body) if is_feed(body) else None
