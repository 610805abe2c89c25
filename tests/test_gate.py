"""Promises about what may be parsed, and as what."""

import pytest

from crawler.parse.gate import Format, format_of, is_sitemap, media_type


@pytest.mark.parametrize(
    ("content_type", "form"),
    [
        ("text/html", Format.HTML),
        (" Text/HTML ; charset=utf-8", Format.HTML),
        ("application/xhtml+xml", Format.HTML),
        ("text/css;charset=x", Format.CSS),
        ("text/xml", Format.XML),
        ("application/xml; x=y", Format.XML),
        ("", None),
        (";", None),
        ("text/plain", None),
        ("text/html2", None),
        ("application/pdf", None),
        ("image/svg+xml", None),
    ],
)
def test_the_media_type_decides(content_type: str, form: Format | None) -> None:
    assert format_of(content_type) is form


def test_a_media_type_has_no_case_and_no_parameters() -> None:
    assert media_type(" Text/HTML ; Charset=UTF-8") == "text/html"


def test_of_several_media_types_the_last_counts() -> None:
    assert media_type("text/plain;charset=utf-8, text/html") == "text/html"
    assert media_type('text/html; charset="a,b"') == "text/html"


@pytest.mark.parametrize(
    ("body", "sitemap"),
    [
        pytest.param(b"<urlset>", True, id="sitemap"),
        pytest.param(b"<?xml version='1.0'?>\n<sitemapindex xmlns='x'>", True, id="index"),
        pytest.param(b"<!--" + b"x" * 3000 + b"--><urlset>", False, id="a long prologue"),
        pytest.param(b"<rss><channel/></rss>", False, id="a feed"),
        pytest.param(b"", False, id="empty"),
    ],
)
def test_a_sitemap_is_known_by_its_root(body: bytes, *, sitemap: bool) -> None:
    assert is_sitemap(body) is sitemap
