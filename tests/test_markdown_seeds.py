"""Promises about Markdown as a seed: a file, a folder, and the project that it is part of."""

import io
import os
import sys
from pathlib import Path

import pytest

from crawler.cli import main
from crawler.engine.seeds import seed_of
from crawler.fetch.listing import listing
from tests.night import Night
from tests.site import Site


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


def test_what_is_newly_broken_is_told_with_the_file_to_edit(
    docs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["docs"])
    with (docs / "one.md").open("a") as page:
        page.write("\n[lost](lost.md)\n")
    line = (docs / "one.md").read_text().count("\n")
    main(["docs"])
    capsys.readouterr()

    main(["diff"])

    page_url = "http://project.localhost/docs/one.md"
    assert capsys.readouterr().out.splitlines()[4:6] == [
        "  404  http://project.localhost/docs/lost.md",
        f"      docs/one.md:{line}  {page_url}:{line}  md link “lost”",
    ]


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


@pytest.mark.parametrize("seed", [".github/C.md", "./.github", "-"])
def test_a_name_may_begin_with_a_dot(
    docs: Path, monkeypatch: pytest.MonkeyPatch, seed: str
) -> None:
    (docs.parent / ".github").mkdir()
    (docs.parent / ".github/C.md").write_text("[gone](gone.md)")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b".github/C.md\n")))

    assert main([seed]) == 1

    assert Night(docs.parent / "data/crawl.db").column("SELECT target FROM broken") == [
        "http://project.localhost/.github/gone.md"
    ]


@pytest.mark.parametrize("name", ["a #1.md", "#h.md", " lead.md"])
def test_a_line_of_seeds_that_is_a_files_name_has_no_comment(docs: Path, name: str) -> None:
    (docs / name).write_text("[gone](gone.md)")
    (docs / "seeds.txt").write_text(f"# all of them\n{name}\none.md # the first\n")

    assert main(["--seeds", "docs/seeds.txt", "--depth", "0"]) == 1

    assert Night(docs.parent / "data/crawl.db").column("SELECT target FROM broken") == [
        "http://docs.localhost/gone.md"
    ]


def test_markdown_files_that_come_and_go_are_pages_that_do(docs: Path) -> None:
    (docs / "guide/old.md").write_text("# Old\n")
    main(["docs"])
    (docs / "guide/old.md").rename(docs / "guide/new.md")
    main(["docs"])

    night = Night(docs.parent / "data/crawl.db")
    root = "http://project.localhost/docs/guide"
    assert night.column("SELECT url FROM pages_gained") == [f"{root}/new.md"]
    assert night.column("SELECT url FROM pages_lost") == [f"{root}/old.md"]


@pytest.mark.slow
def test_of_a_folder_very_many_files_are_listed(tmp_path: Path) -> None:
    for number in range(20_001):
        (tmp_path / f"{number}.md").touch()

    assert listing(tmp_path).count(b"<li>") == 20_001


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


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("docs.example.org/guide", "neither a URL nor a folder, did you mean https://"),
        ("docs.example.org:8443/guide", "no http(s) URL, did you mean https://"),
        ("localhost:8000", "no http(s) URL, did you mean http://"),
        ("127.0.0.1:8000/", "neither a URL nor a folder, did you mean http://"),
    ],
)
def test_who_forgets_the_scheme_is_told(
    written: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([written]) == 2
    assert capsys.readouterr().err == f"crawler: {written!r} is {said}{written}?\n"


async def test_a_sitemap_is_a_seed(tmp_path: Path) -> None:
    async with Site.serve() as site:
        xml = f"<urlset><url><loc>{site.url('/a')}</loc></url></urlset>"
        site.page("/sitemap.xml", xml, headers={"Content-Type": "application/xml"})
        site.links("/a", "/gone")
        night = Night(tmp_path / "crawl.db")
        await night.crawl(site.url("/sitemap.xml"))

        assert night.broken() == {(site.url("/a"), site.url("/gone"), "", "404")}
