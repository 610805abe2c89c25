"""Reading what a run found, for reports: the file is opened to read only, even during a crawl."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiosqlite

from crawler.errors import StoreError
from crawler.store.opening import connect_to_read

# The targets that most links lead to come first; the links to one target stand together.
_BROKEN = """
SELECT
    target, fragment, reason, source, line, kind, text,
    count(*) OVER (PARTITION BY target, fragment) AS links
FROM broken_links
WHERE run_id = :run
ORDER BY links DESC, target, fragment, source, line
"""

_SLOWEST = """
SELECT url.url, fetch.total_ms, fetch.status, fetch.error
FROM fetch
JOIN url ON url.id = fetch.url_id
WHERE fetch.run_id = :run
ORDER BY fetch.total_ms DESC
LIMIT :most
"""


class BrokenLink(NamedTuple):
    """A link that leads nowhere; `links` counts those that lead to the same place."""

    target: str
    fragment: str
    reason: str
    source: str
    line: int | None
    kind: str
    text: str
    links: int


class SlowFetch(NamedTuple):
    """An attempt that took long."""

    url: str
    total_ms: float
    status: int | None
    error: str | None


class Findings:
    """Answers questions about the runs in a database."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def broken_links(self, run_id: int) -> AsyncGenerator[BrokenLink]:
        """Yield the broken links of a run, those to one place together, the most linked first."""
        try:
            async with self._connection.execute(_BROKEN, {"run": run_id}) as cursor:
                async for row in cursor:
                    yield BrokenLink(*row)
        except sqlite3.Error as error:
            raise StoreError(f"the database failed: {error}") from error

    async def slowest(self, run_id: int, most: int) -> list[SlowFetch]:
        """Return the attempts of a run that took longest."""
        return [
            SlowFetch(*row) for row in await self._rows(_SLOWEST, {"run": run_id, "most": most})
        ]

    async def _rows(self, query: str, values: dict[str, object]) -> list[tuple[Any, ...]]:
        try:
            async with self._connection.execute(query, values) as cursor:
                return [tuple(row) for row in await cursor.fetchall()]
        except sqlite3.Error as error:
            raise StoreError(f"the database failed: {error}") from error


@asynccontextmanager
async def open_findings(path: Path) -> AsyncGenerator[Findings]:
    """Open the database at `path` to read; UsageError where there is none of ours."""
    connection = await connect_to_read(path)
    try:
        yield Findings(connection)
    finally:
        await connection.close()
