"""Promises about documents of any format."""

import codecs
import time

import pytest

from crawler.document import Document
from crawler.parse.document import Parser
from crawler.parse.xhtml import is_xhtml, with_ends

URL = "https://example.org/a/b"
HTML = b"<title>\xfc</title><a href=/c id=x>c</a>"
CSS = b"@import 'c.css';\nb { c: url(//x.test/d), url(//x.test/d), url(data:,x) }"
SITEMAP = b"<urlset>\n<url><loc>https://example.org/c</loc></url></urlset>"


def parse(body: bytes, content_type: str, *, follow: bool = True) -> Document:
    document = Parser().parse(body, URL, content_type, follow=follow)
    assert document is not None
    return document


def links(document: Document) -> list[tuple[str, str, int | None, int]]:
    return [
        (link.kind, document.targets[link.target_id], link.line, link.occurrences)
        for link in document.links
    ]


def test_html_is_read_in_its_encoding() -> None:
    document = parse(HTML, "text/html; charset=latin1")

    assert (document.signs.title, document.anchors) == ("ü", ["x"])
    assert links(document) == [("a href", "https://example.org/c", 1, 1)]


def test_xhtml_is_html() -> None:
    assert parse(HTML, "application/xhtml+xml; charset=latin1") == parse(
        HTML, "text/html; charset=latin1"
    )


XHTML = """<?xml version="1.0"?>
<!-- <b/> --><html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="x.js"/>
<style/></head><body><p title="a/b"/><iframe src="y"/><textarea/><noscript/>
<h2><a id="c" title='"/>'/>C</h2><br/><img src="z.png"/><p><a href="/d">d</a></p></body></html>"""


@pytest.mark.parametrize("content_type", ["application/xhtml+xml", "application/xml", "text/xml"])
def test_a_slash_ends_an_element_of_xhtml(content_type: str) -> None:
    document = parse(XHTML.encode(), content_type)

    assert document.anchors == ["c"]
    assert links(document) == [
        ("script src", "https://example.org/a/x.js", 2, 1),
        ("iframe src", "https://example.org/a/y", 3, 1),
        ("img src", "https://example.org/a/z.png", 4, 1),
        ("a href", "https://example.org/d", 4, 1),
    ]


def test_a_slash_ends_no_element_of_html() -> None:
    html = b'<script src="x.js"/><a href="/d">d</a></script><a href="/e">e</a>'

    document = parse(html, "text/html")

    assert [each[:2] for each in links(document)] == [
        ("script src", "https://example.org/a/x.js"),
        ("a href", "https://example.org/e"),
    ]


def test_a_byte_order_mark_makes_no_other_document_of_xhtml() -> None:
    assert links(parse(codecs.BOM_UTF8 + XHTML.encode(), "text/xml")) == links(
        parse(XHTML.encode(), "text/xml")
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b"<a/>", b"<a></a>"),
        (b"<a b='/>' c/>", b"<a b='/>' c></a>"),
        (b"<br/><wbr /><input a='b'/>", b"<br/><wbr /><input a='b'/>"),
        (b"<!--<a/>--><?<a/>?><![CDATA[<a/>]]>", b"<!--<a/>--><?<a/>?><![CDATA[<a/>]]>"),
    ],
)
def test_what_a_slash_ends_gets_an_end_unless_html_knows_it_to_be_empty(
    written: bytes, read: bytes
) -> None:
    assert with_ends(written) == read


def test_a_page_of_many_anchors_that_a_slash_ends_is_not_deep() -> None:
    page = b"<html>" + b'<p><b id="x"/></p>' * 9000

    assert parse(page, "application/xhtml+xml").anchors == ["x"]


@pytest.mark.parametrize("piece", ["<!--", "<![CDATA[", "<?", "<a ", "<a '\"", '<a b="/', "<a/>"])
def test_no_xhtml_takes_long(piece: str) -> None:
    started = time.process_time()

    with_ends(piece.encode() * 100_000)
    is_xhtml(piece.encode() * 100_000)

    assert time.process_time() - started < 1


def test_a_style_sheet_links_to_what_it_needs() -> None:
    document = parse(CSS, "text/css")

    assert links(document) == [
        ("css import", "https://example.org/a/c.css", 1, 1),
        ("css url", "https://x.test/d", 2, 2),
    ]
    assert (document.signs.title, document.anchors) == (None, [])


@pytest.mark.parametrize("content_type", ["application/xml", "text/xml; charset=utf-8"])
def test_a_sitemap_links_to_its_locations(content_type: str) -> None:
    document = parse(SITEMAP, content_type)

    assert links(document) == [("sitemap loc", "https://example.org/c", 2, 1)]


def test_a_feed_may_say_no_more_of_itself_than_that_it_is_xml() -> None:
    document = parse(b"<rss><item><link>/c</link></item></rss>", "application/xml")

    assert links(document) == [("rss link", "https://example.org/c", 1, 1)]


@pytest.mark.parametrize(
    ("body", "content_type", "follow"),
    [
        pytest.param(b"%PDF", "application/pdf", True, id="another format"),
        pytest.param(HTML, "", True, id="no format"),
        pytest.param(b"<other><loc>/c</loc></other>", "text/xml", True, id="other XML"),
        pytest.param(
            b"<other><html xmlns='http://www.w3.org/1999/xhtml'/></other>",
            "text/xml",
            True,
            id="XHTML in other XML",
        ),
        pytest.param(CSS, "text/css", False, id="a style sheet that is a leaf"),
        pytest.param(SITEMAP, "text/xml", False, id="a sitemap that is a leaf"),
    ],
)
def test_what_holds_no_links_is_no_document(
    body: bytes, content_type: str, *, follow: bool
) -> None:
    assert Parser().parse(body, URL, content_type, follow=follow) is None


def test_a_leaf_has_its_anchors_and_no_links() -> None:
    document = parse(HTML, "text/html", follow=False)

    assert (document.links, document.targets, document.anchors) == ([], {}, ["x"])


def test_what_a_parser_remembers_of_a_folder_holds_for_no_other() -> None:
    parser = Parser()
    found = []
    for url in ("https://example.org/a/b", "https://example.org/a/c", "https://example.org/d/"):
        document = parser.parse(
            b"<a href=x#y>1</a><a href='#z'>2</a>", url, "text/html", follow=True
        )
        assert document is not None
        found.append(list(document.targets.values()))

    assert found == [
        ["https://example.org/a/x", "https://example.org/a/b"],
        ["https://example.org/a/x", "https://example.org/a/c"],
        ["https://example.org/d/x", "https://example.org/d/"],
    ]
