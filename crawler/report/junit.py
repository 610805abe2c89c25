"""The report as JUnit XML: each page a class, each broken link a test that failed."""

from collections.abc import AsyncGenerator
from html import escape

from crawler.report.phrases import at_line, notices
from crawler.report.printable import printable
from crawler.report.subject import Subject
from crawler.report.text import unsettled
from crawler.store.finding import Finding


async def junit_report(subject: Subject) -> AsyncGenerator[str]:
    """Yield the document: a test in error for what to mind, or one that passed for no failure.

    What is not broken, but not ok either, is no test: it stands in the suite's output.
    """
    run, broken, told = subject.run, subject.totals.broken_links, notices(subject.run)
    tests = broken + len(told)
    counted = f'tests="{tests or 1}" failures="{broken}" errors="{len(told)}"'
    time = f'time="{run.seconds or 0:.3f}"'
    stamp = f'timestamp="{run.started_at.replace(" ", "T")}"'
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield f'<testsuites name="crawler" {counted} {time}>'
    yield f'<testsuite name="links" {counted} skipped="0" {time} {stamp}>'
    for notice in told:
        error = f"<error message={_quoted(notice)}/>"
        yield f'<testcase classname="crawler" name="all was checked" time="0">{error}</testcase>'
    if not tests:
        yield '<testcase classname="crawler" name="no link is broken" time="0"/>'
    async with subject.broken() as found:
        async for finding in found:
            yield _case(finding)
    if others := unsettled(subject.totals):
        said = f"Not broken, but not ok either: {others}."
        yield f"<system-out>{escape(printable(said))}</system-out>"
    yield "</testsuite>"
    yield "</testsuites>"


def _case(finding: Finding) -> str:
    where = {
        "classname": finding.source,
        "name": f"{finding.kind} {finding.place}",
        "file": finding.file or "",
        "line": str((finding.file_line if finding.file else finding.line) or ""),
    }
    attributes = " ".join(f"{name}={_quoted(value)}" for name, value in where.items() if value)
    near = f"\nThe nearest anchor is #{finding.nearest}" if finding.nearest else ""
    page = at_line(finding.source, finding.line)
    said = f"{page}\nlinks to {finding.place}\nas {finding.text!r}{near}"
    lines = "\n".join(escape(printable(each), quote=False) for each in said.split("\n"))
    failure = f"<failure type={_quoted(finding.reason)} message={_quoted(_message(finding))}>"
    return f'<testcase {attributes} time="0">{failure}{lines}</failure></testcase>'


def _message(finding: Finding) -> str:
    return f"{finding.reason}: {finding.place}"


def _quoted(text: str) -> str:
    return f'"{escape(printable(text))}"'
