"""What was measured, beside what is asked for, and as the README shows it."""

import os
import platform
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.timing import ROOT, Cost

README = ROOT / "README.md"
SECTION = re.compile(r"(<!-- bench: .*? -->\n).*?(<!-- bench end -->)", re.DOTALL)


TIMES = "\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that a figure may be, or the least where `at_least`."""

    bound: float
    at_least: bool = False

    def holds(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of row `row` of the table, in `unit`; `value` is None where there is none."""

    row: int
    what: str
    value: float | None
    unit: str
    must: Limit | None = None
    aim: Limit | None = None
    note: str = ""

    @property
    def holds(self) -> bool | None:
        """Return whether what must be is; None where nothing must, or nothing was measured."""
        return None if self.value is None or self.must is None else self.must.holds(self.value)

    @property
    def verdict(self) -> str:
        if self.value is None or self.must is None:
            return ""
        if not self.must.holds(self.value):
            return "**no**"
        return "yes, and the aim" if self.aim and self.aim.holds(self.value) else "yes"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a contestant needed for a corpus, how many URLs it asked for, how many links it had."""

    corpus: str
    name: str
    cost: Cost
    asked: int | None
    links: int | None


@dataclass(frozen=True, slots=True)
class Results:
    """All that was measured in one run."""

    figures: list[Figure] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, other: "Results") -> None:
        self.figures.extend(other.figures)
        self.entries.extend(other.entries)
        self.notes.extend(other.notes)


def rendered(results: Results) -> str:
    """Return the results as Markdown."""
    parts = ["\n".join(_figures(results.figures))]
    if results.entries:
        parts.append("\n".join(_entries(results.entries)))
    parts.append("\n".join([_machine(), *(f"{note}." for note in results.notes)]))
    return "\n\n".join(parts) + "\n"


def replaced(readme: str, results: Results) -> str:
    """Return the text of the README with the results in the place that is marked for them."""
    text, places = SECTION.subn(lambda match: match[1] + rendered(results) + match[2], readme)
    assert places == 1, "the README has no one place for the table"
    return text


def _figures(figures: Sequence[Figure]) -> Iterator[str]:
    yield "| # | measured | must | aim | figure | holds |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for each in sorted(figures, key=lambda figure: figure.row):
        note = f" ({each.note})" if each.note else ""
        yield (
            f"| {each.row} | {each.what}{note} | {each.must or ''} | {each.aim or ''}"
            f" | {_shown(each.value, each.unit)} | {each.verdict} |"
        )


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return "not measured"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def _entries(entries: Sequence[Entry]) -> Iterator[str]:
    yield "| corpus | contestant | wall | processor | peak RSS | URLs asked for | links |"
    yield "| --- | --- | --: | --: | --: | --: | --: |"
    for each in entries:
        cost = each.cost
        yield (
            f"| {each.corpus} | {each.name} | {cost.wall:.2f} s | {cost.cpu:.2f} s"
            f" | {cost.rss:.0f} MB | {_count(each.asked)} | {_count(each.links)} |"
        )


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _machine() -> str:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB,"
        f" Linux {platform.release().partition('-')[0]}, CPython {platform.python_version()}."
    )


def _processor() -> str:
    said = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return said[1] if said else platform.machine()
