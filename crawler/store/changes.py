"""What changed between two runs: read from the views, for reports."""

import json
from typing import NamedTuple

from crawler.errors import UsageError
from crawler.store.asking import query_of
from crawler.store.database import Row
from crawler.store.history import differences
from crawler.store.totals import Read

_RUNS = """
SELECT
    run.id, run.started_at, run.state,
    (SELECT group_concat(value, '; ') FROM json_each(run.doubts)) AS doubts,
    coalesce(before.id, 0), before.started_at,
    run.series = before.series
FROM run
LEFT JOIN run AS before ON before.id = coalesce(:before, (
    SELECT max(night.id) FROM nights AS night WHERE night.series = run.series AND night.id < run.id
))
WHERE run.id = coalesce(:run, (SELECT max(id) FROM run WHERE state <> 'running'))
"""

_ALL_RUNS = """
SELECT
    run_id, started_at, elapsed_ms, state, urls, broken_places, coalesce(doubts, reason), seeds
FROM runs
ORDER BY run_id DESC
"""

_NEWEST = "SELECT max(id) FROM run WHERE state <> 'running' HAVING max(id) IS NOT NULL"

_SETTINGS = "SELECT settings FROM run WHERE id IN (:run, :before)"


class Span(NamedTuple):
    """Two runs that are compared; `before_id` is 0 where there is none before.

    `doubts` say why the later one mends nothing: it is no night. `alike`: both check the same.
    """

    run_id: int
    started_at: str
    before_id: int
    before_at: str | None
    doubts: str | None
    alike: bool


class StillBroken(NamedTuple):
    """A place that was broken before, with the number of links that lead there.

    A target that is dead as a whole is one place, whatever the fragments of the links.
    """

    target: str
    fragment: str
    reason: str
    first_seen_at: str
    nights: int
    links: int


class FixedLink(NamedTuple):
    """A link that was broken; `how` it is no more: `mended`, `accepted` or `unlinked`.

    A rule of the settings accepts what is as it was; from what is unlinked its page leads no more.
    """

    target: str
    fragment: str
    reason: str
    source: str
    line: int | None
    how: str


class Failing(NamedTuple):
    """A URL that began to fail for a passing reason."""

    url: str
    reason: str


class Blocked(NamedTuple):
    """A URL that began to keep us out."""

    url: str
    reason: str
    links: int


class LostPage(NamedTuple):
    """A page that was there, and why it is not: a reason, `moved` or `unlinked`."""

    url: str
    reason: str
    moved_to: str | None


class LostAnchor(NamedTuple):
    """An anchor that went, with a link that pointed to it; `still`: it does."""

    url: str
    name: str
    source: str
    line: int | None
    still: bool
    nearest: str | None


class ListedRun(NamedTuple):
    """A run as it stands in a list; `why` it was not finished, or is not to be trusted."""

    run_id: int
    started_at: str
    elapsed_ms: float | None
    state: str
    urls: int
    broken_places: int
    why: str | None
    seeds: tuple[str, ...]


