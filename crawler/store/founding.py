"""How a run that many work on comes to be: begun or continued by one, found by those who join."""

import json
from collections.abc import Collection
from typing import NamedTuple

from crawler.errors import RunOverError, UsageError
from crawler.model import Run
from crawler.store.database import Database
from crawler.store.leases import SHARDS, join
from crawler.store.ledger import Ledger
from crawler.store.truce import while_beginning
from crawler.version import __version__

# Two who begin at once do so one after the other.
_ALONE = "SELECT pg_advisory_xact_lock(:series)"

# Where the server itself was away, nobody could renew a lease: see `leases`.
_AT_WORK = """
SELECT run.id, count(*)
FROM run
JOIN member ON member.run_id = run.id
JOIN sharing ON sharing.run_id = run.id
WHERE run.series = :series AND run.state = 'running'
    AND greatest(member.expires, pg_postmaster_start_time() + make_interval(secs => seconds))
        > clock_timestamp()
GROUP BY run.id
"""

# Who still works on a run that was given up, or is continued, is to find out.
_DISMISS = """
DELETE FROM member
USING run
WHERE run.id = member.run_id AND run.series = :series
"""

_REOPEN = "DELETE FROM shard WHERE run_id = :run AND shard = :closing"

_SHARE = """
INSERT INTO sharing (run_id, begun_at, seconds)
VALUES (:run, clock_timestamp(), :seconds)
ON CONFLICT (run_id) DO UPDATE SET begun_at = excluded.begun_at, seconds = excluded.seconds
"""

_SHARED = """
SELECT
    run.state, run.version, run.series, run.started_at, run.settings, sharing.seconds,
    CAST(extract(epoch FROM clock_timestamp() - sharing.begun_at) AS DOUBLE PRECISION)
FROM run
LEFT JOIN sharing ON sharing.run_id = run.id
WHERE run.id = :run
"""

_NEWEST = "SELECT max(id) FROM run WHERE state = 'running'"

_COUNTS = """
SELECT
    count(*) FILTER (WHERE state = 'done'),
    count(*) FILTER (WHERE state <> 'done'),
    count(*) FILTER (WHERE verdict = 'broken')
FROM page
WHERE run_id = :run AND scope <> 'skip'
"""

# First those that the fewest work on.
_NEXT = """
SELECT run.id
FROM run
JOIN sharing ON sharing.run_id = run.id
LEFT JOIN member ON member.run_id = run.id AND member.expires > clock_timestamp()
WHERE run.state = 'running' AND run.id NOT IN (SELECT value FROM json_each(:ids))
GROUP BY run.id
ORDER BY count(member.id), run.id
LIMIT 1
"""


class Shared(NamedTuple):
    """A run that workers may join: its row, how long a lease lasts, how long it has gone on."""

    run_id: int
    series: int
    started_at: str
    settings: str
    lease: float
    age: float


class Founder(Ledger):
    """The protocol `Store` for who begins a run that others join; `member` is its lease on it."""

    def __init__(self, writer: Database, reader: Database, name: str, lease: float) -> None:
        super().__init__(writer, reader)
        self.member = 0
        self._name = name
        self._lease = lease

    async def _begin(self, series: int, settings: str, now: str, *, resume: bool) -> Run:
        await while_beginning(self._writer)
        await self._writer.rows(_ALONE, {"series": series})
        for run_id, workers in await self._writer.rows(_AT_WORK, {"series": series}):
            are = "worker is" if workers == 1 else "workers are"
            raise UsageError(
                f"{workers} {are} at run {run_id} of these seeds: `crawler work --run {run_id}`"
                " with the same --db joins it"
            )
        await self._writer.run(_DISMISS, {"series": series})
        run = await super()._begin(series, settings, now, resume=resume)
        await self._writer.run(_REOPEN, {"run": run.id, "closing": SHARDS})
        await self._writer.run(_SHARE, {"run": run.id, "seconds": self._lease})
        self.member = await join(self._writer, run.id, self._name, self._lease)
        return run


async def shared(database: Database, run_id: int) -> Shared:
    """Return the run that is to be joined; UsageError where it cannot, RunOverError when over."""
    found = await database.rows(_SHARED, {"run": run_id})
    if not found:
        ((newest,),) = await database.rows(_NEWEST)
        advice = f"the newest that goes on is {newest}" if newest else "none goes on"
        raise UsageError(f"there is no run {run_id}; {advice}")
    ((state, version, series, started_at, settings, lease, age),) = found
    if state != "running":
        raise RunOverError(f"run {run_id} is over: it is {state}")
    if version != __version__:
        raise UsageError(f"run {run_id} is of crawler {version}, and this is {__version__}")
    if lease is None:
        raise UsageError(f"run {run_id} cannot be joined")
    return Shared(run_id, series, started_at, settings, lease, age)


async def next_shared(database: Database, refused: Collection[int]) -> int | None:
    """Return the run that a worker should join, none of the `refused`; None where there is none."""
    found = await database.rows(_NEXT, {"ids": json.dumps(list(refused))})
    return int(found[0][0]) if found else None


async def counts(database: Database, run_id: int) -> tuple[int, int, int]:
    """Return how many URLs of a run are done, how many are open, and how many broken."""
    ((done, left, broken),) = await database.rows(_COUNTS, {"run": run_id})
    return done, left, broken
