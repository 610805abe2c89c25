"""Promises about a crawl, from the seeds to the database, against a real server."""

import asyncio
import gzip
import socket
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from unittest.mock import Mock

import pytest
from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorSSLError,
    ClientOSError,
    TooManyRedirects,
    web,
)
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.test_utils import unused_port
from aioresponses import aioresponses

from crawler.errors import UsageError
from crawler.settings import Size
from tests.lateness import Lateness
from tests.night import SETTINGS, Night, Outcome
from tests.rude import answering, talking
from tests.site import Site

OK = Outcome("ok")
BROKEN = Outcome("broken", "404")


# Links and pages


async def test_a_link_to_a_missing_page_is_found_where_it_stands(site: Site, night: Night) -> None:
    site.links("/", "/guide")
    site.page("/guide", '<h1>Guide</h1>\n<p>See <a href="gone#part">the  old\npage</a>')

    await night.crawl(site.url())

    assert night.rows(
        "SELECT source, target, fragment, reason, status, kind, text, line, href FROM broken"
    ) == [
        (
            site.url("/guide"),
            site.url("/gone"),
            "part",
            "404",
            404,
            "a href",
            "the old page",
            2,
            "gone#part",
        )
    ]


async def test_a_url_is_fetched_once_however_often_it_is_linked(site: Site, night: Night) -> None:
    site.links("/", "/a", "/a#x", "./a", "/b/../a", site.url("/a").replace("http", "HTTP"), "/")
    site.page("/a", '<p id="x"><a href="/">home</a> <a href="/a">self</a>')

    await night.crawl(site.url())

    assert site.counts == {"/": 1, "/a": 1}


async def test_a_site_without_rot_has_nothing_broken(site: Site, night: Night) -> None:
    site.links("/", "/a", "mailto:me@example.org", "javascript:void(0)", "data:,x", "tel:1", "")
    site.links("/a", "/")

    summary = await night.crawl(site.url())

    assert night.broken() == set()
    assert (summary.state, summary.reason, summary.doubts) == ("finished", None, ())
    assert summary.totals.pages == 2
    assert summary.totals.verdicts == {"ok": 2}


async def test_a_reference_that_is_no_url_is_broken_and_not_asked_for(
    site: Site, night: Night
) -> None:
    site.links("/", "http://[broken", "/a")

    await night.crawl(site.url())

    assert (site.url(), "<http://[broken>", "", "invalid-url") in night.broken()
    assert site.counts == {"/": 1, "/a": 1}


async def test_a_site_is_told_who_asks(site: Site, night: Night) -> None:
    site.page("/")

    await night.crawl(site.url(), replace(SETTINGS, user_agent="nightly/2 (+https://example.org)"))

    assert {hit.headers["user-agent"] for hit in site.hits} == {"nightly/2 (+https://example.org)"}
    assert not {"cookie", "referer", "authorization"} & {
        n for hit in site.hits for n in hit.headers
    }


async def test_what_is_written_in_a_url_is_what_is_sent(site: Site, night: Night) -> None:
    site.links("/", "/a%2Fb?x=%3B&amp;y=a%2Fb+c", "/ä ö?ü=ß")

    await night.crawl(site.url())

    assert set(site.counts) == {
        "/",
        "/a%2Fb?x=%3B&y=a%2Fb+c",
        "/%C3%A4%20%C3%B6?%C3%BC=%C3%9F",
    }


# Depth


async def test_pages_down_to_the_depth_are_followed_and_every_link_on_them_is_checked(
    site: Site, night: Night
) -> None:
    site.links("/", "/1")
    site.links("/1", "/2")
    site.links("/2", "/3")
    site.links("/3", "/4")

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


def later(site: Site, path: str, after: str, html: str) -> None:
    """Declare a page that is answered only when another has been asked for, or half a second on."""

    async def answer(_: web.Request) -> web.Response:
        with suppress(TimeoutError):
            await asyncio.wait_for(site.asked(after), 0.3)
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


# Leaves


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


# Fragments


