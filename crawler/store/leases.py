"""Who of the workers of a run asks which hosts: a lease for each, on which its shards hang."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Collection
from typing import NamedTuple

from crawler.errors import RunOverError, StoreError
from crawler.store.database import Database, Parameters, Result, Row
from crawler.store.rows import host_id
from crawler.version import __version__

SHARDS = 256
"So many parts are the hosts of a run divided into."

_CLOSING = SHARDS
# The part of a lease after which it is as good as over for its holder: clocks run on, and what is
# under way has to end before another begins.
_SAFE = 0.85

_JOIN = """
INSERT INTO member (run_id, name, version, expires)
SELECT run.id, :name, :version, clock_timestamp() + make_interval(secs => :seconds)
FROM run
WHERE run.id = :run
RETURNING id
"""

_SHARDS = """
INSERT INTO shard (run_id, shard)
SELECT :run, number
FROM generate_series(0, :last) AS number
ON CONFLICT DO NOTHING
"""

_RENEW = """
UPDATE member
SET expires = clock_timestamp() + make_interval(secs => :seconds)
WHERE id = :member
RETURNING id
"""

# A lease that is there stays there until this transaction has ended.
_FENCE = "SELECT id FROM member WHERE id = :member FOR KEY SHARE"

# Where the server itself was away, nobody could renew a lease: they get the time of one to do so.
_EVICT = """
DELETE FROM member
WHERE id IN (
    SELECT id
    FROM member
    WHERE run_id = :run AND id <> :member AND expires < clock_timestamp()
        AND pg_postmaster_start_time() + make_interval(secs => :seconds) < clock_timestamp()
    FOR UPDATE SKIP LOCKED
)
"""

_LEAVE = "DELETE FROM member WHERE id = :member"

_LEAVE_FOR = "DELETE FROM member WHERE run_id = :run AND name = :name"

_CLAIM = """
UPDATE shard
SET owner = :member
WHERE run_id = :run AND shard IN (
    SELECT shard
    FROM shard
    WHERE run_id = :run AND owner IS NULL AND shard < :closing
    ORDER BY shard
    LIMIT :most
    FOR UPDATE SKIP LOCKED
)
"""

_MINE = "SELECT shard FROM shard WHERE owner = :member AND shard < :closing"

_RELEASE = """
UPDATE shard
SET owner = NULL
WHERE run_id = :run AND owner = :member AND shard IN (SELECT value FROM json_each(:ids))
"""

_TAKE_CLOSING = """
UPDATE shard
SET owner = :member
WHERE run_id = :run AND shard = :closing AND owner IS NULL
RETURNING shard
"""

_BEGIN_CLOSING = """
INSERT INTO shard (run_id, shard, owner)
SELECT :run, :closing, :member
WHERE :limit OR NOT EXISTS (SELECT 1 FROM page WHERE run_id = :run AND state <> 'done')
ON CONFLICT DO NOTHING
RETURNING shard
"""

_STATE = """
SELECT
    run.state = 'running',
    EXISTS (SELECT 1 FROM shard WHERE shard.run_id = run.id AND shard.shard = :closing),
    (SELECT count(*) FROM member WHERE member.run_id = run.id)
