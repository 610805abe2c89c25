"""What reports are about: a run, and each link in it that leads nowhere."""

from datetime import datetime
from typing import NamedTuple

# A run, and the finished ones before it with the same seeds.
NIGHTS = """
night (id, started_at) AS (
    SELECT run.id, run.started_at
    FROM run
    JOIN run AS told ON told.id = :run
    WHERE run.id = told.id
        OR (
            run.id < told.id
            AND run.state = 'finished'
            AND run.settings ->> 'seeds' = told.settings ->> 'seeds'
        )
)
"""

# A place is dead since the night after the last one on which it was well; few rows, so that the
# links need no look at other nights but for whether they are new.
FINDINGS = f"""
WITH {NIGHTS},
place (target_id, fragment, first_seen_at, nights) AS (
    SELECT rots.target_id, rots.fragment, min(night.started_at), count(*)
    FROM rots
    JOIN night ON night.id > (
        SELECT coalesce(max(well.id), 0)
        FROM night AS well
        WHERE NOT EXISTS (
            SELECT 1 FROM rots AS ill
            WHERE ill.run_id = well.id
                AND ill.target_id = rots.target_id
                AND (ill.fragment IS NULL OR ill.fragment = rots.fragment)
        )
    )
    WHERE rots.run_id = :run
    GROUP BY rots.target_id, rots.fragment
)
SELECT
    link.source,
    link.target,
    link.fragment,
    link.reason,
    link.status,
    link.kind,
    link.text,
    link.line,
    link.section,
    link.href,
    link.nearest,
    link.occurrences,
    place.first_seen_at,
    place.nights,
    NOT EXISTS (
        SELECT 1 FROM broken_links AS before
        WHERE before.run_id = (SELECT max(id) FROM night WHERE id < :run)
            AND before.source_id = link.source_id
            AND before.target_id = link.target_id
            AND before.fragment = link.fragment
    ),
    count(*) OVER (PARTITION BY link.target, link.fragment) AS links
FROM broken_links AS link
JOIN place
    ON place.target_id = link.target_id
    AND (place.fragment IS NULL OR place.fragment = link.fragment)
WHERE link.run_id = :run
ORDER BY links DESC, link.target, link.fragment, link.source, link.line, link.kind
"""  # noqa: S608 - made of constants

COUNT_NEW = f"""
WITH {NIGHTS}
SELECT count(*)
FROM broken_links AS link
WHERE link.run_id = :run AND NOT EXISTS (
    SELECT 1 FROM broken_links AS before
    WHERE before.run_id = (SELECT max(id) FROM night WHERE id < :run)
        AND before.source_id = link.source_id
        AND before.target_id = link.target_id
        AND before.fragment = link.fragment
)
"""  # noqa: S608 - made of constants

RUN = """
SELECT id, started_at, ended_at, state, reason, version, settings ->> 'seeds', doubts
FROM run
WHERE id = coalesce(:run, (SELECT max(id) FROM run))
"""


class KnownRun(NamedTuple):
    """A run, as the table `run` keeps it; `seeds` are their canonical URLs.

    `doubts` are sentences: why what was found says little about the site.
    """

    id: int
    started_at: str
    ended_at: str | None
    state: str
    reason: str | None
    version: str
    seeds: tuple[str, ...]
    doubts: tuple[str, ...]

    @property
    def seconds(self) -> float | None:
        """How long the run took; None where it has not ended."""
        if self.ended_at is None:
            return None
        ended, started = map(datetime.fromisoformat, (self.ended_at, self.started_at))
        return (ended - started).total_seconds()


class Finding(NamedTuple):
    """A link that leads nowhere: `source` refers to `target`, at `fragment` of it.

    `href` is what is written there, `section` the id of the heading above it, `nearest` an anchor
    that exists. The place it leads to has been dead since `first_seen_at`, for so many `nights`
    without a break; the link itself is new where the run before did not have it among the broken.
    `links` counts those that lead to the same place. `file` is what a person edits to mend it.
    """

    source: str
    target: str
    fragment: str
    reason: str
    status: int | None
    kind: str
    text: str
    line: int | None
    section: str | None
    href: str
    nearest: str | None
    occurrences: int
    first_seen_at: str
    nights: int
    is_new: bool
    links: int
    file: str | None = None
    file_line: int | None = None

    @property
    def place(self) -> str:
        """The target with its fragment: what a person would put into a browser."""
        return f"{self.target}#{self.fragment}" if self.fragment else self.target