async def test_a_fragment_names_an_id_or_an_anchor_or_the_top(site: Site, night: Night) -> None:
    names = [
        "",
        "top",
        "TOP",
        "id",
        "name",
        "%C3%A4%20b",
        "ä b",
        "100%",
        ":~:text=x",
        "id:~:text=x",
    ]
    wrong = ["gone", "ID", "in-template", "in-comment", "in-script", "other-name"]
    site.links("/", *(f"/a#{name}" for name in names + wrong))
    site.page(
        "/a",
        """
        <p id="id"><a name="name"></a><p id="ä b"><p id="100%"><input name="other-name">
        <template><p id="in-template"></template><!-- <p id="in-comment"> -->
        <script>'<p id="in-script">'</script>
        """,
    )

    await night.crawl(site.url())

    assert {fragment for _, _, fragment, _ in night.broken()} == set(wrong)
    assert {reason for *_, reason in night.broken()} == {"fragment"}
    assert site.counts == {"/": 1, "/a": 1}


async def test_a_fragment_is_looked_for_at_the_end_of_redirects(site: Site, night: Night) -> None:
    site.links("/", "/old#here", "/old#gone", "/to-part#whatever")
    site.redirect("/old", "/new")
    site.redirect("/to-part", "/new#here")
    site.page("/new", '<p id="here">')

    await night.crawl(site.url())

    assert night.broken() == {(site.url(), site.url("/old"), "gone", "fragment")}


async def test_a_fragment_of_what_is_no_html_is_no_anchor(site: Site, night: Night) -> None:
    site.links("/", "/a.pdf#page=2", "/a.css#x", "/feed.xml#y")
    site.page("/a.pdf", "%PDF", headers={"Content-Type": "application/pdf"})
    site.page("/a.css", "p{}", headers={"Content-Type": "text/css"})
    site.page("/feed.xml", "<feed/>", headers={"Content-Type": "application/xml"})

    await night.crawl(site.url())

    assert night.broken() == set()


async def test_a_fragment_of_a_page_that_does_not_say_what_it_is_is_judged(
    site: Site, night: Night
) -> None:
    async with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n<p id='a'>hi") as other:
        site.links("/", f"{other}#a", f"{other}#gone")

        await night.crawl(site.url())

    assert night.broken() == {(site.url(), other, "gone", "fragment")}


# Redirects


async def test_every_hop_of_a_redirect_is_a_page_and_the_end_decides(
    site: Site, night: Night
) -> None:
    site.links("/", "/a", "/x")
    site.redirect("/a", "/b", 301)
    site.redirect("/b", site.external("/c"), 308)
    site.page("/c", "<p>here</p>")
    site.redirect("/x", "/gone", 307)

    await night.crawl(site.url(), replace(SETTINGS, confirm_runs=1))

    hops = night.rows("SELECT url, status, verdict, reason, final_url FROM pages WHERE depth = 1")
    assert set(hops) == {
        (site.url("/a"), 301, "ok", None, site.external("/c")),
        (site.url("/b"), 308, "ok", None, site.external("/c")),
        (site.external("/c"), 200, "ok", None, site.external("/c")),
        (site.url("/x"), 307, "broken", "404", site.url("/gone")),
        (site.url("/gone"), 404, "broken", "404", site.url("/gone")),
    }
    assert night.broken() == {(site.url(), site.url("/x"), "", "404")}
    assert night.rows("SELECT source, target, status, write_instead FROM redirects") == [
        (site.url(), site.url("/a"), 301, site.external("/c"))
    ]


@pytest.mark.parametrize("length", [1, 2, 3])
async def test_a_redirect_loop_is_broken(site: Site, night: Night, length: int) -> None:
    site.links("/", "/0")
    for n in range(length):
        site.redirect(f"/{n}", f"/{(n + 1) % length}")

    await night.crawl(site.url())

    assert night.broken() == {(site.url(), site.url("/0"), "", "redirect-loop")}
    assert site.counts == {"/": 1} | {f"/{n}": 1 for n in range(length)}


