"""The numbers behind the pictures of a report: nights, hosts, depths, and lists of few rows."""

from contextlib import aclosing
from typing import NamedTuple

from crawler.store.asking import query_of
from crawler.store.database import Database, Row
from crawler.store.finding import Finding

# The run and the nights before it in its series. Links are counted from the dead places on, which
# are few. What nobody has made is none of the pages, here and below.
_NIGHTS = """
WITH night AS (
    SELECT run.id, run.started_at
    FROM run
    JOIN run AS told ON told.id = :run
    WHERE (run.id = told.id AND :own)
        OR (
            run.id < told.id
            AND run.series = told.series
            AND run.id IN (SELECT id FROM nights)
        )
    ORDER BY run.id DESC
    LIMIT :most
)
SELECT
    night.id,
    night.started_at,
    (SELECT count(*) FROM page WHERE run_id = night.id AND reason IS NOT 'probe'),
    (
        SELECT count(*) FROM page
        WHERE run_id = night.id AND scope = 'follow' AND document_id IS NOT NULL
    ),
    (
        SELECT json_group_object(reason, number) FROM (
            SELECT reason, count(*) AS number
            FROM broken_links
            WHERE run_id = night.id
            GROUP BY reason
        ) AS counted
    )
FROM night
ORDER BY night.id
"""

_DEAD = """
SELECT
    coalesce(via.url, url.url), url.url, '', page.reason, page.status, '', '', NULL, NULL, '', NULL,
    1, run.started_at, 1,
    NOT EXISTS (
        SELECT 1 FROM page AS before
        WHERE before.run_id = (
                SELECT max(night.id)
                FROM nights AS night
                WHERE night.series = run.series AND night.id < run.id
            )
            AND before.url_id = page.url_id
            AND before.verdict = 'broken'
    ),
    1, 1
FROM page
JOIN run ON run.id = page.run_id
JOIN url ON url.id = page.url_id
LEFT JOIN url AS via ON via.id = page.via_id
WHERE page.run_id = :run AND page.state = 'done' AND page.verdict = 'broken'
ORDER BY url.url
"""

_DEPTHS = """
SELECT depth, count(*) FILTER (WHERE scope = 'follow'), count(*) FILTER (WHERE scope = 'check')
FROM page
WHERE run_id = :run AND scope <> 'skip' AND reason IS NOT 'probe'
GROUP BY depth
ORDER BY depth
"""

# What was asked, host by host, the most ill first; the time is that until the answer began.
_HOSTS = """
WITH timed AS (
    SELECT
        url.host_id,
        coalesce(fetch.ttfb_ms, fetch.total_ms) AS ms,
        count(*) OVER (PARTITION BY url.host_id) AS number,
        row_number() OVER (
            PARTITION BY url.host_id ORDER BY coalesce(fetch.ttfb_ms, fetch.total_ms)
        ) AS place
    FROM fetch
    JOIN url ON url.id = fetch.url_id
    WHERE fetch.run_id = :run AND fetch.status IS NOT NULL
),
latency AS (
    SELECT
        host_id,
        max(ms) FILTER (WHERE place = (number + 1) / 2) AS median,
        max(ms) FILTER (WHERE place = (number * 95 + 99) / 100) AS late
    FROM timed
    GROUP BY host_id
)
SELECT
    host.key,
    count(*),
    count(*) FILTER (WHERE page.verdict = 'ok'),
    count(*) FILTER (WHERE page.verdict = 'broken'),
    count(*) FILTER (WHERE page.verdict = 'blocked'),
    count(*) FILTER (WHERE page.verdict IN ('transient', 'unverifiable')),
    latency.median,
    latency.late
FROM page
JOIN host ON host.id = page.host_id
LEFT JOIN latency ON latency.host_id = page.host_id
WHERE page.run_id = :run AND page.scope <> 'skip' AND page.state = 'done'
    AND page.reason IS NOT 'probe'
GROUP BY host.id, latency.median, latency.late
ORDER BY 4 DESC, 5 DESC, 6 DESC, 2 DESC, 1
"""

# View, columns, and which rows in which order.
_ASIDES = (
    ("redirects", "source, line, target, write_instead", "ORDER BY 3, 1, 2 NULLS FIRST"),
    ("blocked", "url, reason, status, links", "ORDER BY links DESC, url"),
    ("flaky", "url, changes", "ORDER BY changes DESC, url"),
    ("orphans", "url, verdict, reason, status", "ORDER BY url"),
    ("notes", "url, kind, detail", "WHERE kind NOT IN ('probe', 'wall')"),
    ("slowest", "url, status, error, ttfb_ms, total_ms, body_bytes", "LIMIT 10"),
)

_MOST_NIGHTS, _MOST_ROWS = 30, 200

Cells = tuple[str | int | float | None, ...]


class Night(NamedTuple):
    """A run among those of the same seeds; `broken` is JSON: the number of links by reason."""

    id: int
    started_at: str
    pages: int
    followed: int
    broken: str


class Depth(NamedTuple):
    """How many URLs were found so many links from a seed."""

    depth: int
    followed: int
    checked: int


class HostFigures(NamedTuple):
    """What became of the URLs of a host; `median` and `late` (95 of 100 are faster) are in ms."""

    key: str
    pages: int
    ok: int
    broken: int
    blocked: int
    unsettled: int
    median: float | None
    late: float | None


class Aside(NamedTuple):
    """A view of few rows: what is worth knowing besides; `rows` are the first of `number`."""

    name: str
    columns: tuple[str, ...]
    number: int
    rows: list[Cells]


class Figures:
    """Answers the questions of pictures about the runs in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def nights(self, run_id: int, *, own: bool = True) -> list[Night]:
        """Return the finished runs before one of the same seeds, the oldest first, and its `own`.

        Of all these the last 30. A run under way has none of its own: to count its broken links,
        all links would be read.
        """
        rows = await self._rows(_NIGHTS, run=run_id, own=own, most=_MOST_NIGHTS)
        return [Night(*row) for row in rows]

    async def dead(self, run_id: int) -> list[Finding]:
        """Return the targets that a run under way found dead, each with one page that led there."""
        return [Finding.of(row) for row in await self._rows(_DEAD, run=run_id)]

    async def depths(self, run_id: int) -> list[Depth]:
        """Return how many URLs there are at every depth."""
        return [Depth(*row) for row in await self._rows(_DEPTHS, run=run_id)]

    async def hosts(self, run_id: int) -> list[HostFigures]:
        """Return what was asked host by host, the most ill first."""
        return [HostFigures(*row) for row in await self._rows(_HOSTS, run=run_id)]

    async def asides(self, run_id: int) -> list[Aside]:
        """Return what is worth knowing of a run besides, up to 200 rows of each."""
        asides = []
        for name, columns, tail in _ASIDES:
            number, first = 0, list[Cells]()
            query = query_of(name, columns, tail)
            values = {"run": run_id, "before": None}
            async with aclosing(self._database.stream(query, values)) as rows:
                async for row in rows:
                    number += 1
                    if number <= _MOST_ROWS:
                        first.append(row)
            asides.append(Aside(name, tuple(columns.split(", ")), number, first))
        return asides

    async def _rows(self, query: str, **values: object) -> list[Row]:
        return await self._database.rows(query, values)
