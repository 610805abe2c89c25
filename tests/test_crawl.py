"""Promises about a crawl, from the seeds to the database, against a real server."""

import gzip
from dataclasses import replace

import pytest
from aiohttp import web

from crawler.errors import UsageError
from crawler.size import Size
from tests.night import SETTINGS, Night, Outcome
from tests.site import Site

OK = Outcome("ok")


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


async def test_a_page_is_asked_for_as_a_browser_asks(site: Site, night: Night) -> None:
    async def answer(request: web.Request) -> web.Response:
        is_page = "text/html" in request.headers["accept"]
        return web.Response(status=200 if is_page else 404)

    site.links("/", "/crates/serde", "/crates/tokio#readme")
    site.handler("/crates/serde", answer)
    site.handler("/crates/tokio", answer)

    await night.crawl(site.url())

    assert night.broken() == set()
    assert all(hit.headers["accept"].endswith("*/*;q=0.8") for hit in site.hits)


async def test_what_is_written_in_a_url_is_what_is_sent(site: Site, night: Night) -> None:
    site.links("/", "/a%2Fb?x=%3B&amp;y=a%2Fb+c", "/ä ö?ü=ß")

    await night.crawl(site.url())

    assert set(site.counts) == {
        "/",
        "/a%2Fb?x=%3B&y=a%2Fb+c",
        "/%C3%A4%20%C3%B6?%C3%BC=%C3%9F",
    }


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


# Seeds


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
    site.page("/", "<p>here")
    gone = site.url("/gone")

    summary = await night.crawl([site.url(), gone])

    assert summary.doubts == (f"the seed {gone} is broken (404)",)


LISTS = {
    "no-entry": b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'></urlset>",
    "malformed": b"<urlset><url><loc>/?a=1&b=2</loc></url></urlset>",
    "entities": b"<!DOCTYPE x [<!ENTITY a 'b'>]><urlset><url><loc>/a</loc></url></urlset>",
    "feed": b"<rss><channel><title>News</title></channel></rss>",
}


@pytest.mark.parametrize("body", LISTS.values(), ids=LISTS)
async def test_a_seed_that_lists_no_page_is_doubted_on_every_night(
    site: Site, night: Night, body: bytes
) -> None:
    site.page("/list.xml", body, headers={"Content-Type": "application/xml"})
    url = site.url("/list.xml")

    nights = [await night.crawl(url, day=day) for day in range(2)]

    assert [each.doubts for each in nights] == [(f"the seed {url} is empty",)] * 2


async def test_a_page_of_xhtml_without_links_is_not_empty(site: Site, night: Night) -> None:
    body = b"<html xmlns='http://www.w3.org/1999/xhtml'><body><p>Soon more.</p></body></html>"
    site.page("/", body, headers={"Content-Type": "application/xml"})

    summary = await night.crawl(site.url())

    assert summary.doubts == ()
