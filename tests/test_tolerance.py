"""Promises about servers that break rules and are read all the same, as browsers read them."""

import asyncio
import gzip
import zlib
from asyncio import StreamReader, StreamWriter
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from aiohttp import web

from crawler.access import Secret
from crawler.engine.known import conditions_of
from crawler.model import Known
from tests.night import SETTINGS, Night, Outcome
from tests.rude import Talk, answering, talking
from tests.site import HTML, Handler, Site

OK = Outcome("ok")
# A browser shows these pages: what it says of its length is less than comes.
SURPLUS = b"Content-Length: 3\r\n\r\nabc<p>and more"


def by_method(status: bytes, after: bytes) -> Talk:
    """Answer with `status`; to GET with headers and body `after` it, to HEAD with neither."""

    async def talk(reader: StreamReader, writer: StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        answer = b"Content-Length: 3\r\n\r\n" if asked.startswith(b"HEAD") else after
        writer.write(b"HTTP/1.1 %b\r\nContent-Type: text/html\r\n%b" % (status, answer))
        await writer.drain()

    return talk


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (b"200 OK", OK),
        (b"404 Not Found", Outcome("broken", "404")),
        (b"503 Later", Outcome("transient", "503")),
    ],
)
async def test_a_body_longer_than_it_says_does_not_hide_the_status(
    site: Site, night: Night, status: bytes, outcome: Outcome
) -> None:
    async with talking(by_method(status, SURPLUS)) as rude:
        site.links("/", f"{rude}#there")
        await night.crawl(site.url())

    assert night.outcome(rude) == outcome