async def test_a_chain_of_too_many_redirects_is_broken(site: Site, night: Night) -> None:
    site.links("/", "/0")
    for n in range(9):
        site.redirect(f"/{n}", f"/{n + 1}")

    await night.crawl(site.url(), replace(SETTINGS, max_redirects=3))

    assert night.broken() == {(site.url(), site.url("/0"), "", "too-many-redirects")}
    assert site.counts == {"/": 1, "/0": 1, "/1": 1, "/2": 1, "/3": 1}


@pytest.mark.parametrize(
    ("location", "reason"),
    [("", "no-location"), ("mailto:me@example.org", "bad-location"), ("http://[x", "invalid-url")],
)
async def test_a_redirect_that_leads_nowhere_is_broken(
    site: Site, night: Night, location: str, reason: str
) -> None:
    site.links("/", "/a")
    site.redirect("/a", location)

    await night.crawl(site.url())

    assert night.broken() == {(site.url(), site.url("/a"), "", reason)}


async def test_a_redirect_may_be_written_in_bytes_that_are_no_ascii(
    site: Site, night: Night
) -> None:
    utf8, latin1 = "/größe".encode(), "/größe".encode("latin-1")
    head = b"HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: "
    async with (
        answering(head + utf8 + b"\r\n\r\n") as one,
        answering(head + latin1 + b"\r\n\r\n") as two,
    ):
        site.links("/", one, two)

        await night.crawl(site.url(), replace(SETTINGS, max_redirects=1))

        targets = set(night.column("SELECT url FROM pages WHERE depth = 1"))
        assert {f"{one}gr%C3%B6%C3%9Fe", f"{two}gr%F6%DFe"} < targets


async def test_a_seed_that_moves_to_another_host_is_followed_there(
    site: Site, night: Night
) -> None:
    site.redirect("/", site.external("/home"), 301)
    site.links("/home", "/a")
    site.links("/a", "/gone")

    summary = await night.crawl(site.url(), replace(SETTINGS, depth=1))

    assert night.broken() == {(site.external("/a"), site.external("/gone"), "", "404")}
    assert summary.doubts == ()


async def test_a_page_that_moves_to_another_host_is_not_followed_there(
    site: Site, night: Night
) -> None:
    site.links("/", "/a")
    site.redirect("/a", site.external("/b"))
    site.links("/b", "/gone")

    await night.crawl(site.url())

    assert "/gone" not in site.counts


# robots.txt


async def test_robots_binds_the_pages_that_are_followed_and_no_leaf(
    site: Site, night: Night
) -> None:
    site.robots("User-agent: *\nDisallow: /no")
    site.links("/", "/no", "/yes")
    site.links("/yes", "/no-leaf")

    await night.crawl(site.url(), replace(SETTINGS, depth=1))

    assert site.counts == {"/": 1, "/yes": 1, "/no-leaf": 2}
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
        f"the seed {url} was not asked for: its robots.txt forbids it, or is out of order;"
        " see --robots"
        for url in (site.url(), site.external())
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


async def test_robots_that_moves_on_and_on_is_as_good_as_none(site: Site, night: Night) -> None:
    site.redirect("/robots.txt", "/robots.txt")
    site.links("/", "/a")

    await asyncio.wait_for(night.crawl(site.url()), 5)

    assert len(site.of("/robots.txt")) == 6
    assert set(site.counts) == {"/", "/a"}


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


def sitemap(root: str, *urls: str) -> str:
    locations = "".join(f"<x><loc>{url}</loc></x>" for url in urls)
    return f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{locations}</{root}>'


# Retries and pace


def failing(site: Site, path: str, times: int, response: Callable[[], web.Response]) -> None:
    """Declare a page that answers so at first, then with 200."""

    async def answer(_: web.Request) -> web.Response:
        return response() if len(site.of(path)) <= times else web.Response(text="well")

    site.handler(path, answer)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 504])
