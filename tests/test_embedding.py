"""Promises to programs that call `crawl()`: in whatever loop, thread or folder they do so."""

import asyncio
import re
import sys
from dataclasses import replace
from pathlib import Path
from threading import Timer

import pytest
from aiohttp import web

import crawler
from crawler.engine.progress import Progress
from crawler.engine.stop import Stop
from crawler.errors import NoParserError, UsageError
from tests.night import SETTINGS, Night
from tests.site import Site
from tests.stopping import every_request_has_its_row, many, states

LARGE = "<p>text" * 3000 + '<a href="/gone">'


@pytest.mark.parametrize("name", ["CrawlerError", "Seed", "Size", "UsageError", "Verdict"])
def test_what_the_signature_of_crawl_names_is_public(name: str) -> None:
    assert getattr(crawler, name).__name__ == name


def test_all_that_the_types_export_can_be_imported_at_once_and_is_listed() -> None:
    stub = Path(crawler.__file__).with_suffix(".pyi").read_text("utf-8")
    exported = set(re.findall(r" as (\w+)", stub))
    there: dict[str, object] = {}

    exec("from crawler import *", there)  # noqa: S102 - no other way within a function

    assert exported == set(vars(crawler)["__all__"]) == there.keys() & exported
    assert exported <= set(dir(crawler))


def test_a_program_may_run_a_loop_that_is_not_asyncios(tmp_path: Path) -> None:
    uvloop = pytest.importorskip("uvloop")  # what uvicorn runs a server on; not on Windows

    async def crawl_a_site() -> Night:
        night = Night(tmp_path / "crawl.db")
        async with Site.serve() as site:
            site.links("/", *(f"/{number}" for number in range(20)))
            await night.crawl(site.url())
        return night

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        night = runner.run(crawl_a_site())

    assert night.rows("SELECT verdict, count(*) FROM page GROUP BY verdict") == [
        ("broken", 20),
        ("ok", 1),
    ]


# Ends


@pytest.mark.parametrize("pause", [0.0005, 0.001, 0.01])
async def test_a_run_that_is_cancelled_again_and_again_is_closed_all_the_same(
    site: Site, night: Night, pause: float
) -> None:
    many(site)
    site.gate.clear()
    before = asyncio.all_tasks()
    running = asyncio.create_task(night.crawl(site.url(), replace(SETTINGS, robots="ignore")))
    await asyncio.wait_for(site.busy(1), 30)

    while not running.done():
        running.cancel("enough")
        await asyncio.sleep(pause)
    with pytest.raises(asyncio.CancelledError, match="enough"):
        await running
    left = {task for task in asyncio.all_tasks() - before if "crawler" in repr(task.get_coro())}
    site.gate.set()

    assert states(night) == [("interrupted", "cancelled")]
    assert every_request_has_its_row(site, night)
    assert left == set()


@pytest.mark.parametrize("turns", range(0, 60, 6))
async def test_a_run_that_is_cancelled_while_it_begins_is_not_left_running(
    site: Site, night: Night, turns: int
) -> None:
    running = asyncio.create_task(night.crawl(site.url()))
    for _ in range(turns):
        await asyncio.sleep(0)
    await asyncio.sleep(turns / 6000)

    running.cancel()
    await asyncio.wait({running})

    if night.db.exists() and night.rows("SELECT 1 FROM sqlite_schema WHERE name = 'run'"):
        assert ("running", None) not in states(night)


def test_a_stop_belongs_to_no_loop(tmp_path: Path) -> None:
    stop, night = Stop(), Night(tmp_path / "crawl.db")

    async def crawl() -> str:
        async with Site.serve() as site:
            many(site)
            return (await night.crawl(site.url(), stop=stop)).state

    assert [asyncio.run(crawl()), asyncio.run(crawl())] == ["finished", "finished"]
    stop.ask("user")
    assert asyncio.run(crawl()) == "interrupted"


async def test_another_thread_may_ask_for_the_end(site: Site, night: Night) -> None:
    async def stall(_: web.Request) -> web.Response:
        await asyncio.sleep(10)
        return web.Response()

    stop = Stop()
    site.handler("/", stall)
    asking = Timer(0.3, stop.ask, ["user"])
    asking.start()

    summary = await night.crawl(site.url(), replace(SETTINGS, grace=0, timeout=20), stop=stop)

    assert (summary.state, summary.reason) == ("interrupted", "user")
    assert summary.seconds < 5


async def test_what_a_callback_cancels_is_no_deadline(site: Site, night: Night) -> None:
    many(site)

    def on_page(_: object) -> None:
        raise asyncio.CancelledError

    summary = await crawler.crawl(
        [site.url()], replace(SETTINGS, db=str(night.db)), on_page=on_page
    )

    assert summary.reason == "stopped"


