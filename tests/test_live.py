"""Promises of the page that is served while a run lasts: to this machine alone, and up to date."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from crawler.cli import main
from crawler.cli.live import Address, served
from crawler.engine.progress import Progress
from crawler.engine.run import crawl
from crawler.errors import UsageError
from tests.browser import Reader, opened_browser
from tests.night import SETTINGS
from tests.site import Site

pytestmark = pytest.mark.slow

LOCAL = Address("127.0.0.1", 0, public=False)


@pytest.mark.parametrize(
    ("text", "public", "address"),
    [
        (":8000", False, Address("127.0.0.1", 8000, public=False)),
        ("8000", False, Address("127.0.0.1", 8000, public=False)),
        ("localhost:0", False, Address("localhost", 0, public=False)),
        ("[::1]:81", False, Address("::1", 81, public=False)),
        ("0.0.0.0:8000", True, Address("0.0.0.0", 8000, public=True)),  # noqa: S104 - if asked
    ],
)
def test_an_address_may_be_short(text: str, address: Address, *, public: bool) -> None:
    assert Address.of(text, public=public) == address


@pytest.mark.parametrize("text", ["0.0.0.0:80", "[::]:80", "192.0.2.1:80", "docs.example:80"])
def test_nobody_else_can_come_unless_that_is_asked_for(
    text: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status = main([str(tmp_path), "--db", str(tmp_path / "crawl.db"), "--serve", text])

    assert status == 2
    assert "is not this machine alone; with --serve-public others may" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "x", ":x", ":99999", "a:b:c", "["])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no address such as"):
        Address.of(text, public=False)


async def test_an_address_that_is_taken_is_refused(tmp_path: Path) -> None:
    async with served(Progress(), LOCAL, tmp_path / "crawl.db") as port:
        with pytest.raises(UsageError, match="already in use"):
            async with served(Progress(), LOCAL._replace(port=port), tmp_path / "crawl.db"):
                pass


@pytest.mark.parametrize(
    ("host", "public", "status"),
    [
        ("localhost:{port}", False, 200),
        ("127.0.0.1", False, 200),
        ("[::1]:1", False, 200),
        ("evil.test:{port}", False, 421),
        ("evil.test:{port}", True, 421),
        ("192.0.2.1:{port}", False, 421),
        ("192.0.2.1:{port}", True, 200),
        ("", False, 421),
        ("[::1", False, 400),
    ],
)
async def test_a_name_that_others_made_is_not_answered(
    tmp_path: Path, host: str, status: int, *, public: bool
) -> None:
    address = LOCAL._replace(public=public)
    async with (
        served(Progress(), address, tmp_path / "crawl.db") as port,
        aiohttp.ClientSession(headers={"Host": host.format(port=port)}) as session,
        session.get(f"http://127.0.0.1:{port}/") as answer,
    ):
        assert answer.status == status
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_the_end_is_told_and_waits_only_a_little(tmp_path: Path) -> None:
    progress = Progress(done=3, open=1, in_flight=1)
    async with aiohttp.ClientSession() as session:
        async with served(progress, LOCAL, tmp_path / "crawl.db") as port:
            stream = await session.get(f"http://127.0.0.1:{port}/events")
            first = [await stream.content.readline() for _ in range(3)]
            leaving = asyncio.create_task(_read_to(stream, b"event: end\n"))
        await asyncio.wait_for(leaving, 5)

    assert first[0] == b"event: progress\n"
    assert json.loads(first[1].removeprefix(b"data: ")) == {
        "said": "3 done, 0 queued, 1 in flight, 0 broken, 3.0/s",
        "waits": [],
        "done": 3,
        "known": 4,
    }


async def _read_to(stream: aiohttp.ClientResponse, line: bytes) -> None:
    while await stream.content.readline() != line:
        pass
    stream.close()


def held(site: Site, path: str) -> asyncio.Event:
    """Declare a page that is answered when the event is set."""
    hold = asyncio.Event()

    async def answer(_: web.Request) -> web.Response:
        await hold.wait()
        return web.Response(text="<p>", content_type="text/html")

    site.handler(path, answer)
    return hold


@pytest_asyncio.fixture
async def reader() -> AsyncGenerator[Reader]:
    async with opened_browser() as browser:
        yield Reader(await browser.new_page())


async def test_a_browser_sees_the_run_and_then_what_it_came_to(
    reader: Reader, site: Site, tmp_path: Path
) -> None:
    page, progress = reader.page, Progress()
    site.links("/", "/gone", "/a")
    site.links("/a", "/gone", "/b#nowhere")
    hold = held(site, "/b")
    settings = replace(SETTINGS, db=str(tmp_path / "crawl.db"), timeout=20)

    async with served(progress, LOCAL, settings.database) as port:
        await page.goto(f"http://127.0.0.1:{port}/")
        run = asyncio.create_task(crawl([site.url()], settings, progress=progress))
        await page.get_by_role("heading", name="1 broken link so far").wait_for()
        await page.locator("#bar[max]").wait_for()
        before = await reader.groups(), await page.inner_text("#said")
        await page.get_by_label("Search").fill("gone")
        hold.set()
        await run
    await page.locator("#live").wait_for(state="detached")

    assert before[0] == ["/gone"]
    assert "1 in flight, 1 broken" in before[1]
    assert await page.inner_text("h1") == "3 broken links"
    assert await reader.count() == "2 links, 1 target"
    await page.get_by_label("Search").fill("")
    assert await reader.groups() == ["/gone", "/b#nowhere"]
    assert await page.locator("#so-far").count() == 0
    assert reader.complaints == []
