"""Rows 1 to 5: first and second night beside the peers and the floor, on a corpus."""

import sqlite3
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from tests.bench.corpora import Served
from tests.bench.plan import Plan, trusted
from tests.bench.rivals import Rival, installed
from tests.bench.table import TIMES, Entry, Figure, Limit, Results
from tests.bench.timing import Contestant, Cost, race, typical

ROWS = frozenset(range(1, 6))
FIRST, SECOND, FLOOR = "crawler, first night", "crawler, second night", "floor"

# Row, must and aim of the first night's wall time, as a share of theirs.
_AGAINST = {
    "lychee": (1, Limit(0.7), Limit(0.45)),
    "muffet": (2, Limit(1.0), Limit(0.6)),
    "linkinator": (2, Limit(0.5), None),
    "scrapy": (2, Limit(0.1), None),
    FLOOR: (3, Limit(2.0), Limit(1.3)),
}


def contest(plan: Plan, corpus: Served) -> Results:
    """Return the rows that `plan` asks for, on `corpus`."""
    present = [each for each in installed(plan.peers, plan.folder) if _is_asked(plan, each)]
    titles = {each.name: f"{each.name} {each.version}" for each in present}
    evidence = _Evidence(plan, corpus, present)
    costs = race(_contestants(plan, corpus, present), plan.folder, plan.repeat, evidence.take)
    for each in (*costs[FIRST], *costs[SECOND]):
        trusted(each)
    medians = {name: typical(each) for name, each in costs.items() if each}
    entries = [
        Entry(corpus.name, titles.get(name, name), cost, *evidence.of(name))
        for name, cost in medians.items()
    ]
    return Results(_figures(plan, corpus.name, medians), entries)


def _is_asked(plan: Plan, peer: Rival) -> bool:
    return (_AGAINST[peer.name][0] if peer.name in _AGAINST else 1) in plan.rows


def _contestants(plan: Plan, corpus: Served, present: Sequence[Rival]) -> Sequence[Contestant]:
    night = plan.night(corpus.root)
    contestants = [Contestant(FIRST, night, plan.forget), Contestant(SECOND, night)]
    if 3 in plan.rows:
        command = [sys.executable, "-m", "tests.bench.floor", corpus.root]
        contestants.append(Contestant(FLOOR, command))
    theirs = [Contestant(each.name, each.command(corpus, plan.folder)) for each in present]
    return [*contestants, *theirs]


def _figures(plan: Plan, corpus: str, medians: Mapping[str, Cost]) -> list[Figure]:
    first, second = medians[FIRST], medians[SECOND]
    figures = []
    for name, (row, must, aim) in _AGAINST.items():
        ratio = first.wall / medians[name].wall if name in medians else None
        absent = "" if name in medians else f"{name} is not installed"
        what = f"first night against {name}, {corpus}"
        figures.append(Figure(row, what, ratio, TIMES, must, aim, absent))
    ratio = second.wall / first.wall
    what = f"second night against the first, {corpus}"
    figures.append(Figure(4, what, ratio, TIMES, Limit(0.35), Limit(0.2)))
    memory = max(first.rss, second.rss)
    figures.append(Figure(5, f"peak RSS, {corpus}", memory, "MB", Limit(150), Limit(100)))
    return [each for each in figures if each.row in plan.rows]


class _Evidence:
    """What each contestant did in its untimed run: URLs asked for, and links; `take` notes it."""

    def __init__(self, plan: Plan, corpus: Served, present: Sequence[Rival]) -> None:
        self._plan = plan
        self._corpus = corpus
        self._links = {each.name: each.links for each in present}
        self._seen: dict[str, tuple[int | None, int | None]] = {}
        corpus.forget()

    def take(self, contestant: Contestant, cost: Cost) -> None:
        links = self._links.get(contestant.name, self._of_ours)
        self._seen[contestant.name] = (
            self._corpus.asked(),
            links(self._plan.folder, cost.output),
        )
        self._corpus.forget()

    def of(self, name: str) -> tuple[int | None, int | None]:
        return self._seen[name]

    def _of_ours(self, _folder: Path, output: str) -> int | None:
        if output.endswith(" links\n"):  # the floor's
            return int(output.split()[-2])
        with closing(sqlite3.connect(self._plan.db)) as connection:
            (links,) = connection.execute("SELECT sum(occurrences) FROM link").fetchone()
        return int(links)