@pytest.mark.parametrize(
    ("asked", "reason"), [("cancelled", "stopped"), ("", "stopped"), ("a\nnew  era", "a new era")]
)
async def test_a_run_that_was_asked_to_stop_has_judged_what_it_read(
    site: Site, night: Night, asked: str, reason: str
) -> None:
    site.page("/", '<p id=yes><a href="#yes">yes</a> <a href="#no">no</a> <a href="/more">more</a>')
    site.gate.clear()
    stop = Stop()
    running = asyncio.create_task(night.crawl(site.url(), stop=stop))
    await asyncio.wait_for(site.busy(1), 30)

    stop.ask(asked)
    site.gate.set()

    assert (await running).reason == reason
    judged = "SELECT fragment, verdict FROM links WHERE fragment <> '' ORDER BY 1"
    assert night.rows(judged) == [("no", "broken"), ("yes", "ok")]


async def test_a_callback_that_wants_to_be_awaited_is_refused() -> None:
    async def on_page(_: object) -> None:
        """Wait for nothing."""

    class Awaited:
        __call__ = staticmethod(on_page)

    for callback in (on_page, Awaited()):
        with pytest.raises(UsageError, match="on_page must be a function that is called"):
            await crawler.crawl([], on_page=callback)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "leave", [SystemExit(7), KeyboardInterrupt(), pytest.fail.Exception("as a test does")]
)
def test_a_callback_that_ends_the_program_leaves_the_run_closed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, leave: BaseException
) -> None:
    night = Night(tmp_path / "crawl.db")

    def on_page(_: object) -> None:
        raise leave

    async def crawl() -> None:
        async with Site.serve() as site:
            many(site)
            settings = replace(SETTINGS, db=str(night.db))
            await crawler.crawl([site.url()], settings, on_page=on_page)

    with pytest.raises(type(leave)):
        asyncio.run(crawl())

    assert states(night) == [("failed", type(leave).__name__)]
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"settings": {}}, "settings must be Settings or None, not dict"),
        ({"stop": asyncio.Event()}, "stop must be Stop or None, not Event"),
        ({"progress": Progress}, "progress must be Progress or None, not type"),
        ({"on_page": 3}, "on_page must be a function that is called"),
        ({"clock": None}, "clock must be a function that is called"),
        ({"seeds": None}, r"seeds are given as a list: \[url\]"),
        ({"seeds": Path()}, r"seeds are given as a list: \[url\]"),
        ({"seeds": 3}, r"seeds are given as a list: \[url\]"),
    ],
)
async def test_what_is_no_argument_is_refused_before_a_run_begins(
    night: Night, arguments: dict[str, object], said: str
) -> None:
    settings = replace(SETTINGS, db=str(night.db))

    with pytest.raises(UsageError, match=said):
        await crawler.crawl(**{"seeds": ["http://a.test/"], "settings": settings, **arguments})  # type: ignore[arg-type]

    assert not night.db.exists()


# Parsers


async def test_what_lies_in_the_working_folder_is_not_imported_by_a_parser(
    site: Site, night: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "checkout"
    (there / "crawler").mkdir(parents=True)
    (there / "crawler" / "__init__.py").write_text("raise SystemExit")
    (there / "html.py").write_text("open('imported', 'w')")
    monkeypatch.chdir(there)
    site.page("/", LARGE)

    await night.crawl(site.url())

    assert night.broken() == {(site.url(), site.url("/gone"), "", "404")}
    assert not (there / "imported").exists()


async def test_a_parser_imports_from_where_the_program_does(
    site: Site, night: Night, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(f"open({str(tmp_path / 'found')!r}, 'w')")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    site.page("/", LARGE)

    await night.crawl(site.url())

    assert (tmp_path / "found").exists()


async def test_a_frozen_program_is_not_started_again_to_parse(
    site: Site, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    site.page("/", LARGE)

    with pytest.raises(NoParserError, match="is a frozen program"):
        await night.crawl(site.url())


@pytest.mark.parametrize("python", ["", None, "/bin/false", "/nowhere/python"])
async def test_where_no_parser_can_be_had_the_run_fails(
    site: Site, night: Night, monkeypatch: pytest.MonkeyPatch, python: str | None
) -> None:
    monkeypatch.setattr(sys, "executable", python)
    site.page("/", LARGE)

    with pytest.raises(NoParserError, match="nothing can be parsed"):
        await night.crawl(site.url(), progress=Progress())

    assert states(night) == [("failed", "NoParserError")]
    assert every_request_has_its_row(site, night)
