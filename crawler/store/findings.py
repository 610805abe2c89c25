"""What the runs in a database found, for reports: opened to read only, even during a crawl."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from typing import NamedTuple

from crawler.errors import UsageError
from crawler.location import Location
from crawler.store.changes import (
    Changes,
    ListedRun,
    Rewrite,
    Span,
    StillBroken,
    changes_of,
    rewrites_of,
    runs_of,
    span_of,
    still_broken,
)
from crawler.store.database import Database
from crawler.store.engines import opened_to_read
from crawler.store.explanation import Explanation, explanation_of
from crawler.store.figures import Figures
from crawler.store.finding import FINDINGS, NEW_FINDINGS, RUN, Finding, KnownRun
from crawler.store.protocol import Totals
from crawler.store.site import EDGES, LINKS_OF, MAPPED, Edge, MappedPage, PageLink
from crawler.store.totals import totals_of
from crawler.urls import url_id

_SLOWEST = """
SELECT url.url, fetch.total_ms, fetch.status, fetch.error
FROM fetch
JOIN url ON url.id = fetch.url_id
WHERE fetch.run_id = :run
ORDER BY fetch.total_ms DESC
LIMIT :most
"""


class SlowFetch(NamedTuple):
    """An attempt that took long."""

    url: str
    total_ms: float
    status: int | None
    error: str | None


class Findings:
    """Answers questions about the runs in a database."""

    def __init__(self, database: Database) -> None:
        self._rows = database.rows
        self._stream = database.stream
        self.figures = Figures(database)

    async def run(self, run_id: int | None) -> KnownRun:
        """Return a run, the newest where none is named; UsageError where it is not there."""
        found = await self._rows(RUN, {"run": run_id})
        if not found:
            raise UsageError(f"there is no run {'yet' if run_id is None else run_id}")
        *columns, seeds, folders, doubts, newest = found[0]
        known, said = (tuple(json.loads(each or "[]")) for each in (seeds, doubts))
        folders = json.loads(folders or "{}")
        return KnownRun._make((*columns, known, folders, said, bool(newest)))

    async def totals(self, run_id: int) -> Totals:
        """Return what a run came to."""
        return await totals_of(self._rows, run_id)

    async def runs(self) -> list[ListedRun]:
        """Return every run, the newest first."""
        return await runs_of(self._rows)

    async def rewrites(self, run_id: int | None) -> list[Rewrite]:
        """Return the links of a run, the newest that has ended, whose targets have moved for good.

        UsageError where that run is not there.
        """
        if run_id is not None:
            await self.run(run_id)
        return await rewrites_of(self._rows, run_id)

    async def span(self, run_id: int | None, before_id: int | None) -> Span:
        """Return the runs to be compared: the newest that has ended, and the night before it.

        UsageError where there are no such runs, or they have nothing to do with each other.
        """
        return await span_of(self._rows, run_id, before_id)

    async def still(self, span: Span) -> list[StillBroken]:
        """Return the places that were broken in the earlier run, and are in the later."""
        return await still_broken(self._rows, span)

    async def changes(self, span: Span) -> Changes:
        """Return what changed between two runs, but for the links that are newly broken."""
        return await changes_of(self._rows, span)

    def of(self, run_id: int) -> AsyncGenerator[Finding]:
        """Yield the findings of a run, those on one place together, the most linked first."""
        return self._findings(FINDINGS, run_id, None)

    def new(self, run_id: int, before_id: int | None) -> AsyncGenerator[Finding]:
        """Yield those that are new since a run, the night before where none is named."""
        return self._findings(NEW_FINDINGS, run_id, before_id)

    async def _findings(
        self, query: str, run_id: int, before_id: int | None
    ) -> AsyncGenerator[Finding]:
        async with aclosing(self._stream(query, {"run": run_id, "before": before_id})) as rows:
            async for row in rows:
                yield Finding.of(row)

    async def edges(self, run_id: int) -> AsyncGenerator[Edge]:
        """Yield which page links to which, as far as both were followed, or it is broken."""
        async with aclosing(self._stream(EDGES, {"run": run_id})) as rows:
            async for source, target, broken, links in rows:
                yield Edge(source, target, bool(broken), links)

    async def mapped(self, run_id: int) -> AsyncGenerator[MappedPage]:
        """Yield the pages of the site that belong into a sitemap, the shallowest first."""
        async with aclosing(self._stream(MAPPED, {"run": run_id})) as rows:
            async for row in rows:
                yield MappedPage(*row)

    async def links_of(self, run_id: int, source: str) -> list[PageLink]:
        """Return the links of a page that may lead to the file it is made from, the last first."""
        values = {"run": run_id, "url": url_id(source)}
        return [PageLink(*row) for row in await self._rows(LINKS_OF, values)]

    async def slowest(self, run_id: int, most: int) -> list[SlowFetch]:
        """Return the attempts of a run that took longest."""
        return [
            SlowFetch(*row) for row in await self._rows(_SLOWEST, {"run": run_id, "most": most})
        ]

    async def explain(self, url_id: int, run_id: int | None) -> Explanation | None:
        """Return what a run, the newest that met it where none is given, knows of a URL."""
        return await explanation_of(self._rows, url_id, run_id)


@asynccontextmanager
async def open_findings(location: Location, *, awaited: float = 0.0) -> AsyncGenerator[Findings]:
    """Open the database at `location` to read; UsageError where there is none of ours.

    A server that is away is waited for, as long as `awaited` (seconds) says. What is read of a run
    that goes on is of one moment: sums are those of the rows beside them.
    """
    async with opened_to_read(location, awaited=awaited) as database:
        await database.hold()
        yield Findings(database)
