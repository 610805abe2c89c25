"""Promises about Markdown as a seed: a file, a folder, and the project that it is part of."""

import io
import os
import sys
from pathlib import Path

import pytest

from crawler.cli import main
from crawler.engine.seeds import seed_of
from tests.night import Night
from tests.site import Site


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


@pytest.mark.parametrize("folder", [".", "docs", ".."])
def test_the_project_is_the_repository_wherever_the_command_is_given(
    docs: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    (docs.parent / ".git").mkdir()
    (docs.parent / "README.md").write_text("# Hi\n")
    (docs / "one.md").write_text("# One\n[up](../README.md#hi) [root](/README.md) [x](../no.md)")
    monkeypatch.chdir(docs.parent / folder)

    assert main([os.path.relpath(docs / "one.md"), "--depth", "0", "--db", "c.db"]) == 1

    assert Night(Path("c.db")).broken() == {
        ("http://project.localhost/docs/one.md", "http://project.localhost/no.md", "", "404")
    }


CLONE = """\
[core]
	bare = false
[remote "origin"]
	url = {}
	fetch = +refs/heads/*:refs/remotes/origin/*
[remote "upstream"]
	url = https://github.com/else/where
"""


@pytest.mark.parametrize(
    ("remote", "pages"),
    [
        ("git@github.com:o/r.git", "https://github.com/o/r/"),
        ("https://token:x@github.com/o/r", "https://github.com/o/r/"),
        ("ssh://git@gitlab.com/group/o/r.git", "https://gitlab.com/group/o/r/-/"),
        ("https://git.example.org/o/r.git", None),
        ("/srv/o/r", None),
    ],
)
def test_links_above_a_clone_are_to_pages_of_its_forge(
    docs: Path, remote: str, pages: str | None
) -> None:
    (docs.parent / ".git").mkdir()
    (docs.parent / ".git/config").write_text(CLONE.format(remote))
    (docs.parent / "README.md").write_text(
        "[a](../../issues?q=is) [b](../../wiki) [c](../../no) [d](wiki/no.md)"
    )
    (docs.parent / "wiki").mkdir()
    root = "http://project.localhost"

    assert main(["README.md", "--depth", "0", "--external", "skip"]) == 1

    night = Night(docs.parent / "data/crawl.db")
    broken = {each[1] for each in night.broken()}
    assert broken == {f"{root}/no", f"{root}/wiki/no.md"} | (
        set() if pages else {f"{root}/issues?q=is"}
    )
    if pages:
        assert night.outcome(f"{pages}issues?q=is") == ("skipped", "external")
    assert night.outcome(f"{root}/wiki/") == ("ok", None), "what is there goes first"


def test_a_fragment_of_a_folder_is_one_of_its_readme(docs: Path) -> None:
    (docs / "a.md").write_text("[in](guide/#hi) [in](guide#hi) [no](guide/#ho) [no](guide/deep#hi)")
    (docs / "guide/Readme.md").write_text("# Hi\n[two](two.md)\n")
    root = "http://project.localhost/docs"

    assert main(["docs/a.md"]) == 1

    assert {each[1:] for each in Night(docs.parent / "data/crawl.db").broken()} >= {
        (f"{root}/guide/", "ho", "fragment"),
        (f"{root}/guide/deep", "hi", "fragment"),
    }
    assert "hi" not in Night(docs.parent / "data/crawl.db").column(
        "SELECT fragment FROM broken WHERE target NOT LIKE '%deep'"
    )


def test_a_fragment_is_found_in_any_case_as_on_github(docs: Path) -> None:
    (docs / "a.md").write_text(
        "# A\n[b](b.md#Bee) [b](b.md#User-Content-BEE) [c](b.md#c) [d](b.md#D)"
    )
    (docs / "b.md").write_text('# Bee\n<a id="C"></a>\n')
    root = "http://project.localhost/docs"

    assert main(["docs/a.md"]) == 1

    assert Night(docs.parent / "data/crawl.db").broken() == {
        (f"{root}/a.md", f"{root}/b.md", "c", "fragment"),
        (f"{root}/a.md", f"{root}/b.md", "D", "fragment"),
    }


def test_markdown_as_it_is_written_has_lines_and_no_links(docs: Path) -> None:
    (docs / "a.md").write_text("[b](b.md?plain=1#L3) [c](b.md#L3)")
    (docs / "b.md").write_text("# B\n[gone](gone.md)\n")
    root = "http://project.localhost/docs"

    assert main(["docs/a.md"]) == 1

    assert Night(docs.parent / "data/crawl.db").broken() == {
        (f"{root}/a.md", f"{root}/b.md", "L3", "fragment"),
        (f"{root}/b.md", f"{root}/gone.md", "", "404"),
    }


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
