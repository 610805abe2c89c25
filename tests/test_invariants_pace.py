"""Invariants 4 and 5 of the design: when a run ends, and how fast hosts are asked until then."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count

import pytest
from aiohttp import web

from crawler.engine.progress import Progress
from tests.lateness import Lateness
from tests.night import SETTINGS, Night
from tests.site import Site

# 4. The run ends when nothing is open


@pytest.mark.slow
async def test_a_run_waits_for_what_is_waiting_and_for_nothing_else(
    site: Site, night: Night
) -> None:
    async def busy(_: web.Request) -> web.Response:
        if len(site.of("/busy")) == 1:
            return web.Response(status=500)
        return web.Response(text='<a href="/late">late</a>', content_type="text/html")

    site.handler("/busy", busy)
    site.links("/", "/busy")
    progress = Progress()

    summary = await night.crawl(site.url(), replace(SETTINGS, backoff=0.2), progress=progress)

    assert 0.2 < summary.seconds < 3
    assert progress.open == 0
    assert night.broken() == {(site.url("/busy"), site.url("/late"), "", "404")}
    assert night.rows("SELECT count(*) FROM page WHERE state <> 'done'") == [(0,)]


@dataclass
class Fragile(Progress):
    """Breaks what counts it up, after some requests."""

    def __setattr__(self, name: str, value: int) -> None:
        if name == "in_flight" and next(self.__dict__.setdefault("changes", count())) > 6:
            raise ZeroDivisionError
        self.__dict__[name] = value

    def __getattribute__(self, name: str) -> object:
        if name.startswith("__"):
            return super().__getattribute__(name)
        return self.__dict__.get(name, 0)


async def test_a_worker_that_dies_ends_the_run(site: Site, night: Night) -> None:
    site.links("/", *(f"/{n}" for n in range(40)))

    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(night.crawl(site.url(), progress=Fragile()), 5)

    assert night.rows("SELECT state, reason FROM run") == [("failed", "ZeroDivisionError")]


# 5. Between two requests to a host lies its delay


@asynccontextmanager
async def two_sites() -> AsyncGenerator[tuple[Site, Site]]:
    async with Site.serve() as one, Site.serve() as two:
        yield one, two


@pytest.mark.slow
@pytest.mark.parametrize("concurrency", [1, 8])
async def test_between_two_requests_to_a_host_lies_its_delay(
    night: Night, lateness: Lateness, concurrency: int
) -> None:
    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(0.15)
        return web.Response()

    async with two_sites() as (home, other):
        home.links("/", *(other.url(f"/{n}") for n in range(5)), "/a", "/b", "/moved")
        home.redirect("/moved", "/c")
        home.handler("/a", slow)
        home.handler("/b", slow)
        other.redirect("/0", other.url("/1"))

        await night.crawl(
            home.url(), replace(SETTINGS, delay=0.06, concurrency=concurrency, per_host=4)
        )

        assert len(home.hits) == 6
        assert len(other.hits) >= 5
        for site in (home, other):
            assert lateness.keep([hit.at for hit in site.hits], 0.06, 0.01)


async def test_at_a_host_are_no_more_requests_than_it_permits(night: Night) -> None:
    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(0.005)
        return web.Response()

    async with two_sites() as (home, other):
        home.links("/", *(f"/{n}" for n in range(30)), *(other.url(f"/{n}") for n in range(30)))
        for n in range(30):
            home.handler(f"/{n}", slow)
            other.handler(f"/{n}", slow)

        await night.crawl(home.url(), replace(SETTINGS, per_host=3, concurrency=16))

        assert home.most_in_flight == other.most_in_flight == 3


async def test_in_flight_are_no_more_requests_than_the_concurrency(night: Night) -> None:
    most = 0
    async with two_sites() as (home, other):

        async def count(_: web.Request) -> web.Response:
            nonlocal most
            most = max(most, home.in_flight + other.in_flight)
            await asyncio.sleep(0.001)
            return web.Response()

        home.links("/", *(f"/{n}" for n in range(40)), *(other.url(f"/{n}") for n in range(40)))
        for n in range(40):
            home.handler(f"/{n}", count)
            other.handler(f"/{n}", count)

        await night.crawl(home.url(), replace(SETTINGS, per_host=8, concurrency=5, workers=20))

    assert most == 5
