"""Promises about archives: asked only where it is wanted, for the copy nearest to a good night."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from urllib.parse import quote

import pytest
from aiohttp import web

from crawler.access import HostSettings
from crawler.engine.stop import Stop
from crawler.model import Note
from crawler.settings import Settings
from crawler.store.findings import open_findings
from crawler.store.ledger import Ledger
from crawler.urls import url_id
from tests.night import SETTINGS, Night
from tests.nights import Nights, dead, home
from tests.site import Handler, Site
from tests.stored import HOST

COPY = "http://archive.test/web/20270102000000/http://a.test/"


@pytest.fixture
def wanting(site: Site) -> Settings:
    return replace(SETTINGS, suggest=True, archive=site.url("/available"))


def copies(night: Night) -> list[tuple[int, str]]:
    return night.rows("SELECT run_id, detail FROM note WHERE kind = 'archive' ORDER BY run_id")


def archive(answer: object) -> Handler:
    async def answering(_request: web.Request) -> web.StreamResponse:
        return web.json_response(answer)

    return answering


def queries(site: Site) -> list[str]:
    return [hit.path for hit in site.hits if hit.path.startswith("/available")]


async def test_the_copy_nearest_to_the_last_good_night_is_noted_and_asked_for_once(
    site: Site, night: Night, wanting: Settings
) -> None:
    site.links("/", "/old")
    site.page("/old", "here")
    for day in range(2):
        await night.crawl(site.url(), wanting, day=day)
    assert queries(site) == []
    site.page("/old", status=410)
    query = f"/available?url={quote(site.url('/old'), safe='')}&timestamp=20270102000000"
    found = {"available": True, "url": COPY, "timestamp": "20270102", "status": "200"}
    site.handler(query, archive({"archived_snapshots": {"closest": found}}))

    for day in range(2, 4):
        await night.crawl(site.url(), wanting, day=day)

    assert queries(site) == [query]
    assert copies(night) == [(3, COPY), (4, COPY)]
    async with open_findings(night.db) as findings:
        told = [(await findings.changes(await findings.span(run, None))).archived for run in (3, 4)]
    assert told == [[(site.url("/old"), COPY)], []]


@pytest.mark.parametrize(
    "answer",
    [
        {"archived_snapshots": {}},
        {"archived_snapshots": {"closest": {"available": False, "url": COPY}}},
        {"archived_snapshots": {"closest": {"available": True, "url": "javascript:x"}}},
        {"archived_snapshots": {"closest": {"available": True, "url": COPY, "status": "404"}}},
        ["nonsense"],
        None,
    ],
)
async def test_where_the_archive_has_nothing_nothing_is_noted(
    site: Site, night: Night, wanting: Settings, answer: object
) -> None:
    site.links("/", "/old")
    path = f"/available?url={quote(site.url('/old'), safe='')}"
    if answer is not None:
        site.handler(path, archive(answer))

    summary = await night.crawl(site.url(), wanting)

    assert summary.state == "finished"
    assert queries(site) == [path]
    assert copies(night) == []


async def test_an_archive_that_has_no_time_is_asked_no_more(
    site: Site, night: Night, wanting: Settings
) -> None:
    site.links("/", "/a", "/b", "/c")
    for path in ("/a", "/b", "/c"):
        site.page(f"/available?url={quote(site.url(path), safe='')}", status=429)

    summary = await night.crawl(site.url(), replace(wanting, retries=0))

    assert summary.state == "finished"
    assert len(queries(site)) == 1


async def test_an_archive_that_stumbles_is_asked_again(
    site: Site, night: Night, wanting: Settings
) -> None:
    site.links("/", "/old")
    answers = iter([{}, {"archived_snapshots": {"closest": {"available": True, "url": COPY}}}])

    async def stumbling(_request: web.Request) -> web.StreamResponse:
        answer = next(answers)
        return web.json_response(answer, status=200 if answer else 502)

    site.handler(f"/available?url={quote(site.url('/old'), safe='')}", stumbling)

    await night.crawl(site.url(), wanting)

    assert copies(night) == [(1, COPY)]


async def test_an_archive_is_asked_at_the_pace_of_any_host_elsewhere(
    site: Site, night: Night
) -> None:
    site.links("/", "/a", "/b", "/c")
    archive = site.external("/available")
    settings = replace(SETTINGS, suggest=True, archive=archive)
    settings = replace(settings, hosts=(HostSettings.of(site.external(), {"delay": 0.1}),))

    await night.crawl(site.url(), settings)

    moments = [hit.at for hit in site.hits if hit.path.startswith("/available")]
    assert len(moments) == 3
    assert all(later - sooner > 0.08 for sooner, later in pairwise(moments))


async def hanging(_request: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError("this is never the case")


async def test_who_stops_a_run_does_not_wait_for_an_archive(
    site: Site, night: Night, wanting: Settings
) -> None:
    site.links("/", "/old")
    query = f"/available?url={quote(site.url('/old'), safe='')}"
    site.handler(query, hanging)
    stop = Stop()
    crawling = asyncio.create_task(night.crawl(site.url(), wanting, stop=stop))
    await site.asked(query)

    stop.ask("SIGINT")

    summary = await asyncio.wait_for(crawling, 2)
    assert (summary.state, summary.reason) == ("finished", None)  # all of the site was checked


@pytest.mark.slow
async def test_no_archive_is_waited_for_beyond_the_deadline(
    site: Site, night: Night, wanting: Settings
) -> None:
    site.links("/", "/old")
    site.handler(f"/available?url={quote(site.url('/old'), safe='')}", hanging)
    deadline = timedelta(seconds=1.5)

    summary = await night.crawl(site.url(), replace(wanting, deadline=deadline))

    assert (summary.state, summary.reason) == ("finished", None)
    assert 1.4 < summary.seconds < 3


async def test_at_a_limit_no_archive_is_asked(site: Site, night: Night, wanting: Settings) -> None:
    site.links("/", "/old", "/older")

    summary = await night.crawl(site.url(), replace(wanting, max_pages=2))

    assert summary.reason == "max-pages"
    assert queries(site) == []


async def test_what_has_a_copy_is_in_the_way_of_nothing_else(store: Ledger, nights: Nights) -> None:
    urls = [f"{HOST}/{number}" for number in range(7)]
    run_id = await nights.add(home(*urls), *map(dead, urls))
    found = [url for _, url, _ in await store.dead_pages(run_id, 4)]
    await store.write_notes(run_id, [(url_id(url), Note("archive", COPY)) for url in found])

    run_id = await nights.add(home(*urls), *map(dead, urls))
    await store.keep_copies(run_id)

    others = {url for _, url, _ in await store.dead_pages(run_id, 4)}
    assert others == set(urls) - set(found)
    noted = nights.select(f"url FROM note JOIN url ON id = url_id WHERE run_id = {run_id}")
    assert {url for (url,) in noted} == set(found)


async def test_of_what_has_no_copy_other_pages_are_asked_for_each_night(
    store: Ledger, nights: Nights
) -> None:
    urls = [f"{HOST}/{number}" for number in range(9)]
    asked = set[str]()
    for _ in range(4):
        run_id = await nights.add(home(*urls), *map(dead, urls))
        asked |= {url for _, url, _ in await store.dead_pages(run_id, 5)}

    assert asked == set(urls)


async def test_an_archive_may_be_a_host_without_a_path(site: Site, night: Night) -> None:
    site.links("/", "/old")

    summary = await night.crawl(site.url(), replace(SETTINGS, suggest=True, archive=site.url("")))

    assert summary.state == "finished"
    assert [hit.path for hit in site.hits][-1] == f"/?url={quote(site.url('/old'), safe='')}"


async def test_nobody_is_asked_who_was_not_to_be(site: Site, night: Night) -> None:
    site.links("/", "/old")

    await night.crawl(site.url(), replace(SETTINGS, archive=site.url("/available")))

    assert queries(site) == []
