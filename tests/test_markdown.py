"""Promises about Markdown: its links, lines and anchors are those that GitHub shows."""

import codecs
import time

import pytest

from crawler.parse.document import Parser
from crawler.parse.markdown import slug_of
from tests.markdown import GFM, places, read

TEXT = """\
---
title: "[no](link.md)"
---

# The *title* with `code`

A [link](other.md#part "title") and
a [second
one](<two words.md>), ![image](a.png),
<https://auto.test/> and https://bare.test/x_(y). `[no](code.md)`

## Part

## Part {#own-id}

[ref]: ref.md "unused or not"

* in a list [ref][] and <a id="here"
  href="raw.html">raw</a>

| a | b |
| --- | --- |
| [cell](cell.md) | ~~[gone](struck.md)~~ |

<p align="center">
  <img src="logo.svg">
</p>

```
[no](fence.md)
```
[mail](mailto:a@b.test) [script](javascript:x) [](empty.md)
"""


def test_links_have_the_lines_they_stand_on() -> None:
    found = {(link.kind, link.href, link.text, link.line) for link in read(TEXT).links}

    assert found == {
        ("md link", "other.md#part", "link", 7),
        ("md link", "two words.md", "second one", 8),
        ("md image", "a.png", "image", 9),
        ("md link", "https://auto.test/", "https://auto.test/", 10),
        ("md link", "https://bare.test/x_(y)", "https://bare.test/x_(y)", 10),
        ("md link", "ref.md", "ref", 18),
        ("a href", "raw.html", "", 19),
        ("md link", "cell.md", "cell", 23),
        ("md link", "struck.md", "gone", 23),
        ("img src", "logo.svg", "", 26),
        ("md link", "empty.md", "", 32),
    }


LINES = """\
text `code
code` and ![an
alt](a.png) [a
text](b.md
"title
title") <b
title=x> <!-- not
a link --> [c](c.md)\\
<https://d.test/> https://e.test/ \\
https://i.test/

<table>
<tr><td>a <a href="a">x</a>
<a href="q?x&amp;y">y</a></td></tr>
<tr><td><a href="z">x</a></td></tr></table>

1. item [^1]
   [f](f.md)

[^1]: note
    [g](g.md)
"""


def test_a_link_has_the_line_on_which_it_begins() -> None:
    assert places(read(LINES)) == [
        ("md image", "a.png", 2),
        ("md link", "b.md", 3),
        ("md link", "c.md", 8),
        ("md link", "https://d.test/", 9),
        ("md link", "https://e.test/", 9),
        ("md link", "https://i.test/", 10),
        ("a href", "a", 13),
        ("a href", "q?x&y", 14),
        ("a href", "z", 15),
        ("md link", "f.md", 18),
        ("md link", "g.md", 21),
    ]


def test_a_picture_without_a_text_has_none() -> None:
    assert [link.text for link in read("![](a.png) and [b](c.md)").links] == ["", "b"]


def test_a_backslash_is_no_slash() -> None:
    assert [href for _, href, _ in places(read("[a](b\\\\c.md)"))] == ["b%5Cc.md"]


def test_html_that_is_to_be_left_alone_is() -> None:
    document = read(
        "<p data-crawler-ignore><a href=a>a</a></p>\n\n<a href=b data-proofer-ignore>https://b</a>"
    )

    assert places(document) == []


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_front_matter_is_no_text(end: str) -> None:
    document = read(end.join(("---", "title: [a](b.md)", "url: https://a.test/", "---", "# T", "")))

    assert (places(document), document.anchors) == ([], ["t"])


