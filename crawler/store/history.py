"""What a night adds to what is known of every place: since when it is ill, or that it is well."""

import json

from crawler.model import Ending
from crawler.store.database import Database
from crawler.store.moments import moment
from crawler.store.statements import CONDEMN_KNOWN

# A nightly run never begins to the second: two days are over a little earlier.
_NEARLY = 0.98

_END_RUN = """
UPDATE run SET state = :state, reason = :reason, ended_at = :now, doubts = :doubts WHERE id = :run
"""

_GO_ON = """
UPDATE spell
SET nights = nights + 1, seen_id = :run, reason = ill.reason
FROM ill
WHERE ill.run_id = :run AND spell.series = :series AND spell.ended_id IS NULL
    AND spell.target_id = ill.target_id AND spell.fragment = ill.fragment
"""

# Where all of a target is ill nobody sees its parts: none of them has become well.
_GO_ON_IN_PARTS = """
UPDATE spell
SET nights = nights + 1, seen_id = :run
FROM page
WHERE page.run_id = :run AND page.verdict IN ('broken', 'transient')
    AND spell.series = :series AND spell.ended_id IS NULL
    AND spell.target_id = page.url_id AND spell.fragment <> ''
"""

_BEGIN = """
INSERT INTO spell (
    series, target_id, fragment, begun_id, begun_at, last_ok_at, nights, seen_id, reason
)
SELECT
    :series, ill.target_id, ill.fragment, :run, :started,
    (
        SELECT max(night.started_at)
        FROM nights AS night
        JOIN page ON page.run_id = night.id AND page.url_id = ill.target_id
        WHERE night.series = :series AND night.id < :run AND page.verdict = 'ok'
            AND NOT EXISTS (
                SELECT 1
                FROM fragment
                WHERE fragment.run_id = night.id
                    AND fragment.target_id = ill.target_id
                    AND fragment.fragment = ill.fragment
                    AND fragment.verdict <> 'ok'
            )
    ),
    1, :run, ill.reason
FROM ill
WHERE ill.run_id = :run AND NOT EXISTS (
    SELECT 1
    FROM spell
    WHERE spell.series = :series AND spell.ended_id IS NULL
        AND spell.target_id = ill.target_id AND spell.fragment = ill.fragment
)
"""

# What began in the future began when a clock was wrong: its nights are all there is to go by.
_CONFIRM = """
UPDATE spell
SET broken_id = :run
FROM ill
WHERE ill.run_id = :run AND spell.series = :series AND spell.ended_id IS NULL
    AND spell.target_id = ill.target_id AND spell.fragment = ill.fragment
    AND spell.broken_id IS NULL
    AND (
        ill.verdict = 'broken'
        OR (
            spell.nights >= :nights
            AND (
                julianday(:started) < julianday(spell.begun_at)
                OR (julianday(:started) - julianday(spell.begun_at)) * 86400 >= :seconds
            )
        )
    )
"""

# Only what was visited tonight and found well has recovered: of a fragment, what a link still asks.
_RECOVER = """
UPDATE spell
SET ended_id = :run
WHERE series = :series AND ended_id IS NULL
    AND EXISTS (
        SELECT 1
        FROM page
        WHERE page.run_id = :run AND page.url_id = spell.target_id AND page.verdict = 'ok'
    )
    AND NOT EXISTS (
        SELECT 1
        FROM fragment
        WHERE fragment.run_id = :run
            AND fragment.target_id = spell.target_id
            AND fragment.fragment = spell.fragment
            AND fragment.verdict <> 'ok'
    )
    AND (
        spell.fragment = ''
        OR EXISTS (
            SELECT 1
            FROM link
            JOIN document ON document.id = link.document_id
            JOIN page AS source
                ON source.run_id = :run
                AND source.url_id = document.url_id
                AND source.document_id = document.id
            WHERE link.target_id = spell.target_id AND link.fragment = spell.fragment
        )
    )
"""

_FORGET_THE_ILL = """
DELETE FROM watch
WHERE series = :series AND (
    EXISTS (
        SELECT 1
        FROM spell
        WHERE spell.series = :series AND spell.target_id = watch.url_id AND spell.ended_id IS NULL
    )
    OR EXISTS (
        SELECT 1
        FROM page
        WHERE page.run_id = :run AND page.url_id = watch.url_id AND page.verdict <> 'ok'
    )
)
"""

# Leaves on hosts of which no page is followed, and that lead to none: those of the site itself are
# asked every night.
_WATCH = """
WITH own (host_id) AS (SELECT DISTINCT host_id FROM page WHERE run_id = :run AND scope = 'follow')
INSERT INTO watch (series, url_id, since_at, checked_at, run_id)
SELECT :series, url_id, :started, :started, :run
FROM page
WHERE run_id = :run AND scope = 'check' AND verdict = 'ok' AND asked_id IS NULL
    AND host_id NOT IN (SELECT host_id FROM own)
    AND NOT EXISTS (
        SELECT 1
        FROM page AS last
        WHERE last.run_id = :run
            AND last.url_id = page.final_id
            AND last.host_id IN (SELECT host_id FROM own)
    )
    AND NOT EXISTS (
        SELECT 1
        FROM spell
        WHERE spell.series = :series AND spell.target_id = page.url_id AND spell.ended_id IS NULL
    )
ON CONFLICT (series, url_id) DO UPDATE SET
    checked_at = excluded.checked_at, run_id = excluded.run_id
"""

_SCOPE = ("depth", "include", "exclude", "external", "robots")
"The settings that decide which URLs a run meets, and what is asked of them."


async def end_run(database: Database, run_id: int, ending: Ending) -> None:
    """Close the run inside the open transaction, and remember it where it is a night.

    Where it is none, what was broken before stays so.
    """
    query = "SELECT series, started_at FROM run WHERE id = :run"
    ((series, started),) = await database.rows(query, {"run": run_id})
    if ending.is_night:
        await _remember(database, run_id, series, started, ending)
    else:
        await database.run(CONDEMN_KNOWN, {"run": run_id})
    values = {
        "run": run_id,
        "state": ending.state,
        "reason": ending.reason,
        "now": max(started, moment(ending.at)),  # a clock may be put right meanwhile
        "doubts": json.dumps(ending.doubts),
    }
    await database.run(_END_RUN, values)


def lasting(ending: Ending) -> dict[str, float]:
    """Return on how many nights, and over how many seconds, what fails must fail to be broken."""
    return {"nights": ending.confirm_runs, "seconds": ending.confirm_seconds * _NEARLY}


def differences(had: str, wanted: str) -> list[str]:
    """Return, in words, in which settings (JSON) that say what is checked the two differ."""
    before, now = json.loads(had), json.loads(wanted)
    return [
        f"{name} {_plainly(before.get(name))}, not {_plainly(now.get(name))}"
        for name in _SCOPE
        if before.get(name) != now.get(name)
    ]


async def _remember(
    database: Database, run_id: int, series: int, started: str, ending: Ending
) -> None:
    values = {
        "run": run_id,
        "series": series,
        "started": started,
        **lasting(ending),
    }
    # Confirmed once more: what leads to the condemned is broken too.
    told = (_GO_ON, _GO_ON_IN_PARTS, _BEGIN, _CONFIRM, CONDEMN_KNOWN, _CONFIRM)
    for statement in (*told, _RECOVER, _FORGET_THE_ILL, _WATCH):
        await database.run(statement, values)


def _plainly(value: object) -> str:
    return str(value) if isinstance(value, str | int) else json.dumps(value)