async def test_a_server_that_recovers_is_not_reported(
    site: Site, night: Night, status: int
) -> None:
    failing(site, "/a", 1, lambda: web.Response(status=status, headers={"Retry-After": "0"}))
    site.links("/", "/a")

    await night.crawl(site.url())

    assert night.attempts(site.url("/a")) == [("GET", status, None), ("GET", 200, None)]
    assert night.outcome(site.url("/a")).verdict == "ok"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(500, "transient"), (429, "blocked"), (401, "blocked"), (999, "blocked")],
)
async def test_what_lasts_is_recorded_and_does_not_count_as_broken(
    site: Site, night: Night, status: int, verdict: str
) -> None:
    site.page("/a", status=status)
    site.links("/", "/a")

    summary = await night.crawl(site.url(), replace(SETTINGS, retries=0))

    assert night.outcome(site.url("/a")) == Outcome(verdict, str(status))
    assert night.broken() == set()
    assert summary.totals.broken_links == 0


async def test_another_attempt_waits_longer_each_time(
    site: Site, night: Night, lateness: Lateness
) -> None:
    site.page("/a", status=500)
    site.links("/", "/a")

    await night.crawl(site.url(), replace(SETTINGS, retries=2, backoff=0.1))

    first, second, third = (hit.at for hit in site.of("/a"))
    assert lateness.keep([first, second], 0.1, 0)
    assert lateness.keep([second, third], 0.2, 0)
    assert second - first < 0.3 + lateness.between(first, second)
    assert third - second < 0.5 + lateness.between(second, third)


async def test_a_host_that_is_waited_for_holds_up_no_other(site: Site, night: Night) -> None:
    site.links("/", site.external("/busy"), *(f"/{n}" for n in range(9)))
    failing(site, "/busy", 1, lambda: web.Response(status=503, headers={"Retry-After": "1"}))

    await night.crawl(site.url(), replace(SETTINGS, workers=1))

    last = max(hit.at for hit in site.hits if hit.path != "/busy")
    assert last < site.of("/busy")[-1].at - 0.5


async def test_a_host_is_asked_no_sooner_than_it_wants(site: Site, night: Night) -> None:
    def busy() -> web.Response:
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
        return web.Response(status=503, headers={"Retry-After": date})

    failing(site, "/a", 1, busy)
    site.links("/", "/a")

    await night.crawl(site.url())

    first, second = (hit.at for hit in site.of("/a"))
    assert 0.95 <= second - first < 2.5


async def test_a_host_that_asks_for_less_is_slowed_down(
    site: Site, night: Night, lateness: Lateness
) -> None:
    failing(site, "/0", 1, lambda: web.Response(status=429))
    site.links("/", *(f"/{n}" for n in range(4)))

    await night.crawl(site.url(), replace(SETTINGS, per_host=1, depth=0))

    times = [hit.at for hit in site.hits]
    refused = times[[hit.path for hit in site.hits].index("/0") + 1 :]
    assert lateness.keep([site.of("/0")[0].at, refused[0]], 0.49, 0)
    assert lateness.keep(refused[:3], 0.2, 0)


async def test_a_host_that_refuses_five_connections_is_left(site: Site, night: Night) -> None:
    nobody = f"http://127.0.0.1:{unused_port()}"
    site.links("/", *(f"{nobody}/{n}" for n in range(40)))

    await night.crawl(site.url(), replace(SETTINGS, retries=2, per_host=1))

    assert night.rows("SELECT count(*), max(error) FROM fetch WHERE error IS NOT NULL") == [
        (5, "connect")
    ]
    assert night.rows(
        "SELECT verdict, reason, count(*) FROM pages WHERE url LIKE ? GROUP BY 1, 2", f"{nobody}/%"
    ) == [("transient", "connect", 40)]


# Scope


async def test_what_is_excluded_is_not_asked_for_and_says_so(site: Site, night: Night) -> None:
    site.links("/", "/private/a", "/public/a", site.external("/private/b"))
    site.redirect("/public/a", "/private/c")

    await night.crawl(site.url(), replace(SETTINGS, exclude=("/private/",)))

    assert set(site.counts) == {"/", "/public/a"}
    assert night.outcome(site.url("/private/a")) == Outcome("skipped", "excluded")
    assert night.outcome(site.external("/private/b")) == Outcome("skipped", "excluded")
    assert night.outcome(site.url("/public/a")) == Outcome("skipped", "excluded")


