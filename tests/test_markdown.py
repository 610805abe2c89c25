"""Promises about Markdown: its links, lines and anchors are those that GitHub shows."""

import io
import os
import sys
from pathlib import Path

import pytest

from crawler.cli import main
from crawler.document import Document
from crawler.engine.seeds import seed_of
from crawler.parse.document import Parser
from crawler.parse.markdown import slug_of
from tests.night import Night
from tests.site import Site

GFM = "text/markdown; charset=utf-8; variant=GFM"
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


def read(text: str) -> Document:
    document = Parser().parse(text.encode(), "http://docs.localhost/a.md", GFM, follow=True)
    assert document is not None
    return document


def test_links_have_the_lines_they_stand_on() -> None:
    found = {(link.kind, link.href, link.text, link.line) for link in read(TEXT).links}

    assert found == {
        ("md link", "other.md#part", "link", 7),
        ("md link", "two words.md", "second one", 8),
        ("md image", "a.png", "image", 9),
        ("md link", "https://auto.test/", "https://auto.test/", 10),
        ("md link", "https://bare.test/x_(y", "https://bare.test/x_(y", 10),
        ("md link", "ref.md", "ref", 18),
        ("a href", "raw.html", "", 19),
        ("md link", "cell.md", "cell", 23),
        ("md link", "struck.md", "gone", 23),
        ("img src", "logo.svg", "", 26),
        ("md link", "empty.md", "", 32),
    }


