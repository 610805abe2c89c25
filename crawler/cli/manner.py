"""How a run and its report are shown: what the options say beside the settings."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from crawler.cli.options import Spelling
from crawler.errors import UsageError
from crawler.report.names import Format

How = Literal["auto", "bar", "log", "none"]
LogFormat = Literal["text", "json"]
FailOn = Literal["broken", "new", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a report is written, and where to."""

    format: Format = "text"
    "The form of the report."

    output: Path | None = None
    "Write the report to this file instead of standard output."

    sources: tuple[Path, ...] = ()
    "Folders of the files that the site is made from: findings name the file and line to edit."

    def __post_init__(self) -> None:
        """Raise UsageError where there is no such folder."""
        for folder in self.sources:
            if not folder.is_dir():
                raise UsageError(f"sources: {folder}: there is no such folder")


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation(Manner):
    """How a run is shown and what its exit status means."""

    fail_on: FailOn = "broken"
    "What makes the exit status 1: any broken link, only new ones, or nothing."

    verbose: Annotated[bool, Spelling(short="-v", negative=False)] = False
    "Say every request."

    quiet: Annotated[bool, Spelling(short="-q", negative=False)] = False
    "Say nothing but the report and what is wrong."

    log_format: LogFormat = "text"
    "What is said beside the report: lines for people, or JSON objects."

    progress: How = "auto"
    "A bar, a line every 10 s, or nothing; auto: a bar on a terminal, else lines."

    serve: str | None = None
    "While the run lasts, show the page of `--format html` live at this address: :8000."

    serve_public: bool = False
    "Let `serve` name an address that other machines can reach."

    @property
    def level(self) -> int:
        """How much is said."""
        if self.quiet:
            return logging.WARNING
        return logging.DEBUG if self.verbose else logging.INFO

    @property
    def shown(self) -> How:
        """How progress is shown: who wants quiet wants none."""
        return "none" if self.quiet and self.progress == "auto" else self.progress
