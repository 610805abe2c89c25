"""Promises about redirects that a crawl meets: every hop a page, and the end decides."""

from dataclasses import replace

import pytest

from tests.night import SETTINGS, Night, Outcome
from tests.rude import answering
from tests.site import Site


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


async def test_what_to_write_instead_is_the_end_of_as_many_redirects_as_are_followed(
    site: Site, night: Night
) -> None:
    site.links("/", "/0")
    for n in range(45):
        site.redirect(f"/{n}", f"/{n + 1}", 301)
    site.page("/45")

    await night.crawl(site.url(), replace(SETTINGS, max_redirects=50))

    moved = "SELECT moved.url FROM page JOIN url ON url.id = url_id JOIN url AS moved"
    query = f"{moved} ON moved.id = moved_id WHERE url.url = ?"
    assert night.column(query, site.url("/0")) == [site.url("/45")]


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


@pytest.mark.parametrize("location", [{}, {"Location": "/b"}])
async def test_a_choice_of_pages_is_no_redirect(
    site: Site, night: Night, location: dict[str, str]
) -> None:
    site.links("/", "/a", site.external("/a"))
    site.page("/a", '<a href="/b">b</a> or <a href="/c">c</a>', status=300, headers=location)

    await night.crawl(site.url())

    assert night.broken() == set()
    assert night.outcome(site.url("/a")) == Outcome("unverifiable", "300")
    assert night.outcome(site.external("/a")) == Outcome("unverifiable", "300")
    assert site.of("/b") == []


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
