"""Promises about connections that are kept for a next request."""

import asyncio
import gc
import socket

import aiohttp
import pytest

from crawler.fetch import pool
from crawler.fetch.guard import Guard, Kind
from crawler.fetch.names import system_resolver
from crawler.fetch.pool import Pool
from tests.bench.corpora import free_port
from tests.bench.server import started
from tests.bench.web import Web

ROOM = 4


class Counted(Pool):
    """A pool that knows how often it had to connect."""

    connected = 0

    def _make(self, addr_info: aiohttp.AddrInfoType) -> socket.socket:
        self.connected += 1
        return super()._make(addr_info)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_KEPT", ROOM)
    monkeypatch.setattr(pool, "_KEPT_FOR", 0.3)


@pytest.mark.slow
@pytest.mark.usefixtures("small")
async def test_when_those_that_were_kept_are_closed_others_are_kept() -> None:
    web = Web(size=40, hosts=20, port=free_port())
    first, *others = web.seeds

    with started("tests.bench.web", web.size, web.hosts, web.port):
        gc.disable()  # what is closed must not count, collected or not
        try:
            kept = Counted(Guard([], [Kind.LOOPBACK]), 8, system_resolver(5))
            async with aiohttp.ClientSession(connector=kept) as session:
                await ask(session, *others, *others)
                many = kept.connected
                await asyncio.sleep(1)
                await ask(session, *[first] * 5)
        finally:
            gc.enable()

    assert many == 2 * len(others) - ROOM
    assert kept.connected == many + 1


async def ask(session: aiohttp.ClientSession, *urls: str) -> None:
    for url in urls:
        async with session.get(url) as response:
            await response.read()
