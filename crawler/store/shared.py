"""The store of one worker among many: what it writes it may write, what others find reaches it."""

import json
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial

from crawler.model import Chain, Ending, Page, Request
from crawler.store import rows
from crawler.store.batch import add_requests, write_batch
from crawler.store.database import Database, Result
from crawler.store.founding import Shared
from crawler.store.leases import of_run, prove, shard_of
from crawler.store.ledger import Ledger
from crawler.store.memory import Memory
from crawler.store.protocol import OpenPages
from crawler.store.requests import open_pages_of, request_of
from crawler.store.truce import while_writing

# Arrivals that are taken in at once.
_AT_ONCE = 1000

_POST = """
INSERT INTO arrival (run_id, url_id, shard, chain) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
"""

# Each page is looked up by itself: where PostgreSQL knows nothing yet of a new run, it would
# compare all that is open with all that arrived, which took seconds.
_COLLECT = """
WITH taken AS (
    DELETE FROM arrival
    WHERE (run_id, url_id) IN (
        SELECT run_id, url_id
        FROM arrival
        WHERE run_id = :run AND shard IN (SELECT value FROM json_each(:ids))
        LIMIT :most
    )
    RETURNING url_id, chain
)
SELECT
    taken.chain, host.key, url.url, page.url_id, page.depth, page.scope, page.method, page.tries,
    page.hops, page.via_id, page.not_before, page.priority
FROM taken
CROSS JOIN LATERAL (
    SELECT * FROM page WHERE page.run_id = :run AND page.url_id = taken.url_id OFFSET 0
) AS page
JOIN url ON url.id = page.url_id
JOIN host ON host.id = page.host_id
WHERE page.state <> 'done'
ORDER BY page.depth
"""

_STILL_TO_ARRIVE = """
SELECT url_id FROM arrival WHERE run_id = :run AND url_id IN (SELECT value FROM json_each(:ids))
"""

_FORGET_ARRIVALS = "DELETE FROM arrival WHERE run_id = :run"

# What the frontier of the shards' owner has: all that is open but what is still to arrive.
_OPEN_PAGES = """
SELECT host.key, page.depth, page.scope, count(*), max(page.not_before)
FROM json_each(:ids)
JOIN page
    ON page.run_id = :run AND page.state <> 'done'
    AND page.host_id BETWEEN (value - 128) << 56 AND ((value - 128) << 56) + 72057594037927935
JOIN host ON host.id = page.host_id
WHERE NOT EXISTS (
    SELECT 1 FROM arrival WHERE arrival.run_id = :run AND arrival.url_id = page.url_id
)
GROUP BY host.key, page.depth, page.scope
"""

_WINDOW = """
SELECT
    url.url, page.url_id, page.depth, page.scope, page.method, page.tries, page.hops, page.via_id,
    page.not_before, page.priority
FROM page
JOIN url ON url.id = page.url_id
WHERE page.run_id = :run AND page.host_id = :host AND page.state <> 'done'
    AND NOT EXISTS (
        SELECT 1 FROM arrival WHERE arrival.run_id = :run AND arrival.url_id = page.url_id
    )
ORDER BY page.depth, page.priority DESC, page.url_id
LIMIT :most
"""

_ENDING = "SELECT state, reason, doubts FROM run WHERE id = :run"


