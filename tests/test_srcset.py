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
        pytest.param("a.png f(1, 2) 1x, b.png", ["b.png"], id="a comma in parentheses"),
        pytest.param("a.png ((1), b.png", ["b.png"], id="parentheses do not nest"),
        pytest.param("a.png ), b.png", ["b.png"], id="closed, never opened"),
        pytest.param("a.png (, b.png", [], id="opened, never closed"),
        pytest.param("\fa.png\r1x,\r\fb.png\f2x", ["a.png", "b.png"], id="rare blanks"),
        pytest.param("a\xa0b 1x", ["a\xa0b"], id="a blank that is none in HTML"),
    ],
)
def test_urls_are_read_as_the_html_standard_says(srcset: str, urls: list[str]) -> None:
    assert candidates(srcset) == urls


@pytest.mark.parametrize(
    "descriptors",
    [
        "",
        "12x",
        "1.5x",
        ".5x",
        "0x",
        "1e1x",
        "1E+12x",
        "1e-1x",
        "100w",
        " 100w  050h ",
        "050h 100w",
        "007w",
    ],
)
def test_what_browsers_understand_behind_a_url_does_not_cost_it(descriptors: str) -> None:
    assert candidates(f"a.png {descriptors}, b.png 1x") == ["a.png", "b.png"]


@pytest.mark.parametrize(
    "descriptors",
    [
        *("file.png 1x", "1", "x", "1 x", "1X", "-1x", "+1x", "1.x", "0w", "1.5w", "50h"),
        *("1x 2x", "1x 100w", "100w 50h 1x", "1x 50h", "٣x", "(1x)"),
    ],
)
def test_what_browsers_do_not_understand_behind_a_url_costs_it(descriptors: str) -> None:
    assert candidates(f"a.png {descriptors}, b.png 1x") == ["b.png"]


@given(st.text(alphabet="ab,() \t\n1x"))
def test_every_url_is_written_in_the_srcset_and_has_no_blank(srcset: str) -> None:
    position = 0
    for url in candidates(srcset):
        position = srcset.index(url, position) + len(url)
        assert url == url.strip(" \t\n,")
        assert not set(url) & set(" \t\n")
