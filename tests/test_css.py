"""Promises about the URLs of a style sheet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.parse.css import references
from crawler.parse.reference import Reference


def urls(sheet: str) -> list[tuple[str, str]]:
    return [(kind, url) for kind, url, *_ in references(sheet)]


@pytest.mark.parametrize(
    ("sheet", "found"),
    [
        pytest.param("", [], id="empty"),
        pytest.param("a { b: url(x.png) }", ["url x.png"], id="bare"),
        pytest.param("a { b: url( 'x y.png' ) }", ["url x y.png"], id="quoted"),
        pytest.param("a { b: URL(x.png), url(y) }", ["url x.png", "url y"], id="two"),
        pytest.param(r"a { b: url(a\(b\).png) }", ["url a(b).png"], id="escapes"),
        pytest.param("@font-face { src: url(f.woff2) format('x') }", ["url f.woff2"], id="font"),
        pytest.param("a { b: src('f') }", ["url f"], id="src"),
        pytest.param("a { b: image-set('p' 1x, url(q) 2x) }", ["url p", "url q"], id="image-set"),
        pytest.param("a { b: image-set('p' type('image/avif')) }", ["url p"], id="a media type"),
        pytest.param("a { b: -webkit-image-set(url(p) 1x) }", ["url p"], id="prefixed"),
        pytest.param("a { content: 'url(x)' attr(title) }", [], id="in a string"),
        pytest.param("/* url(x) */ a { b: /* url(y) */ url(z) }", ["url z"], id="in comments"),
        pytest.param("a { b: /* url(x)", [], id="in a comment that never ends"),
        pytest.param("a { b: url(x", ["url x"], id="never closed"),
        pytest.param("@media print { a { b: [(url(x))] } }", ["url x"], id="nested"),
        pytest.param("a { b: url() url('') } @import '';", [], id="empty URLs"),
        pytest.param("@import 'a.css';", ["import a.css"], id="import"),
        pytest.param("@IMPORT /**/ url(a.css) print;", ["import a.css"], id="import url"),
        pytest.param('@import url("a.css") layer(x);', ["import a.css"], id="import quoted url"),
        pytest.param("@import x 'a.css';", [], id="no import"),
        pytest.param("@import; a { b: url(c) }", ["url c"], id="import of nothing"),
        pytest.param("@charset 'x'; a{b:url(y)}", ["url y"], id="charset"),
        pytest.param("@namespace url(http://n/); @namespace s 'http://m/';", [], id="namespaces"),
        pytest.param("@supports (b: url(x)) { a { b: url(y) } }", ["url y"], id="supports"),
        pytest.param("@import 'x' supports(b: url(y));", ["import x"], id="import of a condition"),
        pytest.param(
            "@import 'x' print, url(y); @import 'z';", ["import x", "import z"], id="two imports"
        ),
        pytest.param("@document url(x) { a { b: url(y) } }", ["url y"], id="document"),
        pytest.param("a { @apply b; c: url(x) }", ["url x"], id="a rule without a block"),
        pytest.param("a { behavior: url(#default#VML) }", [], id="built into a browser"),
        pytest.param("a { b: url(#c) url('#d'); e: url(f#g) }", ["url f#g"], id="in the page"),
        pytest.param(r"a { b: url(\d800 x) }", ["url \ufffdx"], id="half a character"),
    ],
)
def test_what_a_style_sheet_asks_for_is_found(sheet: str, found: list[str]) -> None:
    assert [f"{kind.removeprefix('css ')} {url}" for kind, url in urls(sheet)] == found


def test_every_reference_has_its_line() -> None:
    sheet = "@import 'a';\n\na {\n  b: url(c),\r\n     url('d');\n}"

    assert references(sheet) == [
        Reference("css import", "a", 1),
        Reference("css url", "c", 4),
        Reference("css url", "d", 5),
    ]


@pytest.mark.parametrize("opening", ["(", "[", "a{", "f(", "@media x {", "url(", "@import f("])
def test_no_depth_of_blocks_breaks_the_reader(opening: str) -> None:
    assert urls("a{b:url(x)}" + opening * 5000 + "url(y)")[:1] == [("css url", "x")]


PIECES = [
    "url(",
    "src(",
    "@import ",
    "@namespace ",
    "'",
    '"',
    "(",
    ")",
    "{",
    "}",
    "[",
    "\\",
    ";",
    "/*",
]


@given(
    st.one_of(st.text(), st.lists(st.sampled_from([*PIECES, "*/", "x", " ", "\n"])).map("".join))
)
def test_no_style_sheet_breaks_the_reader(sheet: str) -> None:
    for kind, url, line, _ in references(sheet):
        assert kind in ("css url", "css import")
        assert url.encode("utf-8")
        assert line is not None
        assert line >= 1
