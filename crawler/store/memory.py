"""What earlier nights know of URLs that have just been found: ill ones, settled ones, answers."""

import json
from collections.abc import Sequence

from crawler.model import Known, Request, Scope
from crawler.store.database import Database
from crawler.store.statements import COPY_NOTES

MOST_RUNS = 5
"So many runs back the last good answer of a URL is looked for."

_RECENT_RUNS = """
SELECT id FROM run WHERE series = :series AND id < :run ORDER BY id DESC LIMIT :most
"""

_ILL = """
SELECT DISTINCT value
FROM json_each(:ids)
JOIN spell ON spell.series = :series AND spell.target_id = value AND spell.ended_id IS NULL
"""

# By GET: what answers 200 to anything shows so in its body.
_PUT_FIRST = "UPDATE page SET priority = 1, method = 'GET' WHERE run_id = ? AND url_id = ?"

# Leaves elsewhere that have long been well, and whether they were asked not long ago. So that not
# all fall due on one night, some are asked a quarter of the time earlier, others as much later.
# What was asked in the future is due, as a clock was wrong, and what was judged by other rules.
_SETTLED = """
SELECT
    watch.url_id,
    watch.run_id,
    watch.checked_at <= :now
        AND (julianday(:now) - julianday(watch.checked_at)) * 86400
        < :seconds * (0.75 + (((watch.url_id & 1023) + 7919 * watch.run_id) & 1023) / 2046.0)
        AND (
            SELECT (run.settings ->> 'rules') || (run.settings ->> 'hosts')
            FROM run
            WHERE run.id = watch.run_id
        ) = (
            SELECT (run.settings ->> 'rules') || (run.settings ->> 'hosts')
            FROM run
            WHERE run.id = :run
        )
FROM json_each(:ids)
JOIN watch ON watch.series = :series AND watch.url_id = value
WHERE (julianday(:now) - julianday(watch.since_at)) * 86400 >= :seconds - 1
"""

# A page as it was when it was asked last, with the redirects that it led to; not where these end at
# a page of the site, which is asked every night.
_CARRY_ON = """
WITH RECURSIVE hop (url_id) AS (
    SELECT :url
    UNION
    SELECT page.redirect_to
    FROM hop
    JOIN page ON page.run_id = :asked AND page.url_id = hop.url_id
    WHERE page.redirect_to IS NOT NULL
)
INSERT INTO page (
    run_id, url_id, host_id, depth, priority, scope, state, tries, hops, via_id, method, status,
    verdict, reason, redirect_to, redirect_fragment, final_id, final_fragment, document_id, etag,
    last_modified, content_type, asked_id
)
SELECT
    :run, url_id, host_id, depth, 0, scope, 'done', tries, hops, via_id, method, status, verdict,
    reason, redirect_to, redirect_fragment, final_id, final_fragment, document_id, etag,
    last_modified, content_type, coalesce(asked_id, run_id)
FROM page
WHERE run_id = :asked AND url_id IN (SELECT url_id FROM hop)
    AND NOT EXISTS (
        SELECT 1
        FROM hop
        JOIN page AS own ON own.run_id = :asked AND own.url_id = hop.url_id
        WHERE own.scope = 'follow'
    )
ON CONFLICT (run_id, url_id) DO UPDATE SET
    state = 'done', method = excluded.method, status = excluded.status, verdict = excluded.verdict,
    reason = excluded.reason, redirect_to = excluded.redirect_to,
    redirect_fragment = excluded.redirect_fragment, final_id = excluded.final_id,
    final_fragment = excluded.final_fragment, document_id = excluded.document_id,
    etag = excluded.etag, last_modified = excluded.last_modified,
    content_type = excluded.content_type, asked_id = excluded.asked_id
WHERE page.url_id = :url
RETURNING url_id
"""

# The document of a page, or that it was well without one, and could be asked whether it still is.
_KNOWN = """
SELECT
    page.url_id, page.document_id, coalesce(document.digest, :nothing), page.content_type,
    page.etag, page.last_modified, page.run_id, document.title, document.fingerprint
FROM json_each(:ids)
JOIN page ON page.run_id = :before AND page.url_id = value
LEFT JOIN document ON document.id = page.document_id
WHERE page.document_id IS NOT NULL
    OR (
        page.verdict = 'ok'
        AND page.status IN (200, 304)
        AND page.method = 'GET'
        AND coalesce(page.etag, page.last_modified) IS NOT NULL
    )
"""


