"""Promises about URLs that stand in the text of Markdown: which are links, and where they end."""

import pytest

from tests.markdown import places, read


def test_a_host_that_begins_with_www_is_a_link() -> None:
    document = read("See www.bare.test/a, www. www._.no https:// or https://__ and awww.no.test.")
    assert places(read("nohttps://no.test")) == []

    assert places(document) == [("md link", "http://www.bare.test/a", 1)]


@pytest.mark.parametrize(
    ("text", "href"),
    [
        ("https://bare.test/a_(b)", "https://bare.test/a_(b)"),
        ("(https://bare.test/a_(b)).", "https://bare.test/a_(b)"),
        ("[https://bare.test/a];", "https://bare.test/a"),
        ('"https://bare.test/a?b=c!"', "https://bare.test/a?b=c"),
        ("https://bare.test", "https://bare.test"),
        ("見https://bare.test/a", "https://bare.test/a"),
        ("1HTTPS://bare.test/a", "HTTPS://bare.test/a"),
        ("&lt;https://bare.test/a&gt;.", "https://bare.test/a"),
        ("https://bare.test/pkg/__init__.py", "https://bare.test/pkg/__init__.py"),
        ("https://bare.test/*a*/~~b~~/`c`/d", "https://bare.test/*a*/~~b~~/`c`/d"),
        ("**https://bare.test/a_b_**", "https://bare.test/a_b"),
        ("https://bare.test/a&amp;b", "https://bare.test/a&amp;b"),
        ("https://bare.test/a\\_b", "https://bare.test/a%5C_b"),
        ("[a [https://bare.test/_a_c]", "https://bare.test/_a_c"),
        ("www.bare.test/pkg/__init__.py.", "http://www.bare.test/pkg/__init__.py"),
        ("(www.bare.test/*a*/`c`/d)", "http://www.bare.test/*a*/`c`/d"),
        ("**www.bare.test/a_b_**", "http://www.bare.test/a_b"),
        ("<b>x</b>www.no.test `y`www.no.test www.bare.test", "http://www.bare.test"),
        ("<a name=b>https://bare.test/_a_c", "https://bare.test/_a_c"),
        ("<a id=b></a> [https://a](mailto:a@b.test) https://bare.test/", "https://bare.test/"),
        ("<a href=mailto:a@b.test>https://a.test</a> https://bare.test", "https://bare.test"),
        ("&#58;//a.test ://a.test xhttp://a.test https://b.test", "https://b.test"),
    ],
)
def test_a_url_in_a_text_ends_before_what_ends_the_sentence(text: str, href: str) -> None:
    assert places(read(text)) == [("md link", href, 1)]


@pytest.mark.parametrize(
    "url",
    [
        "http://your_host:8080/a",
        "https://a.your_domain.com/",
        "http://_a.b",
        "www.your_domain.com/a",
    ],
)
def test_what_stands_for_a_host_is_no_link(url: str) -> None:
    assert places(read(f"See {url} and https://a_b.c.test/d_e")) == [
        ("md link", "https://a_b.c.test/d_e", 1)
    ]


def test_a_url_in_the_text_of_a_link_is_that_text() -> None:
    text = "[https://a.test/_b_ x](c.md) and ![https://d.test](e.png)\n\n# https://f.test/_g_h"
    document = read(text)

    assert [(link.href, link.text) for link in document.links] == [
        ("c.md", "https://a.test/_b_ x".replace("_", "")),
        ("e.png", "https://d.test"),
        ("https://f.test/_g_h", "https://f.test/_g_h"),
    ]
    assert document.anchors == ["httpsftest_g_h"]