@pytest.mark.parametrize(
    "body",
    [
        "# Größe\n[ß](ß.md)\n".encode("utf-16"),
        codecs.BOM_UTF16_BE + "# Größe\n[ß](ß.md)\n".encode("utf-16-be"),
        codecs.BOM_UTF8 + "# Größe\n[ß](ß.md)\n".encode(),
        "# Größe\n[ß](ß.md)\n".encode("latin-1"),
        b"# Gr\xf6\xc3\x9fe\n[\xc3\x9f](\xdf.md)\n",
        "# Größe\n[ß](ß.md)\n\n    <meta charset=shift_jis>".encode(),
    ],
    ids=["UTF-16", "big-endian", "mark", "Latin-1", "both", "example"],
)
def test_markdown_may_be_in_utf_16_or_in_windows_letters(body: bytes) -> None:
    document = Parser().parse(body, "http://docs.localhost/a.md", GFM, follow=True)

    assert document is not None
    assert (places(document), document.anchors) == ([("md link", "ß.md", 2)], ["größe"])


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "[a](b.md) " * 20_000,
        "<table>" + '<tr><td><a href="a&amp;b">a</a></td></tr>\n' * 10_000,
        "`a\n` <b\n> " * 10_000,
        "![](b.png) " * 20_000,
        "https://a" + ")." * 200_000,
        "https://a" + ";" * 200_000,
        "https://a_ " * 20_000,
        "https://a_b.c_d*" * 20_000,
        "*www.a_b.c_d" * 10_000,
        "_www.a_b.c_d" * 10_000,
        "[" * 50_000,
        ("> " * 199 + "a\n") * 1000,
        "[^1]: a\n\n" + "[^1" * 20_000,
        "{#" * 20_000 + "{:" + " #a" * 20_000,
    ],
    ids=[
        "links",
        "HTML",
        "lines",
        "pictures",
        "brackets",
        "ends",
        "URLs",
        "no hosts",
        "no hosts with www",
        "one long host",
        "depth",
        "quotes",
        "footnotes",
        "braces",
    ],
)
def test_a_long_text_takes_no_more_than_its_length_makes_fair(text: str) -> None:
    started = time.process_time()
    read(text)

    assert time.process_time() - started < 4


def test_html_in_markdown_is_read_as_github_leaves_it() -> None:
    document = read(
        """<h1 align="center">
  My Project
</h1>

a <h2></h2>

<picture><source srcset="dark.svg 1x, large.svg 2x"><img src="logo.svg"></picture>
<video src="a.mp4" poster="a.png"></video>
"""
    )

    assert [(link.kind, link.href, link.line) for link in document.links] == [
        ("source srcset", "dark.svg", 7),
        ("source srcset", "large.svg", 7),
        ("img src", "logo.svg", 7),
        ("video src", "a.mp4", 8),
        ("video poster", "a.png", 8),
    ]
    assert document.anchors == ["--my-project", "my-project"], "of HTML nobody is sure"


def test_anchors_are_those_of_github() -> None:
    document = read(TEXT)

    assert document.anchors == ["the-title-with-code", "part", "part-own-id", "own-id", "here"]
    assert document.signs.title == "The title with code"


@pytest.mark.parametrize(
    "source",
    [
        *("# A {#own}", "# A {: #own }", "# A { #own .b }", "# A {.b #own}", "# A {: .b #own c=d}"),
        *(
            "# A {#own} #",
            "A {#own}\n===",
            "# A {/* #own */}",
            "# `a` *b* {#own}",
            "# A\n{: #own}",
        ),
        *("A text.\n{: #own .b}", "[](){#own}", "[A span]{.b #own} of it", "![a](b.png){#own}"),
        "| a |\n| - |\n| b {#own} |",
    ],
)
def test_an_id_that_the_writer_chose_is_an_anchor_besides(source: str) -> None:
    assert "own" in read(source).anchors


def test_an_id_with_signs_that_mark_up_a_text_is_what_is_written() -> None:
    assert "__own__" in read("# A {#__own__}").anchors
    assert "own" in read("# A {:#own}").anchors


@pytest.mark.parametrize(
    "source", ["# A #own", "A {#", "A {b#own}", "{ own }", "{#own", "```\n{#own}\n```", "{# own #}"]
)
def test_what_gives_no_id_is_no_anchor(source: str) -> None:
    assert "own" not in read(source).anchors