def test_html_in_markdown_is_read_as_github_leaves_it() -> None:
    document = read(
        """<h1 align="center">
  My Project
</h1>

a <h2>b</h2>

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
    assert document.anchors == ["my-project"]


def test_anchors_are_those_of_github() -> None:
    document = read(TEXT)

    assert document.anchors == ["the-title-with-code", "part", "part-own-id", "own-id", "here"]
    assert document.signs.title == "The title with code"


@pytest.mark.parametrize(
    ("heading", "slug"),
    [
        ("Hello, World!", "hello-world"),
        ("C++ & C#", "c--c"),
        ("snake_case and kebab-case", "snake_case-and-kebab-case"),
        ("Größe 2.0", "größe-20"),
        ("日本語 見出し", "日本語-見出し"),
        ("  spaces  inside ", "spaces--inside"),
        ("🙂 smile", "-smile"),
        ("What's new?", "whats-new"),
    ],
)
def test_a_heading_gets_the_anchor_that_github_gives_it(heading: str, slug: str) -> None:
    assert slug_of(heading) == slug


def test_the_same_heading_again_is_counted() -> None:
    assert read("# A\n# A\n# a!\n").anchors == ["a", "a-1", "a-2"]


def test_of_a_page_that_is_not_followed_only_title_and_anchors_are_read() -> None:
    leaf = Parser().parse(TEXT.encode(), "http://docs.localhost/a.md", GFM, follow=False)

    assert leaf is not None
    assert (leaf.signs, leaf.anchors) == (read(TEXT).signs, read(TEXT).anchors)
    assert (leaf.links, list(leaf.places), leaf.targets) == ([], [], {})


def test_markdown_on_the_web_is_a_download() -> None:
    assert Parser().parse(b"[x](y)", "https://a.test/x.md", "text/markdown", follow=True) is None


@pytest.fixture
def docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of Markdown files below the working folder."""
    docs = tmp_path / "project/docs"
    (docs / "guide/deep/deeper").mkdir(parents=True)
    (docs / "node_modules").mkdir()
    (docs / "node_modules/no.md").write_text("[x](gone.md)")
    (docs / "one.md").write_text("# One\n[two](guide/two.md#two) [folder](guide/)\n")
    (docs / "guide/two.md").write_text("# Two\n\n[one](../one.md#wun)\n")
    (docs / "guide/deep/deeper/three.md").write_text("[gone](../gone.md) [up](/docs/one.md)\n")
    monkeypatch.chdir(tmp_path / "project")
    return docs


def test_a_folder_of_markdown_is_checked_whole(docs: Path) -> None:
    assert main(["docs"]) == 1

    assert Night(docs.parent / "data/crawl.db").broken() == {
        (
            "http://project.localhost/docs/guide/two.md",
            "http://project.localhost/docs/one.md",
            "wun",
            "fragment",
        ),
        (
            "http://project.localhost/docs/guide/deep/deeper/three.md",
            "http://project.localhost/docs/guide/deep/gone.md",
            "",
            "404",
        ),
    }


@pytest.mark.parametrize(("pages", "is_markdown"), [(1, True), (2, False)])
def test_a_site_without_a_home_page_is_no_folder_of_markdown_for_its_licence(
    tmp_path: Path, pages: int, *, is_markdown: bool
) -> None:
    (tmp_path / "doc/a").mkdir(parents=True)
    (tmp_path / "doc/LICENSE.md").touch()
    for number in range(pages):
        (tmp_path / f"doc/a/{number}.html").touch()

    seed = seed_of("doc", tmp_path)

    assert (seed.base is not None) == is_markdown, "only a folder of Markdown has a base"


def test_a_file_of_markdown_is_a_seed_and_may_link_to_others_of_its_project(docs: Path) -> None:
    assert main(["docs/guide/two.md", "--depth", "0"]) == 1

    assert Night(docs.parent / "data/crawl.db").column("SELECT target, fragment FROM broken") == [
        "http://project.localhost/docs/one.md"
    ]


def test_links_to_other_folders_of_the_project_are_not_external(docs: Path) -> None:
    (docs / "a.md").write_text(
        "[x](../README.md#nohi) [m](../missing.md) [i](../img.png) [r](/rooted.md)"
        " [e](https://elsewhere.test/)"
    )
    (docs.parent / "README.md").write_text("# Hi\n[never](followed.md)\n")
    root = "http://project.localhost"

    assert main(["docs/a.md", "--depth", "0", "--external", "skip"]) == 1

    night = Night(docs.parent / "data/crawl.db")
    assert night.broken() == {
        (f"{root}/docs/a.md", f"{root}/README.md", "nohi", "fragment"),
        (f"{root}/docs/a.md", f"{root}/missing.md", "", "404"),
        (f"{root}/docs/a.md", f"{root}/img.png", "", "404"),
        (f"{root}/docs/a.md", f"{root}/rooted.md", "", "404"),
    }
    assert night.outcome("https://elsewhere.test/") == ("skipped", "external")
    assert f"{root}/followed.md" not in night.depths()


def test_what_a_page_that_is_only_checked_links_to_is_no_finding(docs: Path) -> None:
    (docs / "a.md").write_text("[b](b.md#x) [gone](gone.md)")
    (docs / "b.md").write_text("# X\n[gone](gone.md) [other](other.md)\n")
    root = "http://project.localhost/docs"

    assert main(["docs/a.md", "--depth", "0"]) == 1

    night = Night(docs.parent / "data/crawl.db")
    assert night.broken() == {(f"{root}/a.md", f"{root}/gone.md", "", "404")}
    assert night.column("SELECT count(*) FROM links") == [2]


def test_what_lies_outside_the_project_is_a_project_of_its_own(docs: Path, tmp_path: Path) -> None:
    (tmp_path / "else").mkdir()
    (tmp_path / "else/note.md").write_text("[x](other.md)")

    assert main([str(tmp_path / "else/note.md")]) == 1

    assert Night(docs.parent / "data/crawl.db").column("SELECT target FROM broken") == [
        "http://else.localhost/other.md"
    ]


@pytest.mark.parametrize("seed", [b"\xfc", b"\xfc/caf\xe9.md"])
def test_a_name_that_is_not_utf_8_is_as_good_as_any(docs: Path, seed: bytes) -> None:
    path = docs.parent / os.fsdecode(b"\xfc/caf\xe9.md")
    path.parent.mkdir()
    path.write_text("[gone](gone.md)")

    assert main([os.fsdecode(seed)]) == 1

    assert Night(docs.parent / "data/crawl.db").column("SELECT source FROM broken") == [
        "http://project.localhost/%FC/caf%E9.md"
    ]


@pytest.mark.parametrize("arguments", [["-"], ["--seeds", "-"]])
def test_seeds_come_from_standard_input(
    docs: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    written = io.BytesIO(b"\xef\xbb\xbf# mine\ndocs = https://docs.test/\n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(written))

    assert main(arguments) == 1

    assert Night(docs.parent / "data/crawl.db").column("SELECT settings ->> 'seeds' FROM run") == [
        '["https://docs.test/"]'
    ]


@pytest.mark.usefixtures("docs")
def test_a_report_goes_to_standard_output_by_its_dash(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["docs", "--output", "-"]) == 1
    assert "2 broken links" in capsys.readouterr().out


def test_seeds_can_stand_in_the_file_of_options(
    docs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (docs.parent / "crawler.toml").write_text('urls = ["docs"]\n')
    assert main([]) == 1
    (docs.parent / "crawler.toml").write_text('urls = ["nowhere"]\n')
    assert main([]) == 2
    (docs.parent / "crawler.toml").write_text("urls = 1\n")
    assert main([]) == 2

    assert capsys.readouterr().err.splitlines() == [
        f"crawler: {docs.parent}/crawler.toml: urls: 'nowhere' is neither a URL nor a folder",
        f"crawler: {docs.parent}/crawler.toml: urls is a list of seeds",
    ]


def test_a_markdown_file_that_is_not_there_is_not_taken_for_a_host(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["nowhere.md"]) == 2
    assert capsys.readouterr().err == "crawler: 'nowhere.md' is neither a URL nor a folder\n"


def test_who_forgets_the_scheme_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["docs.example.org/guide"]) == 2
    assert capsys.readouterr().err == (
        "crawler: 'docs.example.org/guide' is neither a URL nor a folder,"
        " did you mean https://docs.example.org/guide?\n"
    )


async def test_a_sitemap_is_a_seed(tmp_path: Path) -> None:
    async with Site.serve() as site:
        xml = f"<urlset><url><loc>{site.url('/a')}</loc></url></urlset>"
        site.page("/sitemap.xml", xml, headers={"Content-Type": "application/xml"})
        site.links("/a", "/gone")
        night = Night(tmp_path / "crawl.db")
        await night.crawl(site.url("/sitemap.xml"))

        assert night.broken() == {(site.url("/a"), site.url("/gone"), "", "404")}
