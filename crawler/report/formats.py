"""The formats of reports by their names; each is loaded when a report is written in it."""

from collections.abc import AsyncGenerator, Callable
from functools import partial
from importlib import import_module
from typing import get_args

from crawler.report.names import Format
from crawler.report.subject import Subject

Report = Callable[[Subject], AsyncGenerator[str]]

_ELSEWHERE: dict[Format, str] = {"jsonl": "json"}


def _report(form: Format, subject: Subject) -> AsyncGenerator[str]:
    module = import_module(f"crawler.report.{_ELSEWHERE.get(form, form)}")
    report: Report = getattr(module, f"{form}_report")
    return report(subject)


FORMATS: dict[Format, Report] = {form: partial(_report, form) for form in get_args(Format)}
"What yields the lines of a report."