@pytest.mark.parametrize(
    ("heading", "slug"),
    [
        ("Hello, World!", "hello-world"),
        ("C++ & C#", "c--c"),
        ("snake_case and kebab-case", "snake_case-and-kebab-case"),
        ("Größe 2.0", "größe-20"),
        ("日本語 見出し", "日本語-見出し"),
        ("spaces  inside", "spaces--inside"),
        ("二〇二四年", "二〇二四年"),
        ("附录Ⅱ ①", "附录ⅱ-"),
        ("Ⓐ 🅱 ㊙", "ⓐ-🅱-"),
        ("🙂 smile", "-smile"),
        ("⚠️ Mind", "\ufe0f-mind"),
        ("👩\u200d💻 Development", "\u200d-development"),
        ("می\u200cشود", "می\u200cشود"),
        ("What's new?", "whats-new"),
    ],
)
def test_a_heading_gets_the_anchor_that_github_gives_it(heading: str, slug: str) -> None:
    assert slug_of(heading) == slug


def test_the_same_heading_again_is_counted() -> None:
    assert read("# A\n# A\n# a!\n").anchors == ["a", "a-1", "a-2"]
    assert read("# A\n# A 1\n# A\n# A 1\n").anchors == ["a", "a-1", "a-2", "a-1-1"]


def test_headings_in_html_are_headings() -> None:
    assert read("<h2>A</h2>\n\n## A\n").anchors == ["a", "a-1"]
    assert read("<h1 align=center>\n\nA *b*\n\n</h1>\n\nno").anchors == ["a-b"]
    assert read("<!-- <h1>old -->\n\nno").anchors == []
    assert read("<h3>A\n\n# B\n\nno").anchors == ["a", "b"]


def test_a_heading_in_html_may_stand_behind_something_on_its_line() -> None:
    assert read("<a name=x></a><h2>A *b* `c`</h2>\n").anchors == ["a-b-c", "x"]
    assert read("<a href=y><h1 id=z>A</h1></a> <b><h3> A </h3></b>\n").anchors == [
        *("a", "-a-", "a-1", "z"),
    ]
    assert read("<i>x</i> <h2>never closed\n").anchors == []
    assert read("# <b>A <h2>B</h2></b>\n").anchors == ["a-b"]


def test_a_picture_in_a_heading_leaves_the_blank_beside_it() -> None:
    assert read("# ![a](b.png) A\n## A ![x][y]\n\n[y]: c.png").anchors == ["-a", "a-"]


def test_a_deep_list_hides_nothing_behind_it() -> None:
    deep = "".join("  " * depth + f"- [x]({depth}.md)\n" for depth in range(90))
    quote = "> " * 150 + "[x](quoted.md)\n"
    document = read(f"{deep}\n{quote}\n# After\n[y](after.md)\n")

    assert document.anchors == ["after"]
    assert [href for _, href, _ in places(document)] == [
        *(f"{depth}.md" for depth in range(90)),
        "quoted.md",
        "after.md",
    ]


FOOTNOTES = """\
One[^1], two[^two] and three[^3].

[^1]: Sic.
[^two]: [link](a.md) and https://bare.test/

    [more](b.md)
[^3]: [only](c.md)
[^4]: [nobody](refers.md) to it
"""


def test_footnotes_are_texts_and_no_links() -> None:
    assert places(read(FOOTNOTES)) == [
        ("md link", "a.md", 4),
        ("md link", "https://bare.test/", 4),
        ("md link", "b.md", 6),
        ("md link", "c.md", 7),
    ]


def test_of_a_page_that_is_not_followed_only_title_and_anchors_are_read() -> None:
    leaf = Parser().parse(TEXT.encode(), "http://docs.localhost/a.md", GFM, follow=False)

    assert leaf is not None
    assert (leaf.signs, leaf.anchors) == (read(TEXT).signs, read(TEXT).anchors)
    assert (leaf.links, list(leaf.places), leaf.targets) == ([], [], {})


def test_markdown_on_the_web_is_a_download() -> None:
    assert Parser().parse(b"[x](y)", "https://a.test/x.md", "text/markdown", follow=True) is None