class Memory:
    """Knows the runs before one in its series; never changes."""

    def __init__(
        self, run_id: int, series: int, recent: Sequence[int], now: str, recheck: float
    ) -> None:
        self._run_id = run_id
        self._series = series
        self._recent = recent
        self._now = now
        self._recheck = recheck

    @classmethod
    async def of(
        cls, database: Database, run_id: int, series: int, now: str, settings: str
    ) -> "Memory":
        """Return what is known before a run of `series`, begun `now` with `settings` (JSON)."""
        values = {"series": series, "run": run_id, "most": MOST_RUNS}
        recent = [int(run) for (run,) in await database.rows(_RECENT_RUNS, values)]
        return cls(run_id, series, recent, now, json.loads(settings).get("recheck_after", 0.0))

    async def of_requests(self, database: Database, requests: Sequence[Request]) -> list[Request]:
        """Return those of `requests`, new in the open transaction, that are to be made.

        What was ill goes first, and what was well knows of that. What has long been
        well elsewhere is not asked every time: its page is done.
        """
        if not self._recent or not requests:
            return list(requests)
        ill = await self._ill(database, requests)
        settled = await self._settled(database, requests, ill)
        by_get = settled.keys() | ill
        left = [
            each._replace(
                priority=each.url_id in ill,
                # Once in a while the words of a page elsewhere are looked at: is it still the one?
                method="GET" if each.url_id in by_get else each.method,
            )
            for each in requests
            if not settled.get(each.url_id)
        ]
        return await self.with_known(database, left)

    async def with_known(self, database: Database, requests: Sequence[Request]) -> list[Request]:
        """Return `requests`, those for a body with the last good answer of their URL.

        The last document goes before what was none since then: it says what the page once was.
        """
        wanted = {each.url_id for each in requests if each.method == "GET" and not each.known}
        known: dict[int, Known] = {}
        for before in self._recent:
            if not wanted:
                break
            values = {"ids": json.dumps(list(wanted)), "before": before, "nothing": b""}
            for url_id, *rest in await database.rows(_KNOWN, values):
                answer = Known(*rest)
                if answer.document_id is not None:
                    known[url_id] = answer
                    wanted.discard(url_id)
                else:
                    known.setdefault(url_id, answer)
        return [
            each._replace(known=known[each.url_id]) if each.url_id in known else each
            for each in requests
        ]

    async def _ill(self, database: Database, requests: Sequence[Request]) -> set[int]:
        values = {"ids": _ids(requests), "series": self._series}
        ill = {int(url_id) for (url_id,) in await database.rows(_ILL, values)}
        await database.run_many(_PUT_FIRST, [(self._run_id, url_id) for url_id in ill])
        return ill

    async def _settled(
        self, database: Database, requests: Sequence[Request], ill: set[int]
    ) -> dict[int, bool]:
        """Return the ids of leaves that have long been well: True where that was carried on."""
        asked = [
            each
            for each in requests
            if each.scope is Scope.CHECK and each.was_depth is None and each.url_id not in ill
        ]
        if not asked or not self._recheck:
            return {}
        values = {
            "ids": _ids(asked),
            "run": self._run_id,
            "series": self._series,
            "now": self._now,
            "seconds": self._recheck,
        }
        carried, notes = {}, []
        for url_id, last, fresh in await database.rows(_SETTLED, values):
            values = {"run": self._run_id, "url": url_id, "asked": last}
            # Of a run that was pruned there is nothing to carry on.
            there = await database.rows(_CARRY_ON, values) if fresh else []
            notes += [(self._run_id, last, each) for (each,) in there]
            carried[url_id] = bool(there)
        await database.run_many(COPY_NOTES, notes)
        return carried


def _ids(requests: Sequence[Request]) -> str:
    return json.dumps([request.url_id for request in requests])
