"""A crawl in a test, and what its database says afterwards."""

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from crawler.engine.progress import Progress
from crawler.engine.run import crawl
from crawler.engine.stop import Stop
from crawler.engine.summary import Summary
from crawler.settings import Settings

SETTINGS = Settings(retries=1, backoff=0, delay=0, timeout=5, concurrency=8, second_look=0)
"What most tests want: nothing is waited for."


NEW_YEAR = 1_798_761_600.0
"It is 2027-01-01 00:00:00."


class Outcome(NamedTuple):
    """What became of a page."""

    verdict: str | None
    reason: str | None = None


class Night:
    """Runs over one database; nothing in it changes but the database."""

    def __init__(self, db: Path) -> None:
        self.db = db

    async def crawl(
        self,
        seeds: str | Sequence[str],
        settings: Settings = SETTINGS,
        *,
        stop: Stop | None = None,
        progress: Progress | None = None,
        day: float | None = None,
    ) -> Summary:
        """Crawl now, or so many days after the first of January 2027."""
        moment = None if day is None else NEW_YEAR + day * 24 * 3600
        return await crawl(
            [seeds] if isinstance(seeds, str) else seeds,
            replace(settings, db=str(self.db)),
            stop=stop,
            progress=progress,
            clock=time.time if moment is None else lambda: moment,
        )

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.db)) as connection:
            return connection.execute(query, values).fetchall()

    def column(self, query: str, *values: object) -> list[Any]:
        return [row[0] for row in self.rows(query, *values)]

    def broken(self) -> set[tuple[str, str, str, str]]:
        """Return source, target, fragment and reason of what is broken."""
        return {
            (source, target, fragment, reason)
            for source, target, fragment, reason in self.rows(
                "SELECT source, target, fragment, reason FROM broken"
            )
        }

    def outcome(self, url: str) -> Outcome:
        """Return what became of `url` in the newest run."""
        query = "SELECT verdict, reason FROM pages WHERE url = ? ORDER BY run_id DESC LIMIT 1"
        return Outcome(*self.rows(query, url)[0])

    def depths(self) -> dict[str, int]:
        """Return the depth of every URL."""
        return dict(self.rows("SELECT url, depth FROM pages"))

    def attempts(self, url: str) -> list[tuple[str, int | None, str | None]]:
        """Return method, status and error of the attempts on `url`, in their order."""
        return [
            (method, status, error)
            for method, status, error in self.rows(
                "SELECT method, status, error FROM fetch JOIN url ON url.id = url_id"
                " WHERE url = ? ORDER BY run_id, attempt",
                url,
            )
        ]
