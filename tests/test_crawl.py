"""Promises about a crawl, from the seeds to the database, against a real server."""

import asyncio
import gzip
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from crawler.errors import UsageError
from crawler.settings import Size
from tests.night import SETTINGS, Night, Outcome
from tests.rude import answering
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
