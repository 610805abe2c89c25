"""Promises about what is checked and not followed: asked for by HEAD, or GET where it must be."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest
from aiohttp import web

from tests.night import SETTINGS, Night, Outcome
from tests.site import Site

OK = Outcome("ok")


async def test_a_link_that_leaves_the_site_is_checked_by_head_and_not_followed(
    site: Site, night: Night
) -> None:
    site.links("/", site.external("/there"))
    site.links("/there", "/secret")

    await night.crawl(site.url())

    assert site.methods("/there") == ["HEAD"]
    assert "/secret" not in site.counts
    assert night.outcome(site.external("/there")) == OK


@pytest.mark.parametrize("status", [400, 403, 404, 405, 500, 501])
async def test_a_leaf_that_does_not_answer_to_head_is_asked_by_get(
    site: Site, night: Night, status: int
) -> None:
    async def no_head(request: web.Request) -> web.Response:
        return web.Response(status=status if request.method == "HEAD" else 200)

    site.links("/", site.external("/there"))
    site.handler("/there", no_head)

    await night.crawl(site.url())

    assert site.methods("/there") == ["HEAD", "GET"]
    assert night.outcome(site.external("/there")) == OK


async def test_a_leaf_that_drops_a_head_is_asked_by_get(site: Site, night: Night) -> None:
    async def drop(request: web.Request) -> web.Response:
        if request.method == "HEAD":
            assert request.transport is not None
            request.transport.close()
        return web.Response()

    site.links("/", site.external("/there"))
    site.handler("/there", drop)

    await night.crawl(site.url())

    assert night.attempts(site.external("/there")) == [
        ("HEAD", None, "reset"),
        ("GET", 200, None),
    ]


async def test_a_host_that_lets_head_hang_is_not_asked_so_for_long(
    site: Site, night: Night
) -> None:
    async def hang(request: web.Request) -> web.Response:
        if request.method == "HEAD":
            await asyncio.Event().wait()
        return web.Response()

    paths = [f"/{number}" for number in range(10)]
    site.links("/", *map(site.external, paths))
    for path in paths:
        site.handler(path, hang)

    await night.crawl(site.url(), replace(SETTINGS, timeout=0.1, per_host=2))

    methods = Counter(method for path in paths for method in site.methods(path))
    assert methods["GET"] == 10
    assert 2 <= methods["HEAD"] <= 4
    assert {night.outcome(site.external(path)) for path in paths} == {OK}


async def test_a_leaf_is_asked_by_get_where_a_fragment_is_to_be_judged(
    site: Site, night: Night
) -> None:
    site.links("/", site.external("/there#here"), site.external("/there#gone"))
    site.page("/there", '<p id="here">')

    await night.crawl(site.url())

    assert site.methods("/there") == ["GET"]
    assert night.broken() == {(site.url(), site.external("/there"), "gone", "fragment")}


async def test_a_leaf_is_asked_again_by_get_where_a_fragment_is_found_later(
    site: Site, night: Night
) -> None:
    site.links("/", site.external("/there"), site.external("/moved"), "/a")
    site.links("/a", "/b")
    site.links("/b", site.external("/there#gone"), site.external("/moved#gone"))
    site.page("/there", '<p id="here">')
    site.redirect("/moved", "/new")
    site.page("/new", '<p id="here">')

    await night.crawl(site.url())

    assert site.methods("/there") == ["HEAD", "GET"]
    assert (site.methods("/moved"), site.methods("/new")) == (["HEAD"], ["HEAD", "GET"])
    assert night.broken() == {
        (site.url("/b"), site.external("/there"), "gone", "fragment"),
        (site.url("/b"), site.external("/moved"), "gone", "fragment"),
    }
