"""Invariants 1 to 3, 7 and 8 of the design: all that is asked and found has its row, once."""

import asyncio
import os
import random
import signal
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from crawler.errors import StoreError
from tests.generated import generate
from tests.night import SETTINGS, Night
from tests.site import Site


def what_was_found(night: Night) -> set[tuple[object, ...]]:
    """Return pages, links and verdicts of the newest run: all that must not depend on chance."""
    pages = night.rows(
        "SELECT url, depth, scope, state, verdict, reason, final_url FROM pages"
        " WHERE run_id = (SELECT max(id) FROM run)"
    )
    links = night.rows(
        "SELECT source, target, fragment, verdict, reason, kind, line FROM links"
        " WHERE run_id = (SELECT max(id) FROM run)"
    )
    return {*pages, *links}


# 1. A canonical URL is fetched at most once


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
async def test_no_url_is_fetched_twice(site: Site, night: Night, seed: int) -> None:
    generate(site, seed, 80, site.external("/elsewhere/"))

    await night.crawl(site.url(), replace(SETTINGS, depth="all"))

    asked = Counter((hit.host, hit.path, hit.method) for hit in site.hits)
    assert len(asked) > 100
    assert set(asked.values()) == {1}
    assert night.column("SELECT count(*) FROM fetch") == [len(site.hits)]


# 2. Every attempt has its row


async def test_every_attempt_has_one_row_whatever_becomes_of_it(site: Site, night: Night) -> None:
    async def drop(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async def stall(_: web.Request) -> web.Response:
        await asyncio.sleep(0.5)
        return web.Response()

    kinds = {"drop": drop, "stall": stall}
    for name, handler in kinds.items():
        for n in range(3):
            site.handler(f"/{name}/{n}", handler)
    site.page("/500", status=500)
    site.redirect("/loop", "/loop")
    site.links("/", "/500", "/loop", "/gone", *(f"/{kind}/{n}" for kind in kinds for n in range(3)))

    summary = await night.crawl(site.url(), replace(SETTINGS, timeout=0.2, retries=2))

    stored = Counter(night.column("SELECT url FROM fetch JOIN url ON url.id = url_id"))
    seen = Counter(site.url(hit.path) for hit in site.hits)
    assert stored == seen
    assert summary.totals.fetches == seen.total()
    assert seen[site.url("/drop/0")] == seen[site.url("/stall/0")] == 3


# 3. Done means that the links are stored


async def test_a_page_whose_links_cannot_be_stored_is_not_done(site: Site, night: Night) -> None:
    site.links("/", "/a", "/b")
    site.links("/a", "/c")
    site.links("/b", "/d")
    await night.crawl(site.url(), replace(SETTINGS, depth=0))
    with closing(sqlite3.connect(night.db)) as connection:
        connection.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON link WHEN NEW.href = '/d'"
            " BEGIN SELECT RAISE(ABORT, 'no more room'); END"
        )

    with pytest.raises(StoreError, match="no more room"):
        await night.crawl(site.url())

    done_without_links = night.rows(
        "SELECT url FROM pages WHERE run_id = 2 AND state = 'done' AND url LIKE '%/b'"
    )
    assert done_without_links == []
    with closing(sqlite3.connect(night.db)) as connection:
        connection.execute("DROP TRIGGER refuse")
    await night.crawl(site.url(), replace(SETTINGS, resume=True))
    assert {target for _, target, _, _ in night.broken()} == {site.url("/c"), site.url("/d")}


# 7. kill -9 at any moment

CHILD = """
import asyncio, sys
from crawler.engine.run import crawl
from crawler.settings import Settings
settings = Settings(db=sys.argv[2], depth=6, retries=1, backoff=0, delay=0, concurrency=4)
asyncio.run(crawl([sys.argv[1]], settings))
"""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
async def test_after_a_kill_a_run_ends_as_if_nothing_had_been(
    site: Site, night: Night, tmp_path: Path, seed: int
) -> None:
    moment = random.Random(seed).randrange(2, 150)  # noqa: S311 - the same moments each time
    settings = replace(SETTINGS, depth=6)
    generate(site, seed, 120, site.external("/elsewhere/"))
    undisturbed = Night(tmp_path / "undisturbed.db")
    await undisturbed.crawl(site.url(), settings)
    site.hits.clear()

    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, site.url(), str(night.db)
    )
    await asyncio.wait_for(site.asked_in_all(moment), 30)
    os.kill(killed.pid, signal.SIGKILL)
    assert await killed.wait() == -signal.SIGKILL
    lost = len(site.hits) - night.rows("SELECT count(*) FROM fetch")[0][0]
    summary = await night.crawl(site.url(), replace(settings, resume=True))

    assert summary.run_id == 1
    assert what_was_found(night) ^ what_was_found(undisturbed) == set()
    assert lost <= 256


# 8. Every URL found has a row


async def test_every_url_found_has_a_row_that_says_why(site: Site, night: Night) -> None:
    generate(site, 8, 60, site.external("/elsewhere/"))
    site.robots("User-agent: *\nDisallow: /1")
    settings = replace(
        SETTINGS, depth=3, external="skip", exclude=("/2",), max_pages=30, max_redirects=1
    )

    await night.crawl(site.url(), settings)

    without = night.rows("SELECT href FROM link WHERE target_id NOT IN (SELECT url_id FROM page)")
    assert without == []
    silent = night.rows(
        "SELECT url, verdict, reason FROM pages WHERE verdict IS NOT 'ok' AND reason IS NULL"
    )
    assert silent == []
    assert {"robots", "excluded", "external", "max-pages"} <= set(
        night.column("SELECT reason FROM pages WHERE verdict = 'skipped'")
    )
