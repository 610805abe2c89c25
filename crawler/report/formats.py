"""The formats of reports by their names."""

from collections.abc import AsyncGenerator, Callable

from crawler.report.csv import csv_report
from crawler.report.dot import dot_report
from crawler.report.github import github_report
from crawler.report.json import json_report, jsonl_report
from crawler.report.junit import junit_report
from crawler.report.markdown import markdown_report
from crawler.report.names import Format
from crawler.report.sarif import sarif_report
from crawler.report.sitemap import sitemap_report
from crawler.report.subject import Subject
from crawler.report.text import text_report


def _html_report(subject: Subject) -> AsyncGenerator[str]:
    from crawler.report.html import html_report  # noqa: PLC0415 - only who asks for a page waits

    return html_report(subject)


FORMATS: dict[Format, Callable[[Subject], AsyncGenerator[str]]] = {
    "text": text_report,
    "html": _html_report,
    "json": json_report,
    "jsonl": jsonl_report,
    "csv": csv_report,
    "markdown": markdown_report,
    "junit": junit_report,
    "sarif": sarif_report,
    "github": github_report,
    "dot": dot_report,
    "sitemap": sitemap_report,
}
"What yields the lines of a report."
