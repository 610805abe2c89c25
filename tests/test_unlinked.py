"""Promises about pages in a folder that nothing leads to: they are counted and named, not read."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.location import Location
from crawler.store.pruning import prune
from tests.built import write
from tests.night import SETTINGS, Night

PAGE = b'<a href="/">Home</a>'
UNLINKED = "SELECT url FROM notes WHERE kind = 'unlinked' ORDER BY 1"


@pytest.fixture
def night(location: Location, tmp_path: Path) -> Night:
    return Night(tmp_path / "crawl.db", location)


def built(tmp_path: Path, *others: str, home: bytes = b"<p>") -> str:
    """Write a site with a home page and `others`; return its folder, as a seed."""
    site = tmp_path / "site"
    write(site, {"index.html": home, **dict.fromkeys(others, PAGE)})
    return str(site)


async def test_a_page_that_nothing_leads_to_is_noted_and_counted(
    tmp_path: Path, night: Night
) -> None:
    site = built(tmp_path, "a.html", "old/b.html", "old/index.html", home=b"<a href=a.html>")

    summary = await night.crawl(site)

    there = ["http://site.localhost/old/", "http://site.localhost/old/b.html"]
    assert night.column(UNLINKED) == there
    assert (summary.totals.unlinked, summary.totals.pages) == (2, 2)


async def test_the_report_says_how_many_there_are(tmp_path: Path) -> None:
    night = Night(tmp_path / "crawl.db")

    await night.crawl(built(tmp_path, "old.html"))

    said = "in the folder, but no page that was read links there: 1 page (see the view notes)\n"
    assert said in await night.report()


@pytest.mark.parametrize(
    ("file", "href"),
    [
        ("guide.html", "guide.html"),
        ("guide.html", "guide"),
        ("guide.htm", "guide.htm"),
        ("guide/index.html", "guide/"),
        ("guide/index.html", "guide"),
        ("guide/index.html", "guide/index.html"),
        ("guide/reindex.html", "guide/reindex.html"),
        ("f(x), [1] & ü.html", "f(x), [1] &amp; ü.html"),
        ("f(x).html", "f%28x%29.html"),
        ("café.html", "caf%c3%a9.html"),
        ("foo(1),bar.html", "foo(1)%2Cbar.html"),
        ("b[1](2).html", "b%5B1%5D(2).html"),
        ("50%.html", "50%25.html"),
        ("guide.html", "guide.html?v=2"),
    ],
)
async def test_a_page_is_met_under_any_of_its_urls(tmp_path: Path, file: str, href: str) -> None:
    night = Night(tmp_path / "crawl.db")
    link = f'<meta charset=utf-8><a href="{href}">'.encode()

    await night.crawl(built(tmp_path, file, home=link))

    assert night.column(UNLINKED) == []


@pytest.mark.parametrize(
    "file",
    [
        "404.html",
        "de/404.html",
        "_static/template.html",
        ".git/page.html",
        "notes.txt",
    ],
)
async def test_what_is_no_page_for_readers_is_left_out(tmp_path: Path, file: str) -> None:
    night = Night(tmp_path / "crawl.db")

    await night.crawl(built(tmp_path, file))

    assert night.column(UNLINKED) == []


@pytest.mark.parametrize(
    "content",
    [
        b'<meta http-equiv="refresh" content="0; url=/"><a href="/">moved</a>',
        b"google-site-verification: google0123456789abcdef.html",
    ],
)
async def test_what_only_leads_on_or_refers_to_nothing_is_left_out(
    tmp_path: Path, content: bytes
) -> None:
    night = Night(tmp_path / "crawl.db")
    site = built(tmp_path)
    write(tmp_path / "site", {"old.html": content})

    await night.crawl(site)

    assert night.column(UNLINKED) == []


async def test_what_the_user_excludes_is_left_out(tmp_path: Path) -> None:
    night = Night(tmp_path / "crawl.db")
    site = built(tmp_path, "drafts/a.html", "b.html")

    await night.crawl(site, replace(SETTINGS, exclude=("/drafts/",)))

    assert night.column(UNLINKED) == ["http://site.localhost/b.html"]


async def test_nothing_is_said_where_pages_were_too_deep_to_be_followed(tmp_path: Path) -> None:
    night = Night(tmp_path / "crawl.db")
    site = built(tmp_path, "a.html", "b.html", home=b'<a href="a.html">')

    await night.crawl(site, replace(SETTINGS, depth=0))
    assert night.column(UNLINKED) == []

    await night.crawl(site, replace(SETTINGS, depth=1))
    assert night.column(UNLINKED) == ["http://site.localhost/b.html"]


async def test_pictures_may_be_deeper_than_what_is_followed(tmp_path: Path) -> None:
    night = Night(tmp_path / "crawl.db")
    site = built(tmp_path, "b.html", home=b"<img src=a.png><a href=gone.html>")
    write(tmp_path / "site", {"a.png": b"PNG"})

    await night.crawl(site, replace(SETTINGS, depth=0))

    assert night.column(UNLINKED) == ["http://site.localhost/b.html"]


async def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    night = Night(tmp_path / "crawl.db")
    site = built(tmp_path)
    os.mkfifo(tmp_path / "site" / "pipe.html")

    await asyncio.wait_for(night.crawl(site), 10)

    assert night.column(UNLINKED) == []


async def test_nothing_is_said_of_a_run_that_ended_early(tmp_path: Path) -> None:
    night = Night(tmp_path / "crawl.db")
    site = built(tmp_path, "a.html", "b.html", home=b'<a href="a.html">')

    await night.crawl(site, replace(SETTINGS, max_pages=1))

    assert night.column(UNLINKED) == []


async def test_a_folder_in_a_folder_is_no_part_of_it(tmp_path: Path) -> None:
    night = Night(tmp_path / "crawl.db")
    docs = tmp_path / "docs"
    site = built(tmp_path, "docs/old.html")
    write(docs, {"index.html": b"<p>", "a.html": PAGE})

    await night.crawl([f"{site} = https://a.test/", f"{docs} = https://a.test/docs/"])

    assert night.column(UNLINKED) == ["https://a.test/docs/a.html"]


async def test_a_folder_of_markdown_leads_to_all_its_files(tmp_path: Path) -> None:
    night = Night(tmp_path / "crawl.db")
    write(tmp_path / "notes", {"a.md": b"# A", "old/b.md": b"# B", "c.html": PAGE})

    await night.crawl(str(tmp_path / "notes"))

    assert night.column(UNLINKED) == []


async def test_what_is_noted_outlives_the_nights_before(tmp_path: Path, night: Night) -> None:
    site = built(tmp_path, "old.html")
    for day in range(2):
        await night.crawl(site, day=day)

    await prune(night.location, 1)

    assert night.column(UNLINKED) == ["http://site.localhost/old.html"]
