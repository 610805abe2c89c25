"""Promises about the URLs of a srcset."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.parse.srcset import candidates


@pytest.mark.parametrize(
    ("srcset", "urls"),
    [
        pytest.param("", [], id="empty"),
        pytest.param(" \t,\n, ", [], id="nothing but separators"),
        pytest.param("a.png", ["a.png"], id="one"),
        pytest.param("a.png 1x, b.png 2x", ["a.png", "b.png"], id="densities"),
        pytest.param("a.png 100w,b.png 200w 50h", ["a.png", "b.png"], id="widths"),
        pytest.param("a.png,b.png 2x", ["a.png,b.png"], id="a comma inside a URL belongs to it"),
        pytest.param("a.png, b.png", ["a.png", "b.png"], id="no descriptors"),
        pytest.param("a.png,, b.png", ["a.png", "b.png"], id="two commas"),
        pytest.param("data:,x 1x, b.png", ["data:,x", "b.png"], id="data"),
        pytest.param("a.png\n\t1x\n,\n\tb.png\n2x\n", ["a.png", "b.png"], id="lines"),
        pytest.param("a.png f(1, 2) 1x, b.png", ["a.png", "b.png"], id="a comma in parentheses"),
        pytest.param("a.png ((1), b.png", ["a.png", "b.png"], id="parentheses do not nest"),
        pytest.param("a.png ), b.png", ["a.png", "b.png"], id="closed, never opened"),
        pytest.param("a.png (, b.png", ["a.png"], id="opened, never closed"),
        pytest.param("a\xa0b 1x", ["a\xa0b"], id="a blank that is none in HTML"),
    ],
)
def test_urls_are_read_as_the_html_standard_says(srcset: str, urls: list[str]) -> None:
    assert candidates(srcset) == urls


@given(st.text(alphabet="ab,() \t\n1x"))
def test_every_url_is_written_in_the_srcset_and_has_no_blank(srcset: str) -> None:
    position = 0
    for url in candidates(srcset):
        position = srcset.index(url, position) + len(url)
        assert url == url.strip(" \t\n,")
        assert not set(url) & set(" \t\n")
