"""Promises about many nights: what is asked of the newest one costs no more for all before it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from crawler.store.asking import query_of
from crawler.store.ledger import open_store
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


async def test_what_a_view_says_costs_no_more_after_many_nights(tmp_path: Path) -> None:
    few, many = tmp_path / "few.db", tmp_path / "many.db"
    await remember(few, FEW)
    await remember(many, MANY)

    queries = [f"SELECT * FROM {view}" for view in VIEWS] + [query_of(view, "*") for view in VIEWS]  # noqa: S608
    dear = {
        query: (before, after)
        for query in queries
        if (after := steps(many, query)) > 1.5 * (before := steps(few, query)) + 2000
    }

    assert dear == {}
