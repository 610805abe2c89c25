"""The formats of reports by their names."""

from collections.abc import AsyncGenerator, Callable
from typing import Literal

from crawler.report.subject import Subject
from crawler.report.text import text_report

Format = Literal["text"]

FORMATS: dict[Format, Callable[[Subject], AsyncGenerator[str]]] = {
    "text": text_report,
}
"What yields the lines of a report."