@pytest.mark.parametrize("method", [405, 501])
async def test_what_is_said_of_the_method_is_not_said_of_the_page(
    site: Site, night: Night, method: int
) -> None:
    async def talk(reader: StreamReader, writer: StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        refusal = b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % method
        writer.write(refusal if asked.startswith(b"HEAD") else b"HTTP/1.1 200 OK\r\n" + SURPLUS)
        await writer.drain()

    async with talking(talk) as rude:
        site.links("/", rude)
        await night.crawl(site.url())

    assert night.outcome(rude) == Outcome("transient", "protocol")


async def test_a_page_whose_body_is_longer_than_it_says_was_not_read(night: Night) -> None:
    async with talking(by_method(b"200 OK", SURPLUS)) as rude:
        await night.crawl(rude, replace(SETTINGS, robots="ignore"))

    assert night.outcome(rude) == Outcome("unverifiable", "protocol")


@pytest.mark.slow
async def test_what_comes_late_on_a_kept_connection_is_not_the_next_answer(
    site: Site, night: Night
) -> None:
    late: set[asyncio.Task[None]] = set()

    async def add(writer: StreamWriter) -> None:
        await asyncio.sleep(0.02)
        with suppress(ConnectionError):
            writer.write(b"<!-- late -->\n")

    async def talk(reader: StreamReader, writer: StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            await asyncio.sleep(0.05)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n")
            late.add(asyncio.create_task(add(writer)))

    async with talking(talk) as rude:
        pages = [f"{rude}{each}" for each in range(5)]
        site.links("/", *(f"{page}#x" for page in pages))  # so they are asked for by GET
        await night.crawl(site.url(), replace(SETTINGS, per_host=1))

    assert {night.outcome(page).verdict for page in pages} == {"ok"}


@pytest.mark.parametrize("status", [400, 412, 500, 501])
async def test_a_server_that_cannot_cope_with_a_condition_is_asked_without(
    site: Site, night: Night, status: int
) -> None:
    async def touchy(request: web.Request) -> web.Response:
        if "If-None-Match" in request.headers:
            return web.Response(status=status)
        return web.Response(text="<p>here", content_type="text/html", headers={"ETag": '"1"'})

    site.handler("/", touchy)
    for _ in range(2):
        await night.crawl(site.url())

    assert night.outcome(site.url()) == OK
    assert [status for _, status, _ in night.attempts(site.url())] == [200, status, 200]


def test_no_condition_has_what_cannot_be_sent() -> None:
    known = Known(0, b"", None, '"a\x01b"', "then\x7f", 1, None, None)

    assert conditions_of(known) == {}


@pytest.mark.parametrize("location", [None, "", "/page", "mailto:a@b.test", "http://["])
async def test_a_head_that_is_led_nowhere_is_no_verdict(
    site: Site, night: Night, location: str | None
) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.Response(text="here")
        return web.Response(status=302, headers={} if location is None else {"Location": location})

    site.links("/", site.external("/page"))
    site.handler("/page", answer)

    await night.crawl(site.url())

    assert night.outcome(site.external("/page")) == OK


@pytest.mark.slow
@pytest.mark.parametrize(
    ("head", "outcome"),
    [
        (b"302 Found\r\nLocation: /x#end", Outcome("broken", "404")),
        (b"404 Not Found", Outcome("broken", "404")),
        (b"200 OK\r\nContent-Type: audio/mpeg", OK),
    ],
)
async def test_a_body_that_nobody_reads_need_not_end(
    site: Site, night: Night, head: bytes, outcome: Outcome
) -> None:
    async def talk(reader: StreamReader, writer: StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        if b" /x " in asked:
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        writer.write(b"HTTP/1.1 %b\r\nContent-Length: 900\r\n\r\nabc" % head)
        await reader.read()

    async with talking(talk) as rude:
        site.links("/", f"{rude}#part")
        await night.crawl(site.url(), replace(SETTINGS, timeout=1))

    assert night.outcome(rude) == outcome


@pytest.mark.parametrize(
    "value", ["b=c==", "a/b+c", "u@h", '{"x":1}', "a,b", '"quoted"', "with blank", "é", ""]
)
async def test_a_cookie_goes_back_as_it_came(site: Site, night: Night, value: str) -> None:
    async def gate(request: web.Request) -> web.Response:
        if request.headers.get("Cookie") == f"a={value}":
            return web.Response(text="in")
        cookie = {"Set-Cookie": f"a={value}; Path=/; HttpOnly"}
        return web.Response(status=302, headers={"Location": "/gate", **cookie})

    site.links("/", "/gate")
    site.handler("/gate", gate)

    await night.crawl(site.url())

    assert night.outcome(site.url("/gate")) == Outcome("ok", "not-html")


@pytest.mark.parametrize("after", [1, 3])
async def test_what_is_closed_without_a_word_says_nothing_of_the_pages(
    night: Night, after: int
) -> None:
    """Each connection is, after so many answers; and one page closes what it is asked on."""
    pages = [f"/{number}" for number in range(300)]
    asked: Counter[str] = Counter()

    async def talk(reader: StreamReader, writer: StreamWriter) -> None:
        for _ in range(after):
            path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
            asked[path] += 1
            if path == "/closing":
                return
            links = [f"<a href={each}>" for each in (*pages, "/closing")] if path == "/" else []
            body = f"<h1>{path}</h1>{''.join(links)}".encode()
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"
            writer.write(head % len(body) + body)
            await asyncio.sleep(0.005)

    async with talking(talk) as rude:
        await night.crawl(rude, replace(SETTINGS, robots="ignore", retries=2))

    verdicts = "SELECT verdict, count(*) FROM pages GROUP BY verdict ORDER BY verdict"
    assert night.rows(verdicts) == [("ok", len(pages) + 1), ("transient", 1)]
    assert len(night.attempts(f"{rude}closing")) == 3


async def test_who_sends_head_to_a_page_about_errors_is_asked_by_get(
    site: Site, night: Night
) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.method == "HEAD":
            return web.Response(status=302, headers={"Location": "/error?from=/a"})
        return web.Response(text="well")

    site.links("/", site.external("/a"), site.external("/gone"))
    site.handler("/a", answer)
    site.redirect("/gone", "/error")
    site.page("/error", status=404)

    await night.crawl(site.url())

    assert {url for _, url, _, _ in night.broken()} == {site.external("/gone")}
    assert [hit.method for hit in site.of("/gone")] == ["HEAD", "GET"]


@pytest.mark.slow
async def test_a_loop_in_which_all_set_cookies_ends(site: Site, night: Night) -> None:
    numbers = count()

    def hop(to: str, seconds: float) -> Handler:
        async def answer(_: web.Request) -> web.Response:
            await asyncio.sleep(seconds)
            cookie = f"at{to[1:]}={next(numbers)}; Path=/"
            return web.Response(status=302, headers={"Location": to, "Set-Cookie": cookie})

        return answer

    site.links("/", "/a")
    site.handler("/a", hop("/b", 0))
    site.handler("/b", hop("/a", 0.1))

    summary = await night.crawl(site.url(), replace(SETTINGS, deadline=timedelta(seconds=5)))

    assert summary.state == "finished"
    assert night.broken() == {(site.url(), site.url("/a"), "", "redirect-loop")}


@pytest.mark.parametrize("coding", ["gzip", "x-gzip"])
async def test_a_body_is_unpacked_to_its_end(site: Site, night: Night, coding: str) -> None:
    body = gzip.compress(b"<p>x" * 5000) + gzip.compress(b'<a href="/gone">gone</a>')
    site.page("/", body, headers={"Content-Encoding": coding, "Content-Type": HTML})

    await night.crawl(site.url())

    assert night.broken() == {(site.url(), site.url("/gone"), "", "404")}


@pytest.mark.parametrize("said", [b"gzip, gzip", b"gzip\r\nContent-Encoding: x-gzip"])
@pytest.mark.parametrize("times", [1, 2])
async def test_what_is_packed_twice_is_unpacked_twice(
    night: Night, said: bytes, times: int
) -> None:
    body = b'<p id="here"><a href="/#here">here</a><a href="/#gone">gone</a>'
    for _ in range(times):
        body = gzip.compress(body)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: %b\r\n\r\n" % said

    async with answering(head + body) as url:
        await night.crawl(url)

    assert night.broken() == {(url, url, "gone", "fragment")}


@pytest.mark.parametrize("behind", [b"\0" * 9, b"\n<!-- cached -->", b"\x1f\x8bno gzip"])
async def test_what_stands_behind_a_packed_body_is_left_out(
    site: Site, night: Night, behind: bytes
) -> None:
    packed = {"Content-Encoding": "gzip", "Content-Type": HTML}
    site.page("/", gzip.compress(b'<a href="/a#x">a</a>') + behind, headers=packed)
    site.page("/a", gzip.compress(b'<a href="/gone" id="x">gone</a>') + behind, headers=packed)

    await night.crawl(site.url())

    assert night.broken() == {(site.url("/a"), site.url("/gone"), "", "404")}
    assert site.methods("/") == ["GET", "GET"]
    assert site.methods("/a") == ["GET"]


async def test_a_host_that_sends_more_than_gzip_may_send_what_is_none(
    site: Site, night: Night
) -> None:
    packed = {"Content-Encoding": "gzip", "Content-Type": HTML}
    page = gzip.compress(b'<a href="/b">b</a>') + b"more"
    site.page("/", page, headers=packed)
    deflated = {"Content-Encoding": "deflate", "Content-Type": HTML}
    site.page("/b", zlib.compress(b'<a href="/gone">gone</a>'), headers=deflated)

    await night.crawl(site.url())

    assert night.broken() == {(site.url("/b"), site.url("/gone"), "", "404")}


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (b"403 Forbidden", Outcome("blocked", "proxy")),
        (b"407 Who", Outcome("blocked", "proxy")),
        (b"502 Bad Gateway", Outcome("transient", "connect")),
    ],
)
async def test_a_proxy_that_bars_the_way_is_not_the_fault_of_the_page(
    night: Night, status: bytes, outcome: Outcome
) -> None:
    async with answering(b"HTTP/1.1 %b\r\nContent-Length: 0\r\n\r\n" % status) as proxy:
        settings = replace(SETTINGS, proxy=Secret(proxy.rstrip("/")), robots="ignore")
        await night.crawl("https://far.test/", settings)

    assert night.outcome("https://far.test/") == outcome
