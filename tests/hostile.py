"""A server that does all that a server should not, and what a crawl is to make of it."""

import asyncio
import gzip
import ssl
import zlib
from base64 import b64decode
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from tests.bombs import CSS, XML, counted
from tests.bombs import HTML as PAGES
from tests.misbehaviour import (
    Asked,
    Behaviour,
    Case,
    drop,
    endless,
    head,
    made,
    packed,
    page,
    raw,
    silent,
    then_silent,
    then_slowly,
)
from tests.night import Outcome
from tests.rude import Talk, talking

HTML = b"Content-Type: text/html\r\n"
CERTIFICATES = Path(__file__).parent / "certificates"
MIB = 2**20
SETTINGS = {"depth": 1, "delay": 0, "retries": 0, "second_look": 0, "grace": 1}
"Of a crawl in which nothing is waited for that need not be."


WHOLE = (
    head(HTML.strip(), b"Content-Length: 26", b"Connection: close")
    + b"<p>this is a whole page</p>"[:26]
)
CUTS = len(WHOLE)


def cut(at: int) -> Behaviour:
    return raw(WHOLE[:at])


def zeros() -> bytes:
    return b"<p>" + b"\0" * (20 * MIB)


# Next to nothing of it can be packed.
NOISE = b"<p>" + b"".join(blake2b(bytes([n, 0])).digest() for n in range(250)) + b"</p>"

OK = Outcome("ok")
RESET = Outcome("transient", "reset")
TIMEOUT = Outcome("transient", "timeout")
PROTOCOL = Outcome("transient", "protocol")
BAD_HEADER = Outcome("unverifiable", "bad-header")
TOO_LARGE = Outcome("unverifiable", "too-large")
TOO_COMPLEX = Outcome("unverifiable", "too-complex")
NOTHING = Outcome("ok", "not-html")
PRIVATE = Outcome("skipped", "private-address")

