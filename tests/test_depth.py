"""Promises about how deep a crawl goes, and that no slow answer makes a page deeper."""

import asyncio
import sqlite3
from contextlib import closing, suppress
from dataclasses import replace

from aiohttp import web

from crawler.store.statements.nearness import SETTLE_DEPTHS
from tests.night import SETTINGS, Night
from tests.site import Site
from tests.stored import rows


async def test_pages_down_to_the_depth_are_followed_and_every_link_on_them_is_checked(
    site: Site, night: Night
) -> None:
    site.chain("/", "/1", "/2", "/3", "/4")

    await night.crawl(site.url(), replace(SETTINGS, depth=2))

    assert site.counts == {"/": 1, "/1": 1, "/2": 1, "/3": 1}
    assert site.methods("/3") == ["HEAD"]
    assert night.depths() == {site.url(f"/{n or ''}"): n for n in range(4)}


async def test_depth_zero_checks_the_links_of_the_seed(site: Site, night: Night) -> None:
    site.links("/", "/1")
    site.links("/1", "/2")

    await night.crawl(site.url(), replace(SETTINGS, depth=0))

    assert site.counts == {"/": 1, "/1": 1}


async def test_with_all_depths_a_site_is_followed_to_its_end(site: Site, night: Night) -> None:
    for n in range(20):
        site.links(f"/{n or ''}", f"/{n + 1}")

    await night.crawl(site.url(), replace(SETTINGS, depth="all"))

    assert night.broken() == {(site.url("/19"), site.url("/20"), "", "404")}


def later(site: Site, path: str, after: str, html: str, times: int = 1) -> None:
    """Declare a page that is answered when another was asked for so often, or a little later."""

    async def answer(_: web.Request) -> web.Response:
        with suppress(TimeoutError):
            await asyncio.wait_for(site.asked(after, times), 0.3)
        return web.Response(text=html, content_type="text/html")

    site.handler(path, answer)


async def test_a_slow_page_near_the_seed_makes_no_page_deeper_than_it_is(
    site: Site, night: Night
) -> None:
    site.links("/", "/fast", "/slow")
    site.links("/fast", "/far")
    site.links("/far", "/x")
    later(site, "/slow", "/far", '<a href="/x">x</a>')
    site.links("/x", "/gone")

    await night.crawl(site.url(), replace(SETTINGS, depth=2))

    assert night.depths()[site.url("/x")] == 2
    assert night.broken() == {(site.url("/x"), site.url("/gone"), "", "404")}


async def test_a_slow_redirect_makes_no_page_deeper_than_it_is(site: Site, night: Night) -> None:
    async def moved(_: web.Request) -> web.Response:
        await site.asked("/b")
        await site.asked("/b2")
        return web.Response(status=302, headers={"Location": "/x"})

    site.links("/", "/moved", "/b", "/b2")
    site.handler("/moved", moved)
    site.links("/b", "/x")
    site.links("/b2", "/x")
    site.links("/x", "/gone")

    await night.crawl(site.url(), replace(SETTINGS, depth=1))

    assert night.depths()[site.url("/x")] == 1
    assert night.broken() == {(site.url("/x"), site.url("/gone"), "", "404")}


async def test_without_a_limit_a_slow_page_makes_no_page_deeper_either(
    site: Site, night: Night
) -> None:
    site.links("/", "/fast", "/slow")
    site.chain("/fast", "/far", "/x", "/y", "/gone")
    later(site, "/slow", "/y", '<a href="/x">x</a>')

    await night.crawl(site.url(), replace(SETTINGS, depth="all"))

    assert [night.depths()[site.url(path)] for path in ("/far", "/x", "/y", "/gone")] == [
        *(2, 2, 3, 4)
    ]


async def test_a_slow_page_makes_no_page_deeper_that_has_not_changed(
    site: Site, night: Night
) -> None:
    site.links("/", "/fast", "/slow")
    site.chain("/fast", "/far", "/x", "/y", "/gone")
    later(site, "/slow", "/y", '<a href="/x">x</a>')
    deep = replace(SETTINGS, depth="all")
    await night.crawl(site.url(), deep)
    later(site, "/slow", "/y", '<a href="/x">x</a>', times=2)

    await night.crawl(site.url(), deep)

    assert [night.depths()[site.url(path)] for path in ("/x", "/y", "/gone")] == [2, 3, 4]


async def test_a_slow_page_makes_no_page_deeper_that_a_redirect_led_to(
    site: Site, night: Night
) -> None:
    site.links("/", "/fast", "/slow")
    site.chain("/fast", "/far", "/moved")
    site.redirect("/moved", "/x")
    site.chain("/x", "/y", "/gone")
    later(site, "/slow", "/y", '<a href="/x">x</a>')

    await night.crawl(site.url(), replace(SETTINGS, depth="all"))

    assert [night.depths()[site.url(path)] for path in ("/x", "/y", "/gone")] == [2, 3, 4]


# As SQLite had counted the rows of a site of 530 pages when this took a hundred seconds.
COUNTED = [
    ("page", "page", "3600 401 1"),
    ("link", "link_place", "87399 5 3 1"),
    ("link", "link_document", "100980 401"),
]


async def test_late_pages_are_looked_for_from_their_side_and_not_from_that_of_each_link(
    site: Site, night: Night
) -> None:
    site.links("/", "/a")
    await night.crawl(site.url())
    with closing(sqlite3.connect(night.db)) as connection, connection:
        connection.execute("ANALYZE")
        connection.execute("DELETE FROM sqlite_stat1")
        connection.executemany("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", COUNTED)

    values = {"run": 1, "all": 0, "ids": "[]"}
    plan = [step[3] for step in rows(night.db, f"EXPLAIN QUERY PLAN {SETTLE_DEPTHS}", values)]

    assert [step for step in plan if "link_place" in step] == []
