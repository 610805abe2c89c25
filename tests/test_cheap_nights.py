"""Promises about what a night costs: what has not changed is neither read nor written again."""

from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from crawler.judge.suspects import probe_url
from crawler.parse import reading
from tests.night import SETTINGS, Night
from tests.site import Site
from tests.validated import compressed, validated

TABLES = ("document", "link", "anchor", "url", "host")


def counts(night: Night) -> list[int]:
    return [night.column(f"SELECT count(*) FROM {table}")[0] for table in TABLES]  # noqa: S608


async def test_a_page_that_the_server_calls_unchanged_is_as_it_was(
    site: Site, night: Night
) -> None:
    site.handler("/", validated('<a href="/a#x">a</a><a href="/gone">'))
    site.handler("/a", validated('<h2 id="y">y</h2><a href="/b">'))
    site.links("/b", "/")
    await night.crawl(site.url())
    before = counts(night), night.broken()

    await night.crawl(site.url())

    assert (counts(night), night.broken()) == before
    assert len(before[1]) == 2
    assert night.rows("SELECT DISTINCT status FROM fetch WHERE run_id = 2 ORDER BY 1") == [
        (200,),
        (304,),
        (404,),
    ]
    assert night.rows(
        "SELECT verdict, status, content_type FROM pages WHERE run_id = 2 AND url = ?",
        site.url("/a"),
    ) == [("ok", 304, "text/html; charset=utf-8")]
    bytes_moved = night.column("SELECT sum(wire_bytes) FROM fetch GROUP BY run_id")
    assert bytes_moved[1] < bytes_moved[0]


async def test_what_apache_compresses_is_not_sent_again(site: Site, night: Night) -> None:
    site.handler("/", compressed('<a href="/gone">'))
    for _ in range(3):
        await night.crawl(site.url())

    assert night.column("SELECT status FROM pages WHERE url = ? ORDER BY run_id", site.url()) == [
        200,
        304,
        304,
    ]
    assert len(night.broken()) == 1


async def test_a_cache_before_apache_is_sent_the_etag_that_it_has(site: Site, night: Night) -> None:
    headers = {"ETag": '"1-gzip"', "Server": "Apache", "Via": "1.1 varnish (Varnish/7.1)"}
    site.page("/", "x", headers=headers)
    for _ in range(2):
        await night.crawl(site.url())

    assert [hit.headers.get("if-none-match") for hit in site.of("/")] == [None, '"1-gzip"']


async def test_a_page_that_comes_with_the_same_bytes_is_as_it_was(site: Site, night: Night) -> None:
    site.links("/", "/a#x", "/gone")
    site.links("/a", "/b")
    await night.crawl(site.url())
    before = counts(night), night.broken()

    await night.crawl(site.url())

    assert (counts(night), night.broken()) == before
    assert night.column("SELECT count(*) FROM page WHERE run_id = 2") == [4]


async def test_a_page_that_changed_is_read_again(site: Site, night: Night) -> None:
    site.handler("/", validated('<a href="/gone">'))
    await night.crawl(site.url())
    site.handler("/", validated('<a href="/other">'))

    await night.crawl(site.url())

    assert {target for _, target, _, _ in night.broken()} == {site.url("/other")}


async def test_what_was_only_looked_up_is_read_when_it_is_to_be_followed(
    site: Site, night: Night
) -> None:
    site.links("/", "/a#x")
    site.handler("/a", validated('<i id="x"><a href="/gone">'))
    await night.crawl(site.url(), replace(SETTINGS, depth=0))
    assert night.broken() == set()

    await night.crawl(site.url())

    assert [hit.headers.get("if-none-match") for hit in site.of("/a")] == [None, None]
    assert {target for _, target, _, _ in night.broken()} == {site.url("/gone")}


async def test_what_an_older_parser_has_read_is_read_again(
    site: Site, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.handler("/", validated('<a href="/gone">'))
    await night.crawl(site.url())
    monkeypatch.setattr(reading, "_VERSION", reading._VERSION + 1)

    await night.crawl(site.url())

    assert night.column(
        "SELECT status FROM page WHERE url_id IN (SELECT url_id FROM document)"
    ) == [
        200,
        200,
    ]
    assert night.column("SELECT count(*) FROM document") == [2]
    assert len(night.broken()) == 1


async def test_what_a_page_was_suspected_of_it_is_while_it_does_not_change(
    site: Site, night: Night
) -> None:
    async def lost(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="<title>Page not found</title>", content_type="text/html")

    site.links("/", "/lost")
    site.handler("/lost", lost)
    site.handler(probe_url(site.url()[:-1]).removeprefix(site.url()[:-1]), lost)

    for _ in range(2):
        await night.crawl(site.url())
        assert night.outcome(site.url("/lost")) == ("broken", "soft-404")


async def test_a_folder_is_known_by_its_bytes(night: Night, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text('<a href="a.html">')
    (folder / "a.html").write_text('<a href="gone.html">')
    await night.crawl(str(folder))
    before = counts(night), night.broken()
    for page in folder.iterdir():
        page.touch()

    await night.crawl(str(folder))

    assert (counts(night), night.broken()) == before


async def test_what_was_ill_on_the_night_before_goes_first(site: Site, night: Night) -> None:
    paths = [f"/{number}" for number in range(30)]
    site.links("/", *paths)
    for path in paths:
        site.page(path)
    site.page("/29", status=500)
    settings = replace(SETTINGS, concurrency=1, retries=0)
    await night.crawl(site.url(), settings)
    site.hits.clear()

    await night.crawl(site.url(), settings)

    assert [hit.path for hit in site.hits][:3] == ["/robots.txt", "/", "/29"]
