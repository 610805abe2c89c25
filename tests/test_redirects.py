"""Promises about redirects as a to-do: what to write instead, and a patch that git takes."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crawler.cli import main
from crawler.report.patch import addresses_of, can_name, patch_of, rewritten
from tests.night import Night
from tests.site import Site

OLD, NEW = "http://a.test/old", "https://a.test/new"


@pytest.mark.parametrize(
    "source",
    [
        "see {}",
        "[text]({})",
        "<{}>, and",
        "({}).",
        "`{}`_",
        'href="{}"',
        ".. _name: {}\n",
        "a\n{}\nb",
        "**{}**",
    ],
)
def test_a_whole_address_is_replaced(source: str) -> None:
    assert rewritten(source.format(OLD), {OLD: NEW}) == source.format(NEW)


@pytest.mark.parametrize(
    "source",
    ["{}er", "{}/deeper", "{}?q", "{}#part", "{}.html", "b.test/{}", "no address", "{}%20x"],
)
def test_what_only_begins_like_it_is_left(source: str) -> None:
    written = source.format(OLD)
    assert rewritten(written, {OLD: NEW}) == written


@pytest.mark.parametrize(
    "rest",
    ["{version}/x", "{{ page }}", "$page", "${page}", "<page>/x", "*/x", "*x", "(x)", "\udce9"],
)
def test_what_a_template_or_another_charset_makes_longer_is_left(rest: str) -> None:
    assert rewritten(OLD + rest, {OLD: NEW}) == OLD + rest


@pytest.mark.parametrize("query", ["?u=", "?a=1&u=", "?a=1&amp;u="])
def test_an_address_in_the_query_of_another_is_left(query: str) -> None:
    written = f"https://share.test/{query}{OLD}"

    assert rewritten(f"{written} {OLD}", {OLD: NEW}) == f"{written} {NEW}"


def test_an_address_that_an_attribute_has_without_quotes_is_replaced() -> None:
    assert rewritten(f"<a href={OLD}> 0;url={OLD}", {OLD: NEW}) == f"<a href={NEW}> 0;url={NEW}"


def test_an_ampersand_stays_as_it_was_written() -> None:
    addresses = {f"{OLD}?a=1&b": f"{NEW}?a=1&b"}

    assert rewritten(f"{OLD}?a=1&b {OLD}?a=1&amp;b", addresses) == (f"{NEW}?a=1&b {NEW}?a=1&amp;b")


def test_only_what_html_must_escape_is_looked_for_escaped() -> None:
    assert rewritten(f"{OLD}?a='1'&amp;b", {f"{OLD}?a='1'&b": f"{NEW}?a='1'&b"}) == (
        f"{NEW}?a='1'&amp;b"
    )
    assert rewritten(OLD, {OLD: f"{NEW}?a=1&b"}) == f"{NEW}?a=1&b"


@pytest.mark.parametrize("turn", [1, -1])
def test_of_two_addresses_that_begin_alike_the_longer_is_replaced(turn: int) -> None:
    addresses = dict([(OLD, NEW), (f"{OLD}(2)", f"{NEW}-two")][::turn])

    assert rewritten(f"{OLD}(2), {OLD}", addresses) == f"{NEW}-two, {NEW}"


@pytest.mark.parametrize(("path", "end"), [("a/b.md", ""), ("a/b c.md", "\t")])
def test_a_name_with_a_blank_in_a_patch_ends_at_a_tab(path: str, end: str) -> None:
    lines = list(patch_of(path, "x\n", "y\n"))

    assert lines[:2] == [f"--- a/{path}{end}\n", f"+++ b/{path}{end}\n"]


def test_a_patch_can_name_no_file_that_git_would_quote() -> None:
    assert can_name("a/größer b.md")
    assert not any(can_name(f"a{odd}b.md") for odd in '"\\\t\n\0\x1f\x7f')


def test_only_absolute_addresses_are_replaced() -> None:
    pairs = [("HTTP://a.test/x", "1"), ("https://a.test/y", "2"), ("/z", "3"), ("//a.test/z", "4")]

    assert addresses_of(pairs) == {"HTTP://a.test/x": "1", "https://a.test/y": "2"}


def test_blanks_around_an_address_are_none_of_it() -> None:
    assert addresses_of([(" http://a.test/x\n", "1")]) == {"http://a.test/x": "1"}


SOURCES = {
    "plain.md": f"[a]({OLD})\nmore\n",
    "with blank.rst": f"{OLD}\n",
    "deep/no-end.md": f"1\n2\n3\n4\n5\n6\n7\n8\n9 {OLD}",
    "dos.md": f"a\r\n{OLD}\r\nb\r\n",
    "größer.md": f"ü {OLD}\n",
    "other.md": "nothing here\n",
}


async def test_git_applies_the_patch(
    site: Site,
    night: Night,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    old, new = site.external("/old"), site.external("/new")
    site.links("/", f"{old}#part", "/within")
    site.redirect("/old", "/new", 301)
    site.page("/new", "<i id=part>")
    site.redirect("/within", "/here", 308)
    site.page("/here", "here")
    for day in range(3):
        await night.crawl(site.url(), day=day)
    monkeypatch.chdir(tmp_path)
    written = {name: text.replace(OLD, f"{old}#part") for name, text in SOURCES.items()}
    written |= {"latin.txt": f"\udcfc {old}#part\n"}
    for name, text in written.items():
        path = tmp_path / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    (tmp_path / 'docs/a"b.md').write_text(f"{old}#part")

    assert redirects(night, "--patch", "docs", "--output", "new.patch") == 0
    assert capsys.readouterr().err.splitlines() == [
        "crawler: not in the patch, but in the list: 1 relative link",
        "crawler: not in the patch, for its name: 'docs/a\"b.md'",
    ]
    git = await asyncio.create_subprocess_exec("git", "apply", "new.patch")
    assert await git.wait() == 0

    found = {name: (tmp_path / "docs" / name).read_bytes() for name in written}
    assert found == {
        name: text.replace(old, new).encode("utf-8", "surrogateescape")
        for name, text in written.items()
    }
    assert redirects(night, "--csv") == 0
    assert capsys.readouterr().out.splitlines() == [
        "source,line,old,new",
        f"{site.url()},1,{old}#part,{new}#part",
        f"{site.url()},2,/within,{site.url('/here')}",
    ]
    assert redirects(night) == 0
    assert capsys.readouterr().out.startswith(f"{site.url()}:1  {old}#part  →  {new}#part\n")
    assert redirects(night, "--patch", "nowhere") == 2


async def test_any_run_may_be_asked_for(
    site: Site, night: Night, capsys: pytest.CaptureFixture[str]
) -> None:
    site.links("/", "/old")
    site.redirect("/old", "/new", 301)
    site.page("/new", "new")
    for day in range(4):
        if day == 3:
            site.links("/", "/new")
        await night.crawl(site.url(), day=day)

    assert redirects(night, "--run", "3") == 0
    assert capsys.readouterr().out == f"{site.url()}:1  /old  →  {site.url('/new')}\n"
    assert redirects(night) == 0
    assert capsys.readouterr().out.startswith("No link leads to what has moved")
    assert redirects(night, "--run", "5") == 2
    assert "there is no run 5" in capsys.readouterr().err


async def test_a_place_that_a_page_writes_in_two_ways_is_patched_in_full_where_it_stands_so(
    site: Site,
    night: Night,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    site.links("/", "/old#part", site.url("/old#part"))
    site.redirect("/old", "/new", 301)
    site.page("/new", "<i id=part>")
    for day in range(3):
        await night.crawl(site.url(), day=day)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.md").write_text(f"[a](/old#part) [b]({site.url('/old#part')})\n")

    assert redirects(night, "--patch", ".") == 0
    told = capsys.readouterr()
    assert f"+[a](/old#part) [b]({site.url('/new#part')})" in told.out
    assert told.err == "crawler: not in the patch, but in the list: 1 relative link\n"


def test_what_git_would_not_find_is_not_patched(
    night: Night, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert redirects(night, "--patch", str(tmp_path)) == 2
    assert "is not below the working folder" in capsys.readouterr().err


def redirects(night: Night, *arguments: str) -> int:
    """Run the command in a thread, as it has an event loop of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(main, ["redirects", *arguments, "--db", str(night.db)]).result()