async def test_only_what_is_included_is_asked_for_besides_the_seed(
    site: Site, night: Night
) -> None:
    site.links("/", "/docs/a", "/blog/a")
    site.page("/docs/a")

    await night.crawl(site.url(), replace(SETTINGS, include=("/docs/",)))

    assert set(site.counts) == {"/", "/docs/a"}
    assert night.outcome(site.url("/blog/a")) == Outcome("skipped", "not-included")


async def test_links_that_leave_the_site_may_be_skipped(site: Site, night: Night) -> None:
    site.links("/", "/a", site.external("/b"))
    site.redirect("/a", site.external("/c"))

    await night.crawl(site.url(), replace(SETTINGS, external="skip"))

    assert set(site.counts) == {"/", "/a"}
    for url in (site.external("/b"), site.external("/c"), site.url("/a")):
        assert night.outcome(url) == Outcome("skipped", "external")


# Contents


async def test_a_page_that_cannot_be_read_says_why_and_the_crawl_goes_on(
    site: Site, night: Night
) -> None:
    site.links("/", "/text", "/empty", "/large", "/bomb", "/png", "/fine")
    site.page("/text", "<a href=/never>", headers={"Content-Type": "text/plain"})
    site.page("/empty")
    site.page("/large", "<a href=/never>" + "x" * 5000)
    bomb = gzip.compress(b"<a href=/never>" + b"x" * 10**7)
    site.page("/bomb", bomb, headers={"Content-Encoding": "gzip"})
    site.page("/png", b"\x89PNG\0\0", headers={"Content-Type": "image/png"})
    site.links("/fine", "/gone")

    await night.crawl(site.url(), replace(SETTINGS, max_body=Size(4096)))

    assert "/never" not in site.counts
    assert night.outcome(site.url("/text")) == Outcome("ok", "not-html")
    assert night.outcome(site.url("/png")) == Outcome("ok", "not-html")
    assert night.outcome(site.url("/empty")) == Outcome("ok", "empty")
    assert night.outcome(site.url("/large")) == Outcome("unverifiable", "too-large")
    assert night.outcome(site.url("/bomb")) == Outcome("unverifiable", "too-large")
    assert night.broken() == {(site.url("/fine"), site.url("/gone"), "", "404")}
    assert night.rows(
        "SELECT truncated, body_bytes FROM fetch JOIN url ON url.id = url_id WHERE url = ?",
        site.url("/bomb"),
    ) == [(1, 4096)]


async def test_a_page_without_a_charset_is_read_all_the_same(site: Site, night: Night) -> None:
    plain = {"Content-Type": "text/html"}
    site.page("/", '<a href="/1">utf-8</a> <a href="/2">latin-1</a>', headers=plain)
    site.page("/1", '<p id="größe"><a href="/2#maß">2</a>', headers=plain)
    latin = '<meta charset="latin1"><p id="maß"><a href="/1#größe">1</a> <a href="/ß">ß</a>'
    site.page("/2", latin.encode("latin-1"), headers=plain)

    await night.crawl(site.url())

    assert night.broken() == {(site.url("/2"), site.url("/%C3%9F"), "", "404")}


async def test_a_base_element_moves_the_references_of_its_page(site: Site, night: Night) -> None:
    site.page("/a/b", '<base href="/c/"><a href="d">d</a><a href="#x">x</a>')
    site.page("/c/", '<p id="x">')

    await night.crawl(site.url("/a/b"))

    assert night.broken() == {(site.url("/a/b"), site.url("/c/d"), "", "404")}


# Rude servers


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", "reset"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", "reset"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort", "reset"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nwhat?\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nno gzip", "reset"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "protocol"),
    ],
)
async def test_a_broken_answer_is_a_row_and_the_crawl_goes_on(
    site: Site, night: Night, answer: bytes, error: str
) -> None:
    async with answering(answer) as rude:
        site.links("/", f"{rude}#fragment", "/gone")

        await night.crawl(site.url(), replace(SETTINGS, retries=1))

    attempts = night.attempts(rude)
    assert {(status, error) for _, status, error in attempts} == {(None, error)}
    assert len(attempts) == (2 if error == "reset" else 1)
    assert night.outcome(rude) == Outcome("transient", error)
    assert night.broken() == {(site.url(), site.url("/gone"), "", "404")}


