"""Promises about servers that answer badly or not at all: a row each, and the crawl goes on."""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from unittest.mock import Mock

import pytest
from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorSSLError,
    ClientOSError,
    TooManyRedirects,
)
from aiohttp.client_reqrep import ConnectionKey
from aioresponses import aioresponses

from crawler.engine.reader import SMALL_PAGE
from tests.night import SETTINGS, Night, Outcome
from tests.parsers import NONE, put_in_place
from tests.rude import answering, talking
from tests.site import Site

OK = Outcome("ok")


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
    assert len(attempts) == 2
    assert night.outcome(rude) == Outcome("transient", error)
    assert night.broken() == {(site.url(), site.url("/gone"), "", "404")}


@pytest.mark.parametrize(
    "headers",
    [
        *(b"X: y\r\n" * 1000, b"X: " + b"y" * 100_000, b"X: a\rb", b"Content-Length: -1"),
        *(b"Content-Length: 3, 3", b"Content-Length: 3\r\nTransfer-Encoding: chunked"),
    ],
)
async def test_headers_that_browsers_make_sense_of_are_no_fault(
    site: Site, night: Night, headers: bytes
) -> None:
    async with answering(b"HTTP/1.1 200 OK\r\n%b\r\n\r\nabc" % headers) as rude:
        site.links("/", rude)

        await night.crawl(site.url())

    assert night.outcome(rude) == Outcome("unverifiable", "bad-header")


async def test_large_headers_are_taken_as_real_sites_send_them(site: Site, night: Night) -> None:
    policy = b"Content-Security-Policy: " + b"p" * 30_000
    cookies = b"\r\n".join(b"Set-Cookie: c%d=1" % n for n in range(200))
    answer = b"HTTP/1.1 200 OK\r\n%b\r\n%b\r\nContent-Length: 0\r\n\r\n" % (policy, cookies)
    async with answering(answer) as other:
        site.links("/", other)

        await night.crawl(site.url())

    assert night.outcome(other) == OK


@pytest.mark.slow
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


@pytest.mark.slow
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


async def test_what_is_not_asked_for_its_private_address_raises_no_doubt(
    site: Site, night: Night
) -> None:
    site.links("/", *(f"http://10.0.0.{number}/" for number in range(1, 13)))

    summary = await night.crawl(site.url())

    assert night.column("SELECT count(*) FROM page WHERE reason = 'private-address'") == [12]
    assert summary.doubts == ()
    assert summary.totals.hosts == 1


async def test_a_night_on_which_many_pages_cannot_be_parsed_is_doubted(
    site: Site, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_place(monkeypatch, NONE)
    large = "<p>" + " " * SMALL_PAGE
    site.links("/", *map(str, range(6)))
    for number in range(6):
        site.page(f"/{number}", large)

    summary = await night.crawl(site.url())

    assert summary.doubts == (f"6 of 7 pages of {site.url().rstrip('/')} could not be parsed",)
    assert set(night.column("SELECT reason FROM pages WHERE url LIKE '%/_'")) == {"parser-lost"}


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
