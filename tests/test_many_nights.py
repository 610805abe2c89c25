"""Promises about many nights, and many pages: what is asked costs no more than it must."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from crawler.store.asking import query_of
from crawler.store.ledger import open_store
from crawler.store.site import EDGES
from tests.nights import DOC, HOME, Nights, dead
from tests.stored import HOST, leaf, link, page

FEW, MANY = 5, 40
# Instructions of SQLite's machine between two counts.
_AT_ONCE = 100
GONE = [f"{HOST}/gone/{number}" for number in range(50)]
WELL = [f"{HOST}/well/{number}" for number in range(200)]
VIEWS = (
    *("broken", "new_broken", "still_broken", "fixed", "failing", "blocked", "redirects"),
    *("pages_gained", "pages_lost", "anchors_lost", "orphans", "notes"),
)


async def remember(path: Path, nights: int) -> None:
    """Write so many nights of one site, the same each night, as so many crawls would."""
    sources = page(HOME, *map(link, (*GONE, *WELL)), link(DOC, "missing"))
    for number in range(nights):
        async with open_store(path) as store:
            night = Nights(store, path)
            night.hour = 24 * number
            gone, well = map(dead, GONE), map(leaf, WELL)
            await night.add(sources, page(DOC), *gone, *well, fragments={"missing": ""})


def steps(path: Path, query: str) -> int:
    """Return about how many steps SQLite takes for the answer about the newest night."""
    count = 0

    def counted() -> None:
        nonlocal count
        count += _AT_ONCE

    with closing(sqlite3.connect(path)) as base:
        ((run,),) = base.execute("SELECT max(id) FROM run")
        base.set_progress_handler(counted, _AT_ONCE)
        base.execute(query, {"run": run, "before": None}).fetchall()
    return count


async def remember_logo(path: Path, pages: int) -> None:
    """Write two nights of so many pages; on each are a dead logo, and a link that was mended.

    One page has as many dead links.
    """
    urls = [f"{HOST}/{number}" for number in range(pages)]
    lost = [f"{HOST}/lost/{number}" for number in range(pages)]
    home = page(HOME, *map(link, urls + lost))
    sources = [page(url, link(GONE[0]), link(GONE[1]), *map(link, urls[:20])) for url in urls]
    async with open_store(path) as store:
        nights = Nights(store, path)
        for told in (dead, leaf):
            await nights.add(home, *sources, *map(dead, lost), dead(GONE[0]), told(GONE[1]))


def dearer(few: Path, many: Path, most: float) -> dict[str, tuple[int, int]]:
    """Return the queries that take more steps on `many` than `most` times those on `few`."""
    queries = [f"SELECT * FROM {view}" for view in VIEWS] + [query_of(view, "*") for view in VIEWS]  # noqa: S608
    return {
        query: (before, after)
        for query in queries
        if (after := steps(many, query)) > most * (before := steps(few, query)) + 2000
    }


@pytest.mark.slow
async def test_what_a_view_says_costs_no_more_after_many_nights(tmp_path: Path) -> None:
    few, many = tmp_path / "few.db", tmp_path / "many.db"
    await remember(few, FEW)
    await remember(many, MANY)

    assert dearer(few, many, 1.5) == {}


async def test_dead_links_cost_what_they_are_and_not_their_square(tmp_path: Path) -> None:
    few, many = tmp_path / "few.db", tmp_path / "many.db"
    await remember_logo(few, 50)
    await remember_logo(many, 200)

    assert dearer(few, many, 4 * 1.5) == {}
    assert steps(many, EDGES) < 4 * 1.5 * steps(few, EDGES)


async def remember_places(path: Path, places: int) -> None:
    """Write two nights of a page with so many links to another, none of them to what is there."""
    names = [f"x{number}" for number in range(places)]
    home = page(HOME, *(link(DOC, name) for name in names))
    async with open_store(path) as store:
        nights = Nights(store, path)
        for _ in range(2):
            await nights.add(home, page(DOC), fragments=dict.fromkeys(names, ""))


async def test_dead_places_on_one_page_cost_what_they_are_and_not_their_square(
    tmp_path: Path,
) -> None:
    few, many = tmp_path / "few.db", tmp_path / "many.db"
    await remember_places(few, 100)
    await remember_places(many, 400)

    assert dearer(few, many, 4 * 1.5) == {}
    runs = "SELECT * FROM runs"
    assert steps(many, runs) < 4 * 1.5 * steps(few, runs)