FROM run
WHERE run.id = :run
"""


class Standing(NamedTuple):
    """How a run stands: whether it goes on, whether it is being closed, and how many work on it."""

    running: bool
    closing: bool
    members: int


class LeaseLostError(StoreError):
    """The lease was over, and others may have the shards: what was to be written must not be."""


def shard_of(host: str) -> int:
    """Return the shard of a host key: the first byte of its id, so that a shard is a range."""
    return (host_id(host) >> 56) + SHARDS // 2


def of_run(run_id: int, found: list[Row]) -> list[Row]:
    """Return what was found of a run; RunOverError where that is nothing, as it was forgotten."""
    if not found:
        raise RunOverError(f"run {run_id} is over, and was forgotten")
    return found


async def leave_for(database: Database, run_id: int, name: str) -> None:
    """End the leases on a run of the worker called `name`: its process has ended."""
    await database.run(_LEAVE_FOR, {"run": run_id, "name": name})


async def prove(database: Database, member: int) -> None:
    """Have the lease of `member` last as long as the open transaction; LeaseLostError if none."""
    if not await database.rows(_FENCE, {"member": member}):
        raise LeaseLostError("the lease of this worker is over")


async def join(database: Database, run_id: int, name: str, seconds: float) -> int:
    """Begin a lease in the open transaction, without any shard; return the id of the member.

    RunOverError where the run was forgotten.
    """
    values = {"run": run_id, "name": name, "version": __version__, "seconds": seconds}
    ((member,),) = of_run(run_id, await database.rows(_JOIN, values))
    await database.run(_SHARDS, {"run": run_id, "last": SHARDS - 1})
    return int(member)


class Leases:
    """The lease of `member` on a run, for `seconds`, over a connection that nothing else waits for.

    `until`, on the monotonic clock, is when the worker must have stopped to ask its hosts, unless
    the lease was renewed.
    """

    def __init__(self, database: Database, run_id: int, member: int, seconds: float) -> None:
        self.member = member
        self.seconds = seconds
        self.until = float("-inf")
        self._database = database
        self._run_id = run_id
        self._turn = asyncio.Lock()

    @classmethod
    async def begin(cls, database: Database, run_id: int, name: str, seconds: float) -> "Leases":
        """Begin a lease."""
        member = await database.transact(lambda: join(database, run_id, name, seconds))
        return cls(database, run_id, member, seconds)

    @property
    def holds(self) -> bool:
        """Whether the worker may ask its hosts now."""
        return time.monotonic() < self.until

    async def renew(self) -> None:
        """Let the lease last as long again from now; LeaseLostError where it is no more."""
        asked_at = time.monotonic()
        values = {"member": self.member, "seconds": self.seconds}
        if not await self._rows(_RENEW, values):
            raise LeaseLostError("the lease of this worker is over")
        self.until = asked_at + self.seconds * _SAFE

    async def evict(self) -> None:
        """Remove the members whose leases are over."""
        values = {"run": self._run_id, "member": self.member, "seconds": self.seconds}
        await self._run(_EVICT, values)

    async def leave(self) -> None:
        """End the lease: all shards are free."""
        self.until = float("-inf")
        await self.dismiss(self.member)

    async def dismiss(self, member: int) -> None:
        """End the lease of `member`, which is ours too, or was."""
        await self._run(_LEAVE, {"member": member})

    async def claim(self, most: int) -> set[int]:
        """Take up to `most` free shards; return all that are ours now."""
        ours = {"member": self.member, "closing": _CLOSING}

        async def work() -> set[int]:
            await prove(self._database, self.member)
            await self._database.run(_CLAIM, {**ours, "run": self._run_id, "most": most})
            return {int(shard) for (shard,) in await self._database.rows(_MINE, ours)}

        return await self._transact(work)

    async def release(self, shards: Collection[int]) -> None:
        """Give back shards of which nothing is in flight, and nothing left to be written."""
        values = {"run": self._run_id, "member": self.member, "ids": json.dumps(list(shards))}
        await self._run(_RELEASE, values)

    async def begin_closing(self, *, limit: bool = False) -> bool:
        """Become the one who closes the run; return whether we are.

        That needs that nothing is open, or a `limit` was reached, or that who did so is gone.
        """
        values = {"run": self._run_id, "member": self.member, "closing": _CLOSING}

        async def work() -> bool:
            await prove(self._database, self.member)
            if await self._database.rows(_TAKE_CLOSING, values):
                return True
            return bool(await self._database.rows(_BEGIN_CLOSING, {**values, "limit": limit}))

        return await self._transact(work)

    async def standing(self) -> Standing:
        """Return how the run stands; RunOverError where it was forgotten."""
        values = {"run": self._run_id, "closing": _CLOSING}
        ((running, closing, members),) = of_run(self._run_id, await self._rows(_STATE, values))
        return Standing(running, closing, members)

    async def _rows(self, statement: str, values: Parameters) -> list[Row]:
        async with self._turn:
            return await self._database.rows(statement, values)

    async def _run(self, statement: str, values: Parameters) -> None:
        async with self._turn:
            await self._database.run(statement, values)

    async def _transact(self, work: Callable[[], Awaitable[Result]]) -> Result:
        async with self._turn:
            return await self._database.transact(work)
