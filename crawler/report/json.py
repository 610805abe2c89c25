"""Reports for programs: one JSON document, or a line for the run and one for each finding.

Both follow `report.schema.json`, which is part of the package. Keys may be added; what is there
keeps its meaning for as long as `version` stays the same.
"""

import json
from collections.abc import AsyncGenerator, Mapping

from crawler.report.subject import Subject
from crawler.store.finding import Finding

VERSION = 1
"Counted up when a key goes, or changes its meaning."


async def json_report(subject: Subject) -> AsyncGenerator[str]:
    """Yield one JSON object with `run`, `totals`, `changes` and `findings`."""
    yield f'{{"version": {VERSION},'
    yield f'"run": {encoded(_run(subject))},'
    yield f'"totals": {encoded(subject.totals._asdict())},'
    yield f'"changes": {encoded(await _changes(subject))},'
    yield '"findings": ['
    async with subject.broken() as found:
        async for line in separated(encoded(_finding(each)) async for each in found):
            yield line
    yield "]}"


async def jsonl_report(subject: Subject) -> AsyncGenerator[str]:
    """Yield JSON objects, one a line: first the run, then the findings."""
    run = {"type": "run", "version": VERSION, **_run(subject), "totals": subject.totals._asdict()}
    yield encoded(run)
    async with subject.broken() as found:
        async for finding in found:
            yield encoded({"type": "finding", **_finding(finding)})


def encoded(value: Mapping[str, object]) -> str:
    """Return `value` as JSON in ASCII; no runner of jobs finds a command in it."""
    return json.dumps(value).replace("##", "#\\u0023")


async def separated(items: AsyncGenerator[str]) -> AsyncGenerator[str]:
    """Yield `items` with a comma after each but the last."""
    held: str | None = None
    async for item in items:
        if held is not None:
            yield held + ","
        held = item
    if held is not None:
        yield held


def _run(subject: Subject) -> dict[str, object]:
    run = subject.run
    return {
        "id": run.id,
        "started_at": _moment(run.started_at),
        "ended_at": None if run.ended_at is None else _moment(run.ended_at),
        "state": run.state,
        "reason": run.reason,
        "doubts": run.doubts,
        "crawler": run.version,
        "seeds": run.seeds,
    }


async def _changes(subject: Subject) -> dict[str, object]:
    """Return what changed since the night before, but for what is broken: findings say that."""
    span = await subject.span()
    changes = await subject.findings.changes(span)
    return {
        "since": span.before_id or None,
        "fixed": [each._asdict() for each in changes.fixed],
        "failing": [each._asdict() for each in changes.failing],
        "flaky": changes.flaky,
        "blocked": [each._asdict() for each in changes.blocked],
        "changed": [{"url": url, "detail": detail} for url, detail in changes.changed],
        "archived": [{"url": url, "copy": copy} for url, copy in changes.archived],
        "pages_gained": changes.gained,
        "pages_lost": [each._asdict() for each in changes.lost],
        "anchors_lost": [each._asdict() for each in changes.anchors],
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "source": finding.source,
        "file": finding.file,
        "file_line": finding.file_line,
        "line": finding.line,
        "section": finding.section,
        "kind": finding.kind,
        "href": finding.href,
        "text": finding.text,
        "target": finding.target,
        "fragment": finding.fragment,
        "verdict": "broken",
        "reason": finding.reason,
        "status": finding.status,
        "nearest": finding.nearest,
        "new": finding.is_new,
        "first_seen_at": _moment(finding.first_seen_at),
        "nights": finding.nights,
        "occurrences": finding.occurrences,
        "links": finding.links,
    }


def _moment(stored: str) -> str:
    """Return a moment of the database as RFC 3339 has it."""
    return stored.replace(" ", "T") + "Z"
