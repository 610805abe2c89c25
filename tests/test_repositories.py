"""Promises about Markdown in a repository: its links lead where its forge has them lead."""

import os
import re
from pathlib import Path
from urllib.parse import urljoin

import pytest

from crawler.cli import main
from crawler.repository import rooted
from tests.night import Night


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


@pytest.mark.parametrize("seed", ["README.md", ".", "docs/a.md"])
def test_a_repository_may_have_any_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: str
) -> None:
    root = tmp_path / "文档"
    (root / "docs").mkdir(parents=True)
    (root / ".git").mkdir()
    (root / "README.md").write_text("[a](docs/a.md)")
    (root / "docs/a.md").write_text("[up](../README.md) [gone](../gone.md)")
    monkeypatch.chdir(root)

    assert main([seed]) == 1

    assert Night(root / "data/crawl.db").column("SELECT target FROM broken") == [
        "http://markdown.localhost/gone.md"
    ]


def test_a_folder_without_its_slash_has_not_moved(docs: Path) -> None:
    (docs / "one.md").write_text("[folder](guide)")
    for _ in range(4):
        main(["docs"])

    assert Night(docs.parent / "data/crawl.db").column("SELECT count(*) FROM redirects") == [0]


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
        ("git@github.com-my-work:o/r.git", "https://github.com/o/r/"),
        ("ssh://git@ssh.github.com:443/o/r.git", "https://github.com/o/r/"),
        ("HTTPS://www.GitHub.com/o/r/", "https://github.com/o/r/"),
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
        "[a](../../issues?q=is) [b](../../wiki) [c](wiki) [d](wiki/no.md) [e](issues)"
        " [f](../README.md) [g](docs/../../../../o2/r2)"
    )
    (docs.parent / "wiki").mkdir()
    root = "http://project.localhost"

    assert main(["README.md", "--depth", "0", "--external", "skip"]) == 1

    night = Night(docs.parent / "data/crawl.db")
    gone = {f"{root}/wiki/no.md", f"{root}/issues", f"{root}/..%2FREADME.md"}
    above = {"..%2F..%2Fissues?q=is", "..%2F..%2Fwiki", "..%2F..%2F..%2Fo2/r2"}
    assert {each[1] for each in night.broken()} == (
        gone if pages else {*gone, *(f"{root}/{each}" for each in above)}
    )
    if pages:
        for page in ("issues?q=is", "wiki", "../o2/r2"):
            assert night.outcome(urljoin(pages, page)) == ("skipped", "external")
    assert night.outcome(f"{root}/wiki/") == ("ok", None)


@pytest.mark.parametrize(
    ("reference", "depth", "expected"),
    [
        ("../x.md#y", 1, None),
        ("../x.md", 0, "/..%2Fx.md"),
        ("./../a/../../x.md?q#y", 1, "/..%2Fx.md?q#y"),
        ("../..", 0, "/..%2F..%2F"),
        ("..", 0, "/..%2F"),
        ("../../a/b/..", 1, "/..%2Fa/"),
        ("../../a/", 1, "/..%2Fa/"),
        ("../../../../../o/r", 2, "/..%2F..%2F..%2Fo/r"),
        ("/../x.md", 0, None),
        ("//host/../x", 0, None),
        ("https:../x", 0, None),
        ("?../x", 0, None),
        ("#../x", 0, None),
        ("", 0, None),
        ("..x/...", 0, None),
        ("../a:b", 0, "/..%2Fa:b"),
    ],
)
def test_a_reference_tells_how_far_above_the_root_it_leads(
    reference: str, depth: int, expected: str | None
) -> None:
    assert rooted(reference, depth) == (expected or reference)


def test_a_fragment_of_a_folder_is_one_of_its_readme(docs: Path) -> None:
    (docs / "a.md").write_text(
        "[in](guide/#hi) [in](guide#Hi) [it](guide#readme) [no](guide/#ho) [no](guide/deep#hi)"
    )
    (docs / "guide/deep/README.md").symlink_to("gone")
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


