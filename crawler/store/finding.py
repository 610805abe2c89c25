"""What reports are about: a run, and each link in it that leads nowhere."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self

from crawler.store.asking import query_of

_COLUMNS = (
    "source, target, fragment, reason, status, kind, text, line, section, href, nearest,"
    " occurrences, first_seen_at, nights, is_new, whole,"
    " count(*) OVER (PARTITION BY target, CASE WHEN whole THEN '' ELSE fragment END) AS links"
)
_ORDER = (
    "ORDER BY links DESC, target, whole DESC, CASE WHEN whole THEN '' ELSE fragment END,"
    " source, line NULLS FIRST, kind, fragment"
)

FINDINGS = query_of("broken", _COLUMNS, _ORDER)
NEW_FINDINGS = query_of("broken", _COLUMNS, f"WHERE is_new {_ORDER}")

RUN = """
SELECT
    id, started_at, ended_at, state, reason, version,
    run.settings ->> 'seeds', run.settings ->> 'folders', doubts,
    id = (SELECT max(id) FROM run)
FROM run
WHERE id = coalesce(:run, (SELECT max(id) FROM run))
"""


class KnownRun(NamedTuple):
    """A run, as the table `run` keeps it.

    `seeds` are canonical URLs, `folders` the paths of those that were answered by one; `doubts` are
    sentences: why what was found says little about the site. The views are about the newest run.
    """

    id: int
    started_at: str
    ended_at: str | None
    state: str
    reason: str | None
    version: str
    seeds: tuple[str, ...]
    folders: dict[str, str]
    doubts: tuple[str, ...]
    is_newest: bool = True

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
    Where `whole`, all of the target is dead: that is the place, and no fragment of it. `links`
    counts those that lead to the same place. `file` is what a person edits to mend it.
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
    whole: bool
    links: int
    file: str | None = None
    file_line: int | None = None

    @classmethod
    def of(cls, row: Sequence[Any]) -> Self:
        """Return the finding in a row with its columns in this order."""
        finding = cls(*row)
        return finding._replace(is_new=bool(finding.is_new), whole=bool(finding.whole))

    @property
    def place(self) -> str:
        """The target with its fragment: what a person would put into a browser."""
        return f"{self.target}#{self.fragment}" if self.fragment else self.target