CONNECTION = {
    "drop": Case(drop, RESET),
    "silent": Case(silent, TIMEOUT),
    "after-status": Case(raw(b"HTTP/1.1 200 OK\r\n"), RESET),
    "after-headers": Case(raw(head(HTML.strip(), b"Content-Length: 100")), RESET),
    "silent-after-headers": Case(
        lambda asked: then_silent(asked, head(HTML.strip(), b"Content-Length: 100")), TIMEOUT
    ),
    "slow-headers": Case(lambda asked: asked.slowly(WHOLE), TIMEOUT),
    "slow-body": Case(
        lambda asked: then_slowly(asked, head(HTML.strip(), b"Content-Length: 100"), b"x" * 100),
        TIMEOUT,
    ),
    "kept-and-closed": Case(page("<p>fine", b"Keep-Alive: timeout=60"), OK),
}
LENGTHS = {
    "too-short": Case(page("<p>more than was said", length=5), PROTOCOL),
    "too-long": Case(page("<p>less than was said", length=500), RESET),
    "negative": Case(page("x", length=-1), BAD_HEADER),
    "absurd": Case(page("x", length=10**30), BAD_HEADER),
    "two-lengths": Case(page("xx", b"Content-Length: 1"), BAD_HEADER),
    "length-and-chunks": Case(
        page(b"2\r\nxx\r\n0\r\n\r\n", b"Transfer-Encoding: chunked"), BAD_HEADER
    ),
    "no-chunks": Case(
        raw(head(HTML.strip(), b"Transfer-Encoding: chunked") + b"zz\r\nxx"), PROTOCOL
    ),
    "large-chunk": Case(
        raw(head(HTML.strip(), b"Transfer-Encoding: chunked") + b"f" * 64 + b"\r\nxx"), PROTOCOL
    ),
    "no-chunks-later": Case(
        lambda asked: endless(
            asked, head(HTML.strip(), b"Transfer-Encoding: chunked"), b"zz\r\nxx", 0.2
        ),
        Outcome("unverifiable", "protocol"),  # asked for its headers only, it is well
    ),
}
ENDLESS = {
    "body": Case(
        lambda asked: endless(asked, head(HTML.strip()), b"<p>more</p>" * 6000), TOO_LARGE
    ),
    "binary": Case(
        lambda asked: endless(asked, head(b"Content-Type: image/png"), b"x" * 65536),
        Outcome("ok", "not-html"),
    ),
    "chunks": Case(
        lambda asked: endless(
            asked,
            head(HTML.strip(), b"Transfer-Encoding: chunked"),
            (b"400\r\n" + b"x" * 1024 + b"\r\n") * 60,
        ),
        TOO_LARGE,
    ),
    "chunks-of-a-byte": Case(  # at a pace at which no machine has all that is wanted in time
        lambda asked: endless(
            asked, head(HTML.strip(), b"Transfer-Encoding: chunked"), b"1\r\nx\r\n" * 8000, 0.05
        ),
        TIMEOUT,
    ),
    "headers": Case(
        lambda asked: endless(asked, b"HTTP/1.1 200 OK\r\n", b"X-More: and more\r\n" * 50),
        BAD_HEADER,
    ),
    "header": Case(
        lambda asked: endless(asked, b"HTTP/1.1 200 OK\r\nX-More: ", b"x" * 4096), BAD_HEADER
    ),
    "status": Case(lambda asked: endless(asked, b"HTTP/1.1 200 ", b"OK" * 2048), BAD_HEADER),
    "continue": Case(
        lambda asked: endless(asked, b"", head(status=b"100 Continue") * 100), TIMEOUT
    ),
    "trailers": Case(
        lambda asked: endless(
            asked,
            head(HTML.strip(), b"Transfer-Encoding: chunked") + b"1\r\nx\r\n0\r\n",
            b"X-More: and more\r\n" * 50,
        ),
        RESET,
    ),
}
HEADERS = {
    "header-of-9-kb": Case(page("<p>fine", b"X-Policy: " + b"x" * 9000), OK),
    "header-of-70-kb": Case(page("<p>fine", b"X-Policy: " + b"x" * 70_000), BAD_HEADER),
    "headers-of-6-mb": Case(
        page("<p>fine", *[b"X-%d: " % n + b"x" * 30_000 for n in range(200)]), OK
    ),
    "headers-of-30-mb": Case(
        page("<p>fine", *[b"X-%d: " % n + b"x" * 30_000 for n in range(1000)]), BAD_HEADER
    ),
    "no-colon": Case(page("<p>fine", b"this is no header"), BAD_HEADER),
    "no-name": Case(page("<p>fine", b": of nothing"), BAD_HEADER),
    "folded": Case(page("<p>fine", b"X-Long: one\r\n two"), OK),
    "zero": Case(page("<p>fine", b"X-Zero: \0"), PROTOCOL),
    "no-status-line": Case(raw(b"<p>this is HTTP/0.9"), PROTOCOL),
    "other-protocol": Case(raw(b"SSH-2.0-OpenSSH_9.2\r\n"), PROTOCOL),
    "odd-version": Case(raw(b"HTTP/9.9 200 OK\r\n\r\n"), PROTOCOL),
    "odd-status": Case(raw(b"HTTP/1.1 9999999 What\r\n\r\n"), PROTOCOL),
    "no-status": Case(raw(b"HTTP/1.1 \r\n\r\n"), PROTOCOL),
    "refresh": Case(page("<p>fine", b"Refresh: " + b"1" * 32_000), OK),
    "links": Case(page("<p>fine", b"Link: " + b" ;a" * 10_000), OK),
    "cookies": Case(
        page("<p>fine", *[b"Set-Cookie: c%d=%b" % (n, b"x" * 4000) for n in range(200)]), OK
    ),
    "cookie-loop": Case(
        page(
            "",
            *[b"Set-Cookie: c%d=%b" % (n, b"x" * 30_000) for n in range(200)],
            b"Location: /headers/cookie-loop",
            status=b"302 Found",
        ),
        Outcome("broken", "redirect-loop"),
    ),
    "not-modified": Case(page("", status=b"304 Not Modified"), OK),
    "switching": Case(
        raw(head(b"Upgrade: websocket", b"Connection: upgrade", status=b"101 Switching Protocols")),
        Outcome("broken", "101"),
    ),
}
CODINGS = {
    "gzip-bomb": Case(packed(zeros, b"gzip", gzip.compress), TOO_LARGE),
    "deflate-bomb": Case(packed(zeros, b"deflate", zlib.compress), TOO_LARGE),
    "brotli-bomb": Case(
        page(
            b64decode(b"y///PwCkAXh84MRpgdje/3nw//8PAAmAOCwA3fu/FAAAAiABEIcF0Hv/Aw=="),
            b"Content-Encoding: br",
        ),  # 20 MiB
        TOO_LARGE,
    ),
    "nested-gzip": Case(
        packed(zeros, b"gzip", lambda body: gzip.compress(gzip.compress(body))), OK
    ),
    "twice-gzip": Case(
        packed(zeros, b"gzip, gzip", lambda body: gzip.compress(gzip.compress(body))), OK
    ),
    "no-gzip": Case(page("<p>this is not packed", b"Content-Encoding: gzip"), RESET),
    "half-gzip": Case(page(gzip.compress(NOISE)[:-4000], b"Content-Encoding: gzip"), OK),
    "zstd": Case(page(b"\x28\xb5\x2f\xfd\x00\x00", b"Content-Encoding: zstd"), BAD_HEADER),
}
TEXTS = {
    "utf-16-that-is-none": Case(page("<p>x</p>", kind=b"text/html; charset=utf-16"), OK),
    "no-charset": Case(page("<p>x</p>", kind=b"text/html; charset=nonsense"), OK),
    "utf-7": Case(page("<p>x+ADw-</p>", kind=b"text/html; charset=utf-7"), OK),
    "two-charsets": Case(
        page(b"<meta charset=utf-8><p>\xff\xfe", kind=b"text/html; charset=latin-1"), OK
    ),
    "zeros": Case(page(b"\0" * 5000), OK),
    "noise": Case(page(bytes(range(256)) * 64), OK),
}
BOMBS = {
    "depth": Case(page(PAGES.bombs["depth"](MIB // 4)), TOO_COMPLEX),
    "attributes": Case(page(PAGES.bombs["attributes"](MIB // 4)), TOO_COMPLEX),
    "adopted": Case(page(PAGES.bombs["adopted"](MIB // 4)), TOO_COMPLEX),
    "misnested": Case(page(PAGES.bombs["misnested"](MIB // 4)), OK),
    "sixteen": Case(
        page(counted("<a href=http://flood.test/%d><object>")(16_000) + "x" * 8000), OK
    ),
    "flood": Case(made(lambda: page(counted("<a href=http://flood.test/%d>")(900_000))), OK),
    "sheet": Case(page(CSS.bombs["hashes"](MIB // 16), kind=b"text/css"), OK),
    "laughs": Case(page(XML.bombs["laughs"](MIB // 4), kind=b"application/xml"), NOTHING),
    "entity": Case(page(XML.bombs["entity"](MIB // 4), kind=b"application/xml"), NOTHING),
    "name": Case(page(XML.bombs["long name"](MIB // 4), kind=b"application/xml"), OK),
    "packed.xml.gz": Case(
        made(
            lambda: page(gzip.compress(b"<urlset>" + b"<a>" * (4 * MIB)), kind=b"application/gzip")
        ),
        OK,
    ),
}
ADDRESSES = {
    "to-metadata": Case(
        page("", b"Location: http://169.254.169.254/latest/meta-data/", status=b"302 Found"),
        PRIVATE,
    ),
    "to-mapped": Case(
        page("", b"Location: http://[::ffff:10.0.0.1]/", status=b"302 Found"), PRIVATE
    ),
    "to-number": Case(page("", b"Location: http://0xa000001/", status=b"302 Found"), PRIVATE),
    "to-file": Case(
        page("", b"Location: file:///etc/passwd", status=b"302 Found"),
        Outcome("broken", "bad-location"),
    ),
    "to-endless": Case(
        page("", b"Location: /redirects/0", status=b"302 Found"),
        Outcome("broken", "too-many-redirects"),
    ),
}
CASES = {
    f"{group}/{name}": case
    for group, cases in {
        "connection": CONNECTION,
        "lengths": LENGTHS,
        "endless": ENDLESS,
        "headers": HEADERS,
        "codings": CODINGS,
        "texts": TEXTS,
        "bombs": BOMBS,
        "addresses": ADDRESSES,
    }.items()
    for name, case in cases.items()
}


def hostile(cases: Mapping[str, Case], links: str) -> Talk:
    """Return what serves `cases` under their names, and at the root a page with `links`."""
    root = page(links)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked_for = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        path = asked_for.split(" ")[1][1:]
        asked = Asked(path, writer)
        if path in cases:
            await cases[path].behaviour(asked)
        elif path.startswith("redirects/"):
            number = int(path.rpartition("/")[2]) + 1
            await page("", b"Location: /redirects/%d" % number, status=b"302 Found")(asked)
        elif path.startswith("cut/"):
            await cut(int(path[4:]))(asked)
        else:
            await (root if not path else page("", status=b"404 Not Found"))(asked)

    return talk


# Servers of their own: at accept, in TLS, in robots.txt, in Retry-After.
async def _accept_and_drop(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def _accept_and_wait(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def _plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(100)
    writer.write(head(status=b"400 This is no TLS"))


def with_robots(robots: Behaviour) -> Talk:
    """Return what serves one page, and `robots` as its robots.txt."""
    return hostile({"robots.txt": Case(robots, OK)}, "<p>fine")


def busy(retry_after: bytes) -> Talk:
    """Return what is busy, for a time that makes no sense."""
    said = page("", b"Retry-After: " + retry_after, status=b"429 Too Many Requests")
    return hostile({"": Case(said, OK)}, "")


BLOCKED = Outcome("blocked", "429")
BARRED = Outcome("skipped", "robots")
HOSTS: dict[str, tuple[Talk, Outcome]] = {
    "accept-and-drop": (_accept_and_drop, RESET),
    "accept-and-wait": (_accept_and_wait, TIMEOUT),
    "retry-in-the-past": (busy(b"Wed, 21 Oct 2015 07:28:00 GMT"), BLOCKED),
    "retry-never": (busy(b"99999999999999999999"), BLOCKED),
    "retry-in-9999": (busy(b"Fri, 31 Dec 9999 23:59:59 GMT"), BLOCKED),
    "retry-before": (busy(b"-1"), BLOCKED),
    "retry-nonsense": (busy(b"soon; or later"), BLOCKED),
    "retry-long": (busy(b"1" * 30_000), BLOCKED),
}
ROBOTS: dict[str, tuple[Talk, Outcome]] = {
    "robots-500": (with_robots(page("", status=b"500 No")), BARRED),
    "robots-429": (with_robots(page("", status=b"429 No")), BARRED),
    "robots-silent": (with_robots(silent), TIMEOUT),
    "robots-dropped": (with_robots(drop), RESET),
    "robots-403": (with_robots(page("", status=b"403 No")), OK),
    "robots-noise": (with_robots(page(NOISE, kind=b"text/plain")), OK),
    "robots-html": (with_robots(page("<h1>Disallow: /</h1>")), OK),
    "robots-loop": (with_robots(page("", b"Location: /robots.txt", status=b"302 Found")), OK),
    "robots-endless": (
        with_robots(
            lambda asked: endless(
                asked, head(b"Content-Type: text/plain"), b"Disallow: /x\n" * 4000
            )
        ),
        OK,
    ),
    "robots-large": (
        with_robots(page("User-agent: *\n" + "Disallow: /*a*b*c$\n" * 25_000, kind=b"text/plain")),
        OK,
    ),
    "robots-bomb": (
        with_robots(packed(lambda: b"\n" * (50 * MIB), b"gzip", gzip.compress)),
        OK,
    ),
    "robots-late": (with_robots(page("User-agent: *\nCrawl-delay: 1e9", kind=b"text/plain")), OK),
}
TLS = {
    "good": OK,
    "expired": Outcome("transient", "tls"),
    "other-host": Outcome("transient", "tls"),
    "self-signed": Outcome("transient", "tls"),
}


class World(NamedTuple):
    """What a crawl is to begin at, and what it is to find: an outcome for each URL."""

    seeds: list[str]
    outcomes: dict[str, Outcome]


# They want all of the processor until their time is over.
HOGS = {"endless/continue", "endless/chunks-of-a-byte"}


@asynccontextmanager
async def world(cuts: range, without: Collection[str] = ()) -> AsyncGenerator[World]:
    """Serve everything at once; `cuts` are the bytes after which a whole answer is cut off."""
    cases = {name: case for name, case in CASES.items() if name not in without}
    async with AsyncExitStack() as stack:
        outcomes: dict[str, Outcome] = {}
        for talk, outcome in HOSTS.values():
            outcomes[await stack.enter_async_context(talking(talk))] = outcome
        for name, outcome in TLS.items():
            outcomes[await stack.enter_async_context(_secured(name))] = outcome
        no_tls = await stack.enter_async_context(talking(_plain))
        outcomes[no_tls.replace("http", "https")] = Outcome("transient", "tls")
        plain = await stack.enter_async_context(talking(hostile({}, "<p>here")))
        outcomes[plain.replace("127.0.0.1", "changing.test")] = PRIVATE
        barred = {
            await stack.enter_async_context(talking(talk)): outcome
            for talk, outcome in ROBOTS.values()
        }
        names = [*cases, *(f"cut/{at}" for at in cuts)]
        links = "".join(f'<p><a href="{link}">x</a>' for link in [*names, *outcomes])
        main = await stack.enter_async_context(talking(hostile(CASES, links)))
        outcomes |= {main + name: case.outcome for name, case in cases.items()}
        outcomes |= {f"{main}cut/{at}": RESET for at in cuts}
        yield World([main, *barred], outcomes | barred)


@asynccontextmanager
async def _secured(name: str) -> AsyncGenerator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{name}.pem")
    async with talking(hostile({}, "<p>fine"), context) as url:
        yield url