class Rewrite(NamedTuple):
    """A link to what has moved for good: as it is written first, and what to write instead.

    A page may have written `target`, where that leads, in other ways too.
    """

    source: str
    line: int | None
    old: str
    new: str
    target: str

    @property
    def pairs(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """What may be written, as it is written and in full, each with what to write instead."""
        _, number, fragment = self.old.strip().partition("#")
        return (self.old, self.new), (f"{self.target}{number}{fragment}", self.new)


class Changes(NamedTuple):
    """All that changed but the links that are newly broken: of these there may be many."""

    fixed: list[FixedLink]
    failing: list[Failing]
    flaky: list[str]
    blocked: list[Blocked]
    changed: list[tuple[str, str]]
    archived: list[tuple[str, str]]
    gained: list[str]
    lost: list[LostPage]
    anchors: list[LostAnchor]


_STILL = query_of(
    "broken",
    "target, CASE WHEN whole THEN '' ELSE fragment END AS place, reason, min(first_seen_at),"
    " max(nights), count(*) AS links",
    "WHERE NOT is_new GROUP BY target, place, reason ORDER BY links DESC, target, place",
)
_FIXED = query_of(
    "fixed",
    "target, fragment, reason, source, line, how",
    "ORDER BY target, fragment, source, line NULLS FIRST",
)
_FAILING = query_of("failing", "url, reason", "WHERE new")
_FLAKY = query_of("flaky", "url", "WHERE changed_id > :before ORDER BY url")
_BLOCKED = query_of("blocked", "url, reason, links", "WHERE new")
_CHANGED = query_of("notes", "url, detail", "WHERE kind = 'changed'")
_ARCHIVED = query_of(
    "notes",
    "url, detail",
    "WHERE kind = 'archive' AND NOT EXISTS ("
    " SELECT 1 FROM note"
    " WHERE note.run_id = :before AND note.kind = 'archive' AND note.detail = found.detail)",
)
_GAINED = query_of("pages_gained", "url")
_LOST = query_of("pages_lost", "url, reason, moved_to")
_REWRITES = query_of("redirects", "source, line, href, write_instead, target")
_ANCHORS = query_of("anchors_lost", "url, name, source, line, still, nearest")


async def rewrites_of(read: Read, run_id: int | None) -> list[Rewrite]:
    """Return the links of a run, the newest that has ended, whose targets have moved for good."""
    found = await read(_NEWEST, {}) if run_id is None else [(run_id,)]
    if not found:
        return []
    rows = await read(_REWRITES, {"run": found[0][0], "before": None})
    return [Rewrite(*row) for row in rows]


async def runs_of(read: Read) -> list[ListedRun]:
    """Return every run, the newest first."""
    found = await read(_ALL_RUNS, {})
    return [ListedRun._make((*row, tuple(json.loads(seeds or "[]")))) for *row, seeds in found]


async def span_of(read: Read, run_id: int | None, before_id: int | None) -> Span:
    """Return the runs to be compared: the newest that has ended, and the night before it.

    UsageError where there are no such runs, or they have nothing to do with each other.
    """
    found = await read(_RUNS, {"run": run_id, "before": before_id})
    if not found:
        raise UsageError(f"there is no run {'yet' if run_id is None else run_id}")
    run, started_at, state, doubts, before, before_at, related = found[0]
    if before_id is not None and before != before_id:
        raise UsageError(f"there is no run {before_id}")
    if before_id is not None and (not related or before >= run):
        raise UsageError(f"run {before_id} is no run with the same seeds before run {run}")
    settings = [row[0] for row in await read(_SETTINGS, {"run": run, "before": before})]
    alike = not differences(settings[0], settings[-1])
    why = doubts if state == "finished" else f"it is {state}"
    return Span(run, started_at, before, before_at, why, alike=alike)


async def still_broken(read: Read, span: Span) -> list[StillBroken]:
    """Return the places that were broken in the earlier run, and are in the later."""
    values = {"run": span.run_id, "before": span.before_id}
    return [StillBroken(*row) for row in await read(_STILL, values)]


async def changes_of(read: Read, span: Span) -> Changes:
    """Return what changed between two runs; pages come and go only where both check the same."""
    values = {"run": span.run_id, "before": span.before_id}

    async def rows(query: str) -> list[Row]:
        return await read(query, values)

    return Changes(
        fixed=[FixedLink(*row) for row in await rows(_FIXED)],
        failing=[Failing(*row) for row in await rows(_FAILING)],
        flaky=[url for (url,) in await rows(_FLAKY)],
        blocked=[Blocked(*row) for row in await rows(_BLOCKED)],
        changed=await rows(_CHANGED),
        archived=await rows(_ARCHIVED),
        gained=[url for (url,) in await rows(_GAINED)] if span.alike else [],
        lost=[LostPage(*row) for row in await rows(_LOST)] if span.alike else [],
        anchors=[LostAnchor(*row)._replace(still=bool(row[4])) for row in await rows(_ANCHORS)],
    )
