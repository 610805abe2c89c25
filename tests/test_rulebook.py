"""Promises about robots.txt in a crawl: whom it binds, and what is asked because of it."""

import asyncio
import threading
from collections import Counter
from dataclasses import replace
from itertools import count

import pytest
from aiohttp import web

from crawler.engine.rulebook import Rulebook
from crawler.engine.run import crawl
from crawler.fetch.robots import Robots
from crawler.model import Judgement, Request
from tests.lateness import Lateness
from tests.night import SETTINGS, Night, Outcome
from tests.site import Site


async def test_robots_binds_the_pages_that_are_followed_and_no_leaf(
    site: Site, night: Night
) -> None:
    site.robots("User-agent: *\nDisallow: /no")
    site.links("/", "/no", "/yes")
    site.links("/yes", "/no-leaf")

    await night.crawl(site.url(), replace(SETTINGS, depth=1))

    assert site.counts == {"/": 1, "/yes": 1, "/no-leaf": 2}
    assert night.outcome(site.url("/no")) == Outcome("skipped", "robots")


async def test_pages_that_are_not_asked_for_leave_others_their_turn(
    site: Site, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.robots("User-agent: *\nDisallow: /no")
    site.links("/", *(f"/no/{number}" for number in range(100)))
    turns, refused = count(), Counter[int]()
    turn = next(turns)

    async def take_turns() -> None:
        nonlocal turn
        while True:
            turn = next(turns)
            await asyncio.sleep(0)

    async def refusal(rulebook: Rulebook, request: Request) -> Judgement | None:
        refused[turn] += 1
        return await decide(rulebook, request)

    decide = Rulebook.refusal
    monkeypatch.setattr(Rulebook, "refusal", refusal)
    other = asyncio.create_task(take_turns())
    await night.crawl(site.url(), replace(SETTINGS, depth=1, concurrency=4))
    other.cancel()

    assert refused.total() >= 100
    assert max(refused.values()) <= 4


@pytest.mark.parametrize(("rules", "aside"), [(10, False), (5000, True)])
async def test_many_rules_are_not_looked_through_by_the_event_loop(
    site: Site, night: Night, monkeypatch: pytest.MonkeyPatch, rules: int, *, aside: bool
) -> None:
    site.robots("User-agent: *\n" + "Disallow: /*a*b*c$\n" * rules + "Disallow: /no")
    site.links("/", "/no", *(f"/{page}" for page in range(8)))
    threads, at_once = set[int](), Counter[int]()
    looking = threading.Lock()

    def allows(robots: Robots, url: str) -> bool:
        threads.add(threading.get_ident())
        at_once[looking.acquire(blocking=False)] += 1  # two would keep the loop waiting
        try:
            return look(robots, url)
        finally:
            looking.release()

    look = Robots.allows
    monkeypatch.setattr(Robots, "allows", allows)
    await night.crawl(site.url(), replace(SETTINGS, depth=1))

    assert (threading.get_ident() not in threads) is aside
    assert at_once == {True: 10}
    assert night.outcome(site.url("/no")) == Outcome("skipped", "robots")


async def test_robots_may_bind_leaves_too(site: Site, night: Night) -> None:
    site.robots("User-agent: *\nDisallow: /no")
    site.links("/", "/no", site.external("/no"), site.external("/yes"))
    site.page("/yes")

    await night.crawl(site.url(), replace(SETTINGS, depth=0, robots="all"))

    assert set(site.counts) == {"/", "/yes"}
    assert night.outcome(site.external("/no")) == Outcome("skipped", "robots")


async def test_robots_may_be_ignored(site: Site, night: Night) -> None:
    site.robots("User-agent: *\nDisallow: /")
    site.links("/", "/a")

    await night.crawl(site.url(), replace(SETTINGS, robots="ignore"))

    assert site.of("/robots.txt") == []
    assert site.counts == {"/": 1, "/a": 1}


async def test_rules_for_this_crawler_go_before_those_for_all(site: Site, night: Night) -> None:
    site.robots("User-agent: *\nDisallow: /\n\nUser-agent: nightly\nDisallow: /no")
    site.links("/", "/no", "/yes")
    site.page("/yes")

    await night.crawl(site.url(), replace(SETTINGS, user_agent="Nightly/1.0 (like Gecko)"))

    assert set(site.counts) == {"/", "/yes"}


async def test_robots_is_asked_for_once_a_host_and_before_all_else(
    site: Site, night: Night
) -> None:
    site.links("/", *(f"/{n}" for n in range(20)), site.external("/0"))
    for n in range(20):
        site.page(f"/{n}")

    await night.crawl(site.url())

    assert site.hits[0].path == "/robots.txt"
    assert len(site.of("/robots.txt")) == 1
    assert night.rows("SELECT outcome, status FROM robots") == [("unavailable", 404)]


async def test_a_robots_txt_that_is_linked_too_is_asked_for_once(site: Site, night: Night) -> None:
    site.robots("User-agent: *\nDisallow: /private")
    site.links("/", "/robots.txt")

    summary = await night.crawl(site.url())

    assert site.methods("/robots.txt") == ["GET"]
    assert night.rows("SELECT url, verdict, status, attempts FROM pages WHERE depth = 1") == [
        (site.url("/robots.txt"), "ok", 200, 1)
    ]
    assert summary.totals.fetches == len(site.hits)


async def test_with_robots_out_of_order_nothing_is_followed(site: Site, night: Night) -> None:
    site.robots("", status=500)
    site.links("/", "/a")

    summary = await night.crawl([site.url(), site.external()], SETTINGS)

    assert site.counts == {}
    assert night.outcome(site.url()) == Outcome("skipped", "robots")
    assert len(site.of("/robots.txt")) == 4  # each of the hosts is asked again once
    assert set(summary.doubts) == {
        f"the seed {url} was not asked for: its robots.txt answers 500; see --robots"
        for url in (site.url(), site.external())
    }


async def test_of_a_seed_that_leads_elsewhere_the_robots_txt_there_is_told_of(
    site: Site, night: Night
) -> None:
    async def robots(request: web.Request) -> web.Response:
        if request.url.host == "localhost":
            return web.Response(status=500)
        return web.Response(text="User-agent: *\nDisallow: /private")

    site.handler("/robots.txt", robots)
    site.redirect("/", site.external("/there"))

    summary = await night.crawl([site.url(), site.url("/private")])

    barred = "was not asked for: its robots.txt"
    assert set(summary.doubts) == {
        f"the seed {site.url()} {barred} answers 500; see --robots",
        f"the seed {site.url('/private')} {barred} forbids it; see --robots",
    }


async def test_a_host_that_does_not_answer_for_robots_is_given_another_chance(
    site: Site, night: Night
) -> None:
    async def drop(request: web.Request) -> web.Response:
        assert request.transport is not None
        if len(site.of("/robots.txt")) == 1:
            request.transport.close()
        return web.Response(status=404)

    site.handler("/robots.txt", drop)
    site.links("/", "/gone")

    once = await night.crawl(site.url(), replace(SETTINGS, retries=0))
    assert once.doubts == (f"the seed {site.url()} is transient (reset)",)
    site.hits.clear()
    twice = await night.crawl(site.url(), replace(SETTINGS, retries=0, second_look=0.05))

    assert twice.doubts == ()
    assert night.broken() == {(site.url(), site.url("/gone"), "", "404")}


async def test_robots_that_has_moved_is_followed_to_another_host(site: Site, night: Night) -> None:
    site.redirect("/robots.txt", site.external("/rules"), 301)
    site.page("/rules", "User-agent: *\nDisallow: /no", headers={"Content-Type": "text/plain"})
    site.links("/", "/no", "/yes")

    await night.crawl(site.url())

    assert set(site.counts) == {"/rules", "/", "/yes"}


async def test_where_robots_has_moved_to_a_host_that_is_gone_its_own_is_not(
    site: Site, night: Night
) -> None:
    async with Site.serve() as other:
        site.links("/", other.url("/a"))
        other.redirect("/robots.txt", "http://gone.invalid/robots.txt", 301)
        other.page("/")
        await night.crawl([site.url(), other.url()])

        assert night.outcome(other.url("/a")) == ("skipped", "robots")
        assert night.broken() == set()


async def test_robots_that_moves_on_and_on_is_as_good_as_none(site: Site, night: Night) -> None:
    site.redirect("/robots.txt", "/robots.txt")
    site.links("/", "/a")

    await asyncio.wait_for(night.crawl(site.url()), 5)

    assert len(site.of("/robots.txt")) == 6
    assert set(site.counts) == {"/", "/a"}


@pytest.mark.slow
async def test_a_crawl_delay_lies_between_all_requests(
    site: Site, night: Night, lateness: Lateness
) -> None:
    site.robots("User-agent: *\nCrawl-delay: 0.1")
    site.links("/", "/a", "/b", "/moved")
    site.redirect("/moved", "/c")

    await night.crawl(site.url(), replace(SETTINGS, depth=0))

    assert len(site.hits) > 6
    assert lateness.keep([hit.at for hit in site.hits], 0.1, 0.01)
    assert night.rows("SELECT delay FROM robots") == [(0.1,)]


async def test_the_sitemaps_that_robots_names_are_followed(site: Site, night: Night) -> None:
    site.robots(f"Sitemap: {site.url('/index.xml')}")
    xml = {"Content-Type": "application/xml"}
    site.page("/", "nothing")
    site.page("/index.xml", sitemap("sitemapindex", site.url("/map.xml")), headers=xml)
    site.page("/map.xml", sitemap("urlset", site.url("/a"), site.url("/gone")), headers=xml)
    site.links("/a", "/b")

    await night.crawl(site.url(), replace(SETTINGS, depth=3))

    assert night.broken() == {
        (site.url("/map.xml"), site.url("/gone"), "", "404"),
        (site.url("/a"), site.url("/b"), "", "404"),
    }
    assert set(night.column("SELECT url FROM orphans")) == {
        site.url(path) for path in ("/a", "/gone")
    }


async def test_a_sitemap_that_is_gone_is_broken_on_the_line_of_robots_that_names_it(
    site: Site, night: Night
) -> None:
    site.robots(f"User-agent: *\nsitemap: {site.url('/map.xml')}  # all\n")
    site.page("/", "nothing")

    summary = await night.crawl(site.url(), day=0)

    assert summary.totals.broken_links == 1
    assert night.rows("SELECT source, target, reason, kind, line FROM broken") == [
        (site.url("/robots.txt"), site.url("/map.xml"), "404", "robots sitemap", 2)
    ]
    assert night.rows("SELECT url, verdict, attempts FROM pages WHERE url LIKE '%robots.txt'") == [
        (site.url("/robots.txt"), "ok", 1)
    ]

    await night.crawl(site.url(), day=1)
    assert night.column("SELECT nights FROM still_broken") == [2]
    xml = {"Content-Type": "application/xml"}
    site.page("/map.xml", sitemap("urlset", site.url()), headers=xml)
    await night.crawl(site.url(), day=2)
    assert night.rows("SELECT target, how FROM fixed") == [(site.url("/map.xml"), "mended")]
    assert night.column("SELECT url FROM pages_gained") == []


@pytest.mark.parametrize("depth", [0, 2])
async def test_a_robots_txt_that_is_linked_too_still_links_to_its_sitemaps(
    site: Site, night: Night, depth: int
) -> None:
    site.robots(f"Sitemap: {site.url('/map.xml')}")
    site.links("/", "/robots.txt")

    await night.crawl(site.url(), replace(SETTINGS, depth=depth))

    assert night.column("SELECT source FROM broken") == [site.url("/robots.txt")]
    assert site.methods("/robots.txt") == ["GET"]


async def test_a_robots_txt_that_was_found_before_it_is_read_links_to_its_sitemaps(
    site: Site, night: Night
) -> None:
    linked = asyncio.Event()

    async def late(request: web.Request) -> web.Response:
        if request.host in site.url():
            return web.Response(status=404)
        await linked.wait()
        return web.Response(text=f"Sitemap: {site.external('/map.xml')}")

    site.handler("/robots.txt", late)
    site.links("/", site.external("/robots.txt"))

    await crawl(
        [site.url(), site.external()],
        replace(SETTINGS, db=str(night.db)),
        on_page=lambda _: linked.set(),
    )

    assert site.external("/robots.txt") in night.column("SELECT source FROM broken")
    assert len(site.of("/robots.txt")) == 2


def sitemap(root: str, *urls: str) -> str:
    locations = "".join(f"<x><loc>{url}</loc></x>" for url in urls)
    return f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{locations}</{root}>'
