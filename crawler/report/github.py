"""The report as annotations: commands that GitHub's runner takes from the output of a job."""

from collections.abc import AsyncGenerator

from crawler.report.hosted import hosted_path
from crawler.report.phrases import at_line, notices, number_of
from crawler.report.printable import printable
from crawler.report.subject import Subject
from crawler.report.text import headline
from crawler.store.finding import Finding


async def github_report(subject: Subject) -> AsyncGenerator[str]:
    """Yield an annotation a notice and a finding, and at last the headline for who reads it.

    What is new comes first: GitHub shows ten errors of a step.
    """
    for notice in notices(subject.run):
        yield f"::warning title=What was checked::{_data(notice)}"
    async with subject.new_first() as found:
        async for finding in found:
            yield _annotation(finding)
    broken = number_of(subject.totals.broken_links, "broken link")
    yield f"{headline(subject.run)}, {broken}"


def _annotation(finding: Finding) -> str:
    where = {} if finding.file is None else {"file": hosted_path(finding.file)}
    if finding.file_line is not None:
        where["line"] = str(finding.file_line)
    where["title"] = f"Broken link ({finding.reason})"
    properties = ",".join(f"{name}={_property(value)}" for name, value in where.items())
    near = f"; perhaps #{finding.nearest}" if finding.nearest else ""
    page = at_line(finding.source, finding.line)
    text = f" “{finding.text}”" if finding.text else ""
    return f"::error {properties}::" + _data(f"{finding.place}{near}, linked from {page}{text}")


def _data(text: str) -> str:
    return printable(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