async def test_large_headers_are_taken_as_real_sites_send_them(site: Site, night: Night) -> None:
    policy = b"Content-Security-Policy: " + b"p" * 30_000
    cookies = b"\r\n".join(b"Set-Cookie: c%d=1" % n for n in range(200))
    answer = b"HTTP/1.1 200 OK\r\n%b\r\n%b\r\nContent-Length: 0\r\n\r\n" % (policy, cookies)
    async with answering(answer) as other:
        site.links("/", other)

        await night.crawl(site.url())

    assert night.outcome(other) == OK


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nstall"]
)
async def test_a_server_that_stalls_is_given_up_in_time(
    site: Site, night: Night, said: bytes
) -> None:
    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await reader.read()

    async with talking(stall) as rude:
        site.links("/", f"{rude}#fragment", "/gone")

        await night.crawl(site.url(), replace(SETTINGS, timeout=0.5, retries=0))

    assert night.attempts(rude) == [("GET", None, "timeout")]
    assert night.outcome(rude) == Outcome("transient", "timeout")
    assert len(night.broken()) == 1


async def test_a_server_that_drips_is_given_up_in_time(site: Site, night: Night) -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0.02)

    async with talking(drip) as rude:
        site.links("/", f"{rude}#fragment")

        await night.crawl(site.url(), replace(SETTINGS, timeout=0.5, retries=0))

    assert night.attempts(rude) == [("GET", None, "timeout")]


