"""Promises about names that no name server knows, or wants to say anything of."""

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from threading import Event

import pytest

from crawler.fetch import pool
from crawler.fetch.guard import kinds_of_seeds
from crawler.fetch.names import AT_ONCE, Addresses, Lookups
from tests import command
from tests.night import SETTINGS, Night, Outcome
from tests.site import Site

SYSTEM = socket.getaddrinfo


@contextmanager
def silent(patch: pytest.MonkeyPatch) -> Generator[None]:
    """Have no name server answer for `silent*`; all else in .test is here."""
    over = Event()

    def look_up(host: str, port: int | None, *args: int, **hints: int) -> Addresses:
        if host.startswith("silent"):
            over.wait(20)
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return SYSTEM("127.0.0.1" if host.endswith(".test") else host, port, *args, **hints)

    patch.setattr(socket, "getaddrinfo", look_up)
    try:
        yield
    finally:
        over.set()
        for thread in looking():
            thread.join(20)


def looking() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "name lookup"]


@pytest.mark.slow
async def test_names_that_nobody_answers_for_keep_no_other_waiting(
    site: Site, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = [site.url("/x", f"silent{n}.test") for n in range(40)]
    known = [site.url("/x", f"known{n}.test") for n in range(20)]
    site.links("/", *quiet, *known)
    site.page("/x")
    settings = replace(SETTINGS, concurrency=100, connect_timeout=1, retries=0)

    with silent(monkeypatch):
        await night.crawl(site.url(), settings)

    assert {night.outcome(url) for url in known} == {Outcome("ok", None)}
    assert {night.outcome(url) for url in quiet} == {Outcome("transient", "dns")}
    slowest = "SELECT max(total_ms) FROM fetch JOIN url ON url.id = url_id WHERE url LIKE '%known%'"
    assert night.column(slowest)[0] < 15_000


@pytest.mark.slow
async def test_a_name_that_is_gone_for_a_moment_is_asked_for_again(
    site: Site, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    def look_up(host: str, port: int | None, *args: int, **hints: int) -> Addresses:
        nonlocal asked
        asked += host == "docs.test"
        if host == "docs.test" and asked == 4:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return SYSTEM("127.0.0.1" if host == "docs.test" else host, port, *args, **hints)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(pool, "_DNS_LIFE", 0)
    monkeypatch.setattr(pool, "_KEPT", 0)
    site.links("/", *(f"/{number}" for number in range(4)))
    for number in range(4):
        site.page(f"/{number}")

    summary = await night.crawl(site.url(host="docs.test"), replace(SETTINGS, per_host=1))

    assert summary.totals.verdicts == {"ok": 5}
    assert night.column("SELECT error FROM fetch WHERE error IS NOT NULL") == ["dns-temporary"]


async def test_a_name_below_localhost_is_this_machine_though_the_system_knows_none(
    site: Site, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_up(host: str, port: int | None, *args: int, **hints: int) -> Addresses:
        if host.endswith(("localhost.test", ".localhost")):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return SYSTEM(host, port, *args, **hints)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    site.links("/", "/a", site.url("/b", "api.docs.localhost"), site.url("/c", "localhost.test"))
    for path in ("/a", "/b", "/c"):
        site.page(path)

    summary = await night.crawl(site.url(host="docs.localhost"))

    assert summary.totals.verdicts == {"ok": 3, "broken": 1}
    assert night.outcome(site.url("/c", "localhost.test")) == Outcome("broken", "dns")


async def test_who_waits_for_too_long_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with silent(monkeypatch), pytest.raises(socket.gaierror, match=r"answered in 0\.1 s") as caught:
        await Lookups(0.1).getaddrinfo("silent.test", 80)

    assert caught.value.errno == socket.EAI_AGAIN


async def test_what_the_system_says_is_what_is_known() -> None:
    lookups = Lookups(5)

    found = await lookups.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)

    assert [address for *_, address in found] == [("127.0.0.1", 80)]
    assert await lookups.getnameinfo(
        ("127.0.0.1", 80), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV
    ) == ("127.0.0.1", "80")
    with pytest.raises(UnicodeError):
        await lookups.getaddrinfo("a" * 70, 80)


ENDING = """
import asyncio, socket, time
from crawler.fetch.names import Lookups

socket.getaddrinfo = lambda *_, **__: time.sleep(60)

async def main():
    try:
        await Lookups(0.1).getaddrinfo("silent.test", 80)
    except socket.gaierror:
        print("silent")

asyncio.run(main())
"""


@pytest.mark.slow
def test_a_lookup_that_goes_on_keeps_no_process_from_its_end() -> None:
    started = time.monotonic()

    said = subprocess.run(
        [sys.executable, "-c", ENDING],
        capture_output=True,
        text=True,
        env=command.untraced(),
        check=True,
    )

    assert (said.stdout, said.stderr) == ("silent\n", "")
    assert time.monotonic() - started < 30


@pytest.mark.slow
async def test_no_more_lookups_are_under_way_than_there_are_threads_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosts = [f"http://silent{n}.test" for n in range(500)]
    most = 0

    with silent(monkeypatch):
        asking = asyncio.create_task(kinds_of_seeds(hosts, 0.05))
        while not asking.done():
            await asyncio.sleep(0.02)
            most = max(most, len(looking()))

    assert 1 < most <= AT_ONCE


async def test_where_the_system_has_no_thread_left_the_name_is_to_be_asked_for_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def start(_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)

    with pytest.raises(socket.gaierror, match="new thread") as caught:
        await Lookups(5).getaddrinfo("a.test", 80)

    assert caught.value.errno == socket.EAI_AGAIN
