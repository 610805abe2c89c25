"""A server that does all that a server should not, and what a crawl is to make of it."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from tests.hostile_answers import ADDRESSES, CONNECTION, ENDLESS, HEADERS, LENGTHS, cut
from tests.hostile_bodies import BOMBS, CODINGS, MIB, NOISE, TEXTS
from tests.misbehaviour import (
    OK,
    PRIVATE,
    RESET,
    TIMEOUT,
    Asked,
    Behaviour,
    Case,
    drop,
    endless,
    head,
    packed,
    page,
    silent,
)
from tests.night import Outcome
from tests.rude import Talk, talking

CERTIFICATES = Path(__file__).parent / "certificates"
SETTINGS = {"depth": 1, "delay": 0, "retries": 0, "second_look": 0, "grace": 1}
"Of a crawl in which nothing is waited for that need not be."


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