def test_a_fragment_of_a_folder_may_be_one_of_a_readme_in_another_markup(docs: Path) -> None:
    (docs / "a.md").write_text("[in](guide#hi) [no](other#hi) [no](plain#hi)")
    (docs / "guide/README.rst").write_text("Hi\n==\n")
    (docs / "other").mkdir()
    (docs / "other/README.adoc").write_text("== Hi\n")
    (docs / "other/readme.md").write_text("# Ho\n")
    (docs / "plain").mkdir()
    (docs / "plain/README.txt").write_text("Hi\n==\n")
    root = "http://project.localhost/docs"

    assert main(["docs/a.md"]) == 1

    assert {each[1:] for each in Night(docs.parent / "data/crawl.db").broken()} >= {
        (f"{root}/other", "hi", "fragment"),
        (f"{root}/plain", "hi", "fragment"),
    }
    assert f"{root}/guide" not in Night(docs.parent / "data/crawl.db").column(
        "SELECT target FROM broken"
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


@pytest.mark.parametrize("git", [b"gitdir: \xff\0", b"[remote", b""])
def test_what_git_left_damaged_stops_nobody(docs: Path, git: bytes) -> None:
    (docs.parent / ".git").write_bytes(git)

    assert main(["docs/guide/two.md", "--depth", "0"]) == 1


@pytest.mark.parametrize(("named", "common"), [("modules/r", None), ("worktrees/r", "../..")])
def test_a_worktree_and_a_submodule_are_of_the_forge_too(
    docs: Path, tmp_path: Path, named: str, common: str | None
) -> None:
    git = tmp_path / "main/.git"
    (git / named).mkdir(parents=True)
    config = git / (named if common is None else "") / "config"
    config.write_text(CLONE.format("git@github.com:o/r.git"))
    if common is not None:
        (git / named / "commondir").write_text(f"{common}\n")
    (docs.parent / ".git").write_text(f"gitdir: ../main/.git/{named}\n")
    (docs.parent / "README.md").write_text("[a](../../issues)")

    assert main(["README.md", "--depth", "0", "--external", "skip"]) == 0


def test_markdown_as_it_is_written_has_lines_and_no_links(docs: Path) -> None:
    (docs / "a.md").write_text(
        "[b](b.md?plain=1#L3) [c](b.md#L3) [d](b.md?raw=true) [e](b.md?x#no)"
    )
    (docs / "b.md").write_text("# B\n[gone](gone.md)\n")
    root = "http://project.localhost/docs"

    assert main(["docs/a.md"]) == 1

    assert Night(docs.parent / "data/crawl.db").broken() == {
        (f"{root}/a.md", f"{root}/b.md?x", "no", "fragment"),
        (f"{root}/b.md", f"{root}/gone.md", "", "404"),
        (f"{root}/b.md?x", f"{root}/gone.md", "", "404"),
    }


def test_what_is_no_markdown_is_shown_as_it_is_written(docs: Path) -> None:
    page = '<p id="x"><a href="{% url \'home\' %}">home</a> <a href="gone.html">gone</a>'
    (docs / "page.html").write_text(page)
    (docs / "guide/index.html").write_text(page)
    (docs / "style.css").write_text("p { background: url(gone.png) }")
    (docs / "feed.xml").write_text("<rss><channel><link>gone</link></channel></rss>")
    (docs / "app.json").write_text('{"@context": "https://schema.org", "url": "gone"}')
    (docs / "a.md").write_text(
        "[a](page.html#L2) [b](page.html#no) [c](style.css) [d](feed.xml) [e](app.json#L1)"
        " [f](guide/) [g](gone.html)"
    )
    root = "http://project.localhost/docs"

    assert main(["docs/a.md", "--depth", "all", "--external", "skip"]) == 1

    night = Night(docs.parent / "data/crawl.db")
    assert {each for each in night.broken() if each[1] != f"{root}/one.md"} == {
        (f"{root}/a.md", f"{root}/gone.html", "", "404"),
        (f"{root}/guide/deep/deeper/three.md", f"{root}/guide/deep/gone.md", "", "404"),
    }


@pytest.mark.parametrize("folder", [".", "docs"])
@pytest.mark.parametrize("form", ["github", "sarif"])
def test_a_code_host_is_told_paths_from_the_root_of_the_repository(
    docs: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    form: str,
    folder: str,
) -> None:
    (docs.parent / ".git").mkdir()
    (docs.parent / "README.md").write_text("[gone](gone.md)")
    (docs / "one.md").write_text("[up](../README.md) [no](no.md)")
    monkeypatch.chdir(docs.parent / folder)
    seeds = [os.path.relpath(file) for file in (docs / "one.md", docs.parent / "README.md")]

    main([*seeds, "--depth", "0", "--db", "c.db", "--format", form])

    said = capsys.readouterr().out
    files = re.findall(r"file=([^,]+)," if form == "github" else r'"uri": ?"([^"]+)"', said)
    assert set(files) == {"docs/one.md", "README.md"}