async def test_a_kept_connection_that_was_closed_costs_no_attempt_without_a_row(
    site: Site, night: Night
) -> None:
    heads: list[bytes] = []

    async def one_each(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")  # and keep-alive, it says
        heads.append(await reader.readuntil(b"\r\n\r\n"))

    async with talking(one_each) as rude:
        site.links("/", *(f"{rude}{n}#x" for n in range(5)))

        await night.crawl(site.url(), replace(SETTINGS, per_host=1, retries=1))

    rows = night.column(
        "SELECT count(*) FROM fetch JOIN url ON url.id = url_id WHERE url LIKE ?", f"{rude}%"
    )
    assert rows == [len(heads)]
    assert {night.outcome(f"{rude}{n}") for n in range(5)} == {OK}


# What a server cannot say


@asynccontextmanager
async def failing_to_connect(url: str, exception: BaseException) -> AsyncGenerator[None]:
    """Let requests for `url` end in `exception`, as if aiohttp raised it; others go through."""
    with aioresponses(passthrough=["http://127.0.0.1", "http://localhost"]) as mocked:
        mocked.get(url, exception=exception, repeat=True)
        mocked.head(url, exception=exception, repeat=True)
        yield


def connection_key() -> ConnectionKey:
    return ConnectionKey(
        host="gone.example",
        port=443,
        is_ssl=True,
        ssl=True,
        proxy=None,
        proxy_auth=None,
        proxy_headers_hash=None,
    )


@pytest.mark.parametrize(
    ("exception", "outcome"),
    [
        pytest.param(
            ClientConnectorDNSError(connection_key(), socket.gaierror(socket.EAI_NONAME, "no")),
            Outcome("broken", "dns"),
            id="no such host",
        ),
        pytest.param(
            ClientConnectorDNSError(connection_key(), socket.gaierror(socket.EAI_AGAIN, "later")),
            Outcome("transient", "dns"),
            id="no name server",
        ),
        pytest.param(
            ClientConnectorCertificateError(connection_key(), ssl.CertificateError("expired")),
            Outcome("transient", "tls"),
            id="certificate",
        ),
        pytest.param(
            ClientConnectorSSLError(connection_key(), ssl.SSLError(1, "handshake")),
            Outcome("transient", "tls"),
            id="handshake",
        ),
        pytest.param(
            ClientOSError(104, "reset by peer"), Outcome("transient", "reset"), id="reset"
        ),
        pytest.param(TooManyRedirects(Mock(), ()), Outcome("transient", "protocol"), id="protocol"),
        pytest.param(TimeoutError(), Outcome("transient", "timeout"), id="timeout"),
    ],
)
async def test_a_host_that_cannot_be_asked_is_a_row(
    site: Site, night: Night, exception: Exception, outcome: Outcome
) -> None:
    gone = "https://gone.example/page"
    site.links("/", gone, "/gone")
    async with failing_to_connect(gone, exception):
        await night.crawl(site.url())

    assert night.outcome(gone) == outcome
    assert (site.url(), site.url("/gone"), "", "404") in night.broken()


@pytest.mark.parametrize(
    "exception",
    [ValueError("odd"), RuntimeError(), AssertionError(), KeyError()],
)
async def test_an_error_that_nobody_thought_of_is_a_row_and_no_end(
    site: Site, night: Night, exception: Exception
) -> None:
    odd = "http://odd.example/"
    site.links("/", odd, "/gone")
    async with failing_to_connect(odd, exception):
        summary = await night.crawl(site.url())

    assert summary.state == "finished"
    assert night.outcome(odd) == Outcome("unverifiable", "internal-error")
    assert (site.url(), site.url("/gone"), "", "404") in night.broken()


@pytest.mark.parametrize("host", ["a..b", ".a", f"{'a' * 70}.example", "a." * 130])
async def test_a_name_that_no_name_server_takes_is_a_row_and_no_end(
    site: Site, night: Night, host: str
) -> None:
    site.links("/", f"http://{host}/", "/gone")

    await night.crawl(site.url())

    reasons = {target: reason for _, target, _, reason in night.broken()}
    assert reasons == {f"http://{host}/": "dns", site.url("/gone"): "404"}


async def test_an_address_that_is_not_public_is_not_asked(site: Site, night: Night) -> None:
    private = (
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/",
        "http://[fd00::1]/",
    )
    site.links("/", *private)

    await night.crawl(site.url())

    assert {night.outcome(url) for url in private} == {Outcome("skipped", "private-address")}


# Folders


def write(root: Path, **files: str) -> None:
    for name, content in files.items():
        path = root / f"{name.replace('__', '/')}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


async def test_a_folder_is_crawled_as_it_will_be_published(
    site: Site, night: Night, tmp_path: Path
) -> None:
    write(tmp_path / "html", index='<a href="a.html">a</a>', a='<a href="gone">gone</a>')
    home = site.url("/docs/")
    (tmp_path / "html/index.html").write_text(
        f'<a href="a.html#x">a</a> <a href="/other">other</a> <a href="{home}b">b</a>'
    )
    site.links("/other", "/never")

    await night.crawl(
        f"{tmp_path}/html = {home}", replace(SETTINGS, allow_private=("127.0.0.0/8",))
    )

    assert site.counts == {"/other": 1}
    assert night.broken() == {
        (home, f"{home}a.html", "x", "fragment"),
        (home, f"{home}b", "", "404"),
        (f"{home}a.html", f"{home}gone", "", "404"),
    }


async def test_a_folder_needs_no_address(night: Night, tmp_path: Path) -> None:
    write(tmp_path / "My Site", index='<a href="sub">sub</a>', sub__index='<a href="..">up</a>')

    summary = await night.crawl(str(tmp_path / "My Site"))

    assert night.broken() == set()
    assert night.depths() == {
        "http://my-site.localhost/": 0,
        "http://my-site.localhost/sub": 1,
        "http://my-site.localhost/sub/": 1,
    }
    assert summary.doubts == ()


@pytest.mark.parametrize(
    "seeds", [[], [""], ["no/such/folder"], ["ftp://example.org/"], ["http://"]]
)
async def test_seeds_that_make_no_sense_end_the_run_before_any_request(
    night: Night, seeds: list[str]
) -> None:
    with pytest.raises(UsageError):
        await night.crawl(seeds)

    assert not night.db.exists()


async def test_a_seed_that_cannot_be_reached_is_doubted(site: Site, night: Night) -> None:
    site.page("/")
    gone = site.url("/gone")

    summary = await night.crawl([site.url(), gone])

    assert summary.doubts == (f"the seed {gone} is broken (404)",)