class SharedLedger(Ledger):
    """The protocol `Store` for the owner of some shards; only its Tenure changes `held`, their ids.

    Every transaction proves first that the lease is still there: LeaseLostError where it is not.
    Of what it finds in the shards of others, these are told; to the frontier goes what is its own.
    """

    def __init__(self, writer: Database, reader: Database, member: int) -> None:
        super().__init__(writer, reader)
        self.held: set[int] = set()
        self._member = member

    async def join(self, shared: Shared) -> None:
        """Know what earlier runs know of the one that is joined."""
        which = (shared.run_id, shared.series, shared.started_at, shared.settings)
        self._memory = await Memory.of(self._writer, *which)

    async def add(self, run_id: int, requests: Sequence[Request]) -> list[Request]:
        return await self._posted(
            run_id, partial(add_requests, self._writer, self._hosts, run_id, requests, self._mine)
        )

    async def write(self, run_id: int, pages: Sequence[Page]) -> list[Request]:
        return await self._posted(
            run_id, partial(write_batch, self._writer, self._hosts, run_id, pages, self._mine)
        )

    async def open_pages(self, run_id: int) -> list[OpenPages]:
        return await self.open_in(run_id, self.held)

    async def open_in(self, run_id: int, shards: Collection[int]) -> list[OpenPages]:
        """Return what is left to do in `shards`, as far as their owner's frontier has it."""
        values = {"run": run_id, "ids": json.dumps(list(shards))}
        return open_pages_of(await self._read(_OPEN_PAGES, values))

    async def window(self, run_id: int, host: str, most: int) -> list[Request]:
        values = {"run": run_id, "host": rows.host_id(host), "most": most}
        found = [request_of(host, row) for row in await self._read(_WINDOW, values)]
        return await self._memory.with_known(self._reader, found)

    async def collect(self, run_id: int) -> list[Request]:
        """Return what others have found in the shards that are held, each request once."""
        values = {"run": run_id, "ids": json.dumps(list(self.held)), "most": _AT_ONCE}

        async def arrived() -> list[Request]:
            found = await self._writer.rows(_COLLECT, values)
            return [
                request_of(host, row)._replace(chain=_chain_of(chain))
                for chain, host, *row in found
            ]

        return await self._written(arrived)

    async def forget_arrivals(self, run_id: int) -> None:
        """Let all that is open be read from the store: who has all shards waits for nobody."""
        await self._write(_FORGET_ARRIVALS, {"run": run_id})

    async def ending(self, run_id: int) -> Ending:
        """Return how the run ended, as far as known; RunOverError where it was forgotten."""
        ((state, reason, doubts),) = of_run(run_id, await self._read(_ENDING, {"run": run_id}))
        return Ending(state, reason, 0.0, tuple(json.loads(doubts)))

    def _mine(self, host: str) -> bool:
        return shard_of(host) in self.held

    async def _posted(
        self, run_id: int, write: Callable[[], Awaitable[list[Request]]]
    ) -> list[Request]:
        async def work() -> list[Request]:
            new = await write()
            theirs = [
                (run_id, each.url_id, shard_of(each.host), _text_of(each.chain))
                for each in new
                if not self._mine(each.host)
            ]
            await self._writer.run_many(_POST, theirs)
            return await self._arrived(run_id, [each for each in new if self._mine(each.host)])

        return await self._written(work)

    async def _arrived(self, run_id: int, requests: list[Request]) -> list[Request]:
        """Return `requests` without what has moved up and is still to arrive, with its new depth.

        The frontier has that at no depth yet.
        """
        moved = [each.url_id for each in requests if each.was_depth is not None]
        if not moved:
            return requests
        values = {"run": run_id, "ids": json.dumps(moved)}
        still = {url_id for (url_id,) in await self._writer.rows(_STILL_TO_ARRIVE, values)}
        return [each for each in requests if each.was_depth is None or each.url_id not in still]

    async def _transact(self, work: Callable[[], Awaitable[Result]]) -> Result:
        async def fenced() -> Result:
            # Before the proof: who dies while it waits for this is a member no longer than others.
            await while_writing(self._writer)
            await prove(self._writer, self._member)
            return await work()

        return await self._writer.transact(fenced)


def _text_of(chain: Chain) -> str | None:
    return json.dumps(chain) if any(chain) else None


def _chain_of(text: str | None) -> Chain:
    if text is None:
        return Chain()
    asked, cookies = json.loads(text)
    return Chain(
        tuple((url_id, sent) for url_id, sent in asked),
        tuple((url, line) for url, line in cookies),
    )
