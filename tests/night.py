"""A crawl in a test, and what its database says afterwards."""

import re
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from crawler.engine.progress import Progress
from crawler.engine.run import crawl
from crawler.engine.stop import Stop
from crawler.engine.summary import Summary
from crawler.location import Location, Server
from crawler.report.formats import FORMATS
from crawler.report.names import Format
from crawler.report.subject import Subject, subject_of
from crawler.settings import Settings
from crawler.store.findings import open_findings
from tests.stored import rows

SETTINGS = Settings(retries=1, backoff=0, delay=0, timeout=5, concurrency=8, second_look=0)
"What most tests want: nothing is waited for."


NEW_YEAR = 1_798_761_600.0
"It is 2027-01-01 00:00:00."


class Outcome(NamedTuple):
    """What became of a page."""

    verdict: str | None
    reason: str | None = None


async def written(subject: Subject, form: Format) -> str:
    """Return the report on a run."""
    return "".join([f"{line}\n" async for line in FORMATS[form](subject)])


class Night:
    """Runs over one database; nothing in it changes but the database.

    That is the file `db`, unless `location` says that it is elsewhere.
    """

    def __init__(self, db: Path, location: Location | None = None) -> None:
        self.db = db
        self.location = location or db

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
        location = self.location
        return await crawl(
            [seeds] if isinstance(seeds, str) else seeds,
            replace(settings, db=location.dsn if isinstance(location, Server) else str(location)),
            stop=stop,
            progress=progress,
            clock=time.time if moment is None else lambda: moment,
        )

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        numbers = iter(range(len(values)))
        named = re.sub(r"\?", lambda _: f":v{next(numbers)}", query)
        return rows(self.location, named, {f"v{n}": value for n, value in enumerate(values)})

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

    async def report(self, form: Format = "text") -> str:
        """Return the report on the newest run that has ended."""
        async with open_findings(self.location) as findings:
            return await written(await subject_of(findings, None, "crawl.db"), form)

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
