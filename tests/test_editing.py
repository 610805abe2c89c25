"""Promises about the file that a person edits: which it is, on which line, and never another's."""

import json
import os
import time
from pathlib import Path

import pytest

from crawler.cli import main
from crawler.report.sources import Sources

GONE = '<p>\n<a href="/gone">gone</a>'


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "build").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", "utf-8")


def places(
    capsys: pytest.CaptureFixture[str], *arguments: str, seed: str = "build = https://docs.test/"
) -> list[tuple[str, int | None]]:
    capsys.readouterr()
    main([seed, "--external", "skip", "--format", "json", *arguments])
    findings = json.loads(capsys.readouterr().out)["findings"]
    return [(each["file"], each["file_line"]) for each in findings]


@pytest.mark.parametrize(
    ("link", "file"),
    [
        ('<a href="https://github.com/o/r/edit/main/docs/page.md">x</a>', "docs/page.md"),
        ('<a href="https://gitlab.com/g/s/r/-/edit/v1/docs/page.md">x</a>', "docs/page.md"),
        ('<a href="https://git.test/o/r/_edit/main/docs/page.md">x</a>', "docs/page.md"),
        (
            '<a href="https://github.com/o/r/blob/main/docs/page.md">View page source</a>',
            "docs/page.md",
        ),
        ('<a href="https://github.com/o/r/blob/main/setup.py">setup</a>', "build/index.html"),
        ('<a href="_sources/page.md.txt">Show Source</a>', "docs/page.md"),
        ('<a href="https://github.com/o/r/edit/main/../../etc/passwd">x</a>', "build/index.html"),
        (
            '<a href="https://github.com/o/r/edit/main/%2e%2e%2f%2e%2e%2fx">x</a>',
            "build/index.html",
        ),
    ],
)
def test_a_page_names_its_source_file(
    here: Path, capsys: pytest.CaptureFixture[str], link: str, file: str
) -> None:
    write(here / "build/index.html", GONE, link)
    write(here / "docs/page.md", "# Page", "", "see [gone](/gone)")
    write(here / "build/_sources/page.md.txt", "# Page")

    (place,) = places(capsys, "--sources", "docs")

    assert place == (file, 3 if file == "docs/page.md" else 2)


@pytest.mark.parametrize("url", ["https://docs.test/v2", "https://docs.test/v2/"])
def test_a_page_of_a_folder_below_a_path_is_its_file(
    here: Path, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    write(here / "build/index.html", '<a href="gone">gone</a>')

    assert places(capsys, seed=f"build = {url}") == [("build/index.html", 1)]


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("/guide", "build/guide.html"),
        ("/guide?x=1", "build/guide.html"),
        ("/guide/", "build/guide/index.htm"),
        ("/api", "build/api/index.html"),
        ("/caf%C3%A9", "build/café.html"),
    ],
)
def test_a_page_is_the_file_that_the_folder_answered_with(
    here: Path, capsys: pytest.CaptureFixture[str], path: str, file: str
) -> None:
    write(here / "build/index.html", f'<a href="{path}">x</a>')
    for name in ("guide.html", "guide/index.htm", "api/index.html", "api.htm", "café.html"):
        write(here / "build" / name, GONE)

    assert places(capsys) == [(file, 2)]


@pytest.mark.parametrize(
    ("page", "file"),
    [
        ("index.html", "docs/index.md"),
        ("guide/index.html", "docs/guide.md"),
        ("guide/install.html", "docs/guide/install.rst"),
        ("api/index.html", "docs/api/README.md"),
        ("subindex.html", "docs/subindex.md"),
    ],
)
def test_a_page_is_made_from_the_file_with_its_path(
    here: Path, capsys: pytest.CaptureFixture[str], page: str, file: str
) -> None:
    write(here / "build/index.html", "".join(f'<a href="/{page}">x</a>'))
    write(here / "build" / page, GONE)
    names = ("index.md", "guide.md", "guide/install.rst", "api/README.md", "sub.md", "subindex.md")
    for name in names:
        write(here / "docs" / name, "", "", "", "`gone </gone>`_")

    assert places(capsys, "--sources", "docs") == [(file, 4)]


