"""Promises about the queries of references in documents that are not in UTF-8."""

import pytest
from hypothesis import given

from crawler.document import Document
from crawler.parse.document import Parser
from crawler.parse.query import resolve_in
from crawler.urls import Resolver, resolve
from tests.test_urls import BASE, WRITTEN


def parse(html: str, charset: str, parser: Parser | None = None) -> Document:
    body, content_type = html.encode(charset), f"text/html; charset={charset}"
    document = (parser or Parser()).parse(body, BASE, content_type, follow=True)
    assert document is not None
    return document


def urls(document: Document) -> list[str]:
    return [
        document.targets[link.target_id].removeprefix("https://example.org")
        for link in document.links
    ]


@pytest.mark.parametrize(
    ("charset", "href", "url"),
    [
        pytest.param("gbk", "/search?q=中文", "/search?q=%D6%D0%CE%C4", id="GBK"),
        pytest.param("windows-1252", "/L1?é=é", "/L1?%E9=%E9", id="Windows-1252"),
        pytest.param("iso-8859-1", "/?&euro;", "/?%80", id="Latin-1 is Windows-1252"),
        pytest.param("latin1", "/?\x81é", "/?%81%E9", id="a control"),
        pytest.param("shift_jis", "/?表|あ", "/?%95\\|%82%A0", id="Shift_JIS"),
        pytest.param("euc-kr", "/?한", "/?%C7%D1", id="EUC-KR"),
        pytest.param("iso-2022-jp", "/?ぃう", "/?%1B$B$%23$&%1B(B", id="ISO-2022-JP"),
        pytest.param("windows-1251", "/?ж=<'&;ж", "/?%E6=%3C%27&;%E6", id="ASCII beside it"),
        pytest.param("windows-1252", "/?é&Tab;é", "/?%E9%E9", id="a blank that is dropped"),
        pytest.param("windows-1252", "/?&ctdot;=é", "/?%26%238943%3B=%E9", id="what it lacks"),
        pytest.param("gbk", "/中?中#中", "/%E4%B8%AD?%D6%D0", id="the query alone"),
        pytest.param("gbk", "/中", "/%E4%B8%AD", id="no query"),
        pytest.param("gbk", "/#中?中", "/", id="a question mark in a fragment"),
        pytest.param("gbk", "htp://x/?中", "htp://x/?中", id="another scheme"),
        pytest.param("gbk", "//[?中", "//[?中", id="invalid"),
        pytest.param("utf-8", "/?中", "/?%E4%B8%AD", id="UTF-8"),
        pytest.param("utf-16", "/?中", "/?%E4%B8%AD", id="UTF-16"),
    ],
)
def test_a_query_is_in_the_encoding_of_its_page(charset: str, href: str, url: str) -> None:
    assert urls(parse(f'<a href="{href}">x</a>', charset)) == [url]


def test_a_link_keeps_what_was_written_its_line_and_its_fragment() -> None:
    (link,) = parse("<p>\n<a href='/?é#é'>x</a>", "windows-1252").links

    assert (link.href, link.line, link.fragment) == ("/?é#é", 2, "%C3%A9")


def test_pages_of_one_folder_may_be_in_several_encodings() -> None:
    parser = Parser()
    found = [
        urls(parse("<a href='/?é'>x</a>", charset, parser))
        for charset in ("utf-8", "windows-1252", "gbk", "utf-8")
    ]

    assert found == [["/?%C3%A9"], ["/?%E9"], ["/?%A8%A6"], ["/?%C3%A9"]]


def test_a_base_element_leaves_the_encoding_alone() -> None:
    document = parse("<base href=/c/><a href='d?é'>x</a>", "windows-1252")

    assert urls(document) == ["/c/d?%E9"]


def test_a_document_in_an_attribute_is_in_utf_8() -> None:
    inner = "<base href=/c/><a href='?é'>x</a>"
    html = f'<a href="/?é">x</a><iframe srcdoc="{inner}"></iframe><img src="/?é">'

    assert urls(parse(html, "windows-1252")) == ["/?%E9", "/c/?%C3%A9", "/?%E9"]


@given(WRITTEN.map(lambda written: written.replace("\ud800", "ü")))
def test_in_utf_8_it_would_be_resolved_as_any_other(reference: str) -> None:
    assert resolve_in("utf-8", Resolver().at(BASE).resolve, reference) == resolve(BASE, reference)
