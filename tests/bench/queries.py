"""Rows 9 to 11: how soon the command answers, and how large the database is."""

import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from statistics import median

from tests.bench.corpora import Served
from tests.bench.plan import Plan
from tests.bench.table import Figure, Limit, Results
from tests.bench.timing import CRAWLER, measure

_NIGHTS = 3
_QUERY = (
    "import sqlite3, sys;"
    "print(len(sqlite3.connect(sys.argv[1]).execute('select * from broken').fetchall()))"
)


def start(plan: Plan) -> Results:
    """Return how long `--help` takes."""
    seconds = _seconds(plan, [*CRAWLER, "--help"])
    return Results([Figure(9, "`--help`", seconds, "s", Limit(0.25), Limit(0.15))])


def database(plan: Plan, corpus: Served) -> Results:
    """Return how long questions to the database of some nights take, and what it grows by."""
    plan.forget()
    sizes = []
    for _ in range(_NIGHTS):
        plan.measure(plan.night(corpus.root))
        sizes.append(_size(plan))
    growth = (sizes[-1] - sizes[0]) / (_NIGHTS - 1)
    figures = [
        *_answers(plan, corpus.name),
        Figure(11, f"database after a night, {corpus.name}", sizes[0], "MB", Limit(120)),
        Figure(11, f"growth per unchanged night, {corpus.name}", growth, "MB", Limit(2)),
    ]
    return Results([each for each in figures if each.row in plan.rows])


def _answers(plan: Plan, corpus: str) -> Sequence[Figure]:
    db = ["--db", str(plan.db)]
    questions = {
        "`report`": [*CRAWLER, "report", *db, "--output", str(plan.folder / "report.txt")],
        "`diff`": [*CRAWLER, "diff", *db],
        "`select * from broken`": [sys.executable, "-c", _QUERY, str(plan.db)],
    }
    knows_diff = " diff " in measure([*CRAWLER, "--help"], plan.folder).output
    figures = []
    for name, command in questions.items():
        asked = name != "`diff`" or knows_diff
        seconds = _seconds(plan, command) if asked else None
        what = f"{name}, {corpus}, {_links(plan):,} links"
        note = "" if asked else "there is no such command yet"
        figures.append(Figure(10, what, seconds, "s", Limit(1), Limit(0.3), note))
    return figures


def _seconds(plan: Plan, command: Sequence[str]) -> float:
    """Return the median wall time of `command`, after a run that warms the caches."""
    plan.measure(command)
    return median(plan.measure(command).wall for _ in range(plan.repeat))


def _links(plan: Plan) -> int:
    with closing(sqlite3.connect(plan.db)) as connection:
        (links,) = connection.execute("SELECT sum(occurrences) FROM link").fetchone()
    return int(links)


def _size(plan: Plan) -> float:
    return sum(path.stat().st_size for path in plan.folder.glob("crawl.db*")) / 1_000_000