def test_the_source_of_a_page_is_found_without_a_look_at_all_others(tmp_path: Path) -> None:
    for number in range(2000):
        folder = tmp_path / f"docs/{number}"
        folder.mkdir(parents=True)
        (folder / "index.md").touch()
    sources = Sources([tmp_path])
    started = time.process_time()

    for number in range(200):
        assert sources.of_page(f"{number}/") == f"{tmp_path}/docs/{number}/index.md"
        assert sources.of_page(f"gone/{number}.html") is None

    assert time.process_time() - started < 0.5


def test_a_page_of_another_path_is_found_by_what_it_says(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(here / "build/index.html", '<a href="/blog/2024">x</a>')
    write(here / "build/blog/2024/index.html", '<a href="https://docs.test/gone#x">x</a>')
    write(here / "posts/2024-01-02-hello.md", "Hello", "", "[x](https://docs.test/gone#x)")
    write(here / "posts/2024-01-03-bye.md", "[x](https://docs.test/other)")

    assert places(capsys, "--sources", "posts") == [("posts/2024-01-02-hello.md", 3)]


def test_a_page_with_a_relative_link_is_not_the_file_that_has_the_whole_address(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(here / "build/index.html", '<a href="/1.0/api/">x</a>')
    write(here / "build/1.0/api/index.html", '<a href="/gone#x">x</a>')
    write(here / "docs/install.md", "[x](https://docs.test/gone#x)")

    assert places(capsys, "--sources", "docs") == [("build/1.0/api/index.html", 1)]


def test_the_line_of_a_missing_place_is_not_that_of_another_link_to_its_page(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    links = '<a href="guide/#install">a</a> <a href="guide/#set-up">b</a> <a href="guide/#ü">c</a>'
    write(here / "build/index.html", links)
    write(here / "build/guide/index.html", "<h2 id=install>Install</h2>")
    names = ("install", "set-up", "ü")
    write(here / "docs/index.md", *(f"[x](guide/index.md#{name})" for name in names))

    found = places(capsys, "--sources", "docs")
    assert sorted(found) == [("docs/index.md", 2), ("docs/index.md", 3)]


@pytest.mark.parametrize(
    ("named", "there"),
    [("website/docs/a.md", "docs/a.md"), ("docs/_posts/a.md", "docs/_posts/a.md")],
)
def test_a_page_may_name_its_source_in_a_folder_above(
    here: Path, capsys: pytest.CaptureFixture[str], named: str, there: str
) -> None:
    link = f'<a href="https://github.com/o/r/edit/main/{named}">Edit</a>'
    write(here / "build/index.html", f"{GONE}{link}")
    write(here / there, "# A", "[gone](/gone)")
    write(here / "docs/other/a.md", "[gone](/gone)")

    assert places(capsys, "--sources", "docs") == [(there, 2)]


@pytest.mark.parametrize("written", ["p?a=1&amp;b=2", "p?a=1&b=2", "a&amp;b&lt;.html"])
def test_a_line_is_found_by_an_address_as_html_has_it(
    here: Path, capsys: pytest.CaptureFixture[str], written: str
) -> None:
    link = f'<a href="{written}">amp</a>'
    write(here / "build/index.html", '<a href="https://www.example.org/">the amp</a>', link)

    assert places(capsys, "--sources", "build") == [("build/index.html", 2)]


def test_a_page_is_found_by_an_address_as_html_has_it(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(here / "build/index.html", '<a href="https://docs.test/p?a=1&amp;b=2">x</a>')
    write(here / "theme/footer.html", "", '<a href="https://docs.test/p?a=1&amp;b=2">x</a>')

    assert places(capsys, "--sources", "theme") == [("theme/footer.html", 2)]


def test_a_line_is_not_that_of_a_longer_word_with_the_text_of_the_link(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(here / "build/index.html", '<a href="/gone">amp</a>')
    write(here / "docs/index.md", "For example", "", "{{ link('an amp') }}")

    assert places(capsys, "--sources", "docs") == [("docs/index.md", 3)]


@pytest.mark.parametrize(
    ("href", "link"),
    [
        ("../install/", "[how to](install.md)"),
        ("../install", "[how to](../install.mdx#first)"),
        ("../install/", "xref:install.adoc[how to]"),
        ("../install/", "[how to]({{ docs }}/install)"),
        ("../install/", "[how to]({{ docs }}install/)"),
        ("../install/", "[how to][1]"),
        ("install", "[how to](install)"),
        ("../install/", ":doc:`how to <install>`"),
        ("../install.html", "<a href={{ docs }}install.html>how to</a>"),
    ],
)
def test_a_line_is_that_of_the_link_and_not_of_a_word_like_it(
    here: Path, capsys: pytest.CaptureFixture[str], href: str, link: str
) -> None:
    write(here / "build/index.html", '<a href="start/">x</a>')
    write(here / "build/start/index.html", f'<a href="{href}">how to</a>')
    before = "Before you install" if ":doc:" in link else "This is how to install it"
    write(here / "docs/start.md", "# Start", "", before, "", f"See {link}")

    assert places(capsys, "--sources", "docs") == [("docs/start.md", 5)]


def test_a_line_is_not_that_of_another_link_that_leads_up(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(here / "build/index.html", '<a href="guide/start/">x</a>')
    write(here / "build/guide/start/index.html", '<a href="../">up</a>')
    write(here / "docs/guide/start.md", "![](../images/a.png)", "", "[up](index.md)")

    assert places(capsys, "--sources", "docs") == [("docs/guide/start.md", 3)]


def test_a_file_of_markdown_is_its_own_source(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(here / "docs/a.md", "# A", "", "[gone](gone.md)")

    assert main(["docs", "--format", "github"]) == 1

    assert "::error file=docs/a.md,line=3," in capsys.readouterr().out


def test_a_file_whose_name_is_no_text_is_named_by_its_bytes(
    here: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    folder = Path(os.fsdecode(os.fsencode(here) + b"/caf\xe9"))
    try:
        write(folder / "a.md", "[gone](gone.md)")
    except OSError:
        pytest.skip("names of files are text here")

    assert main([str(folder), "--db", str(folder / "x.db"), "--format", "html"]) == 1
    assert "caf\N{REPLACEMENT CHARACTER}/x.db".encode() in capsysbinary.readouterr().out

    assert main(["report", "--db", str(folder / "x.db"), "--format", "sarif"]) == 0
    assert b'"uri": "caf%E9/a.md"' in capsysbinary.readouterr().out


def test_a_report_finds_the_sources_too_and_the_file_of_options(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(here / "build/index.html", GONE)
    write(here / "docs/index.md", "[gone](/gone)")
    write(here / "crawler.toml", 'sources = ["docs"]', 'db = "mine.db"', "depth = 1")
    main(["build"])
    capsys.readouterr()

    assert main(["report", "--format", "sarif"]) == 0

    (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    location = result["locations"][0]["physicalLocation"]
    assert location == {
        "artifactLocation": {"uri": "docs/index.md"},
        "region": {"startLine": 1},
    }


def test_a_person_reads_which_file_to_edit(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(here / "build/index.html", GONE)
    write(here / "docs/index.md", "# Page", "", "see [gone](/gone)")

    main(["build = https://docs.test/", "--external", "skip", "--sources", "docs"])

    said = "      docs/index.md:3  https://docs.test/:2  a href “gone”"
    assert said in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("target", ["//[your-host]/x", "HTTPS://[x]/", "ftp://[x"])
def test_what_is_no_url_at_all_stops_no_report(
    here: Path, capsys: pytest.CaptureFixture[str], target: str
) -> None:
    edit = '<a href="https://github.com/o/r/edit/main/docs/page.md">x</a>'
    write(here / "build/index.html", f'{edit}<a href="{target}">x</a>')

    assert places(capsys) == [("docs/page.md", None)]
