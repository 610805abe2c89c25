"""What the benchmark promises of its own figures."""

import re
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.bench.__main__ import main
from tests.bench.table import TIMES, Figure, Limit, Results, rendered, replaced
from tests.bench.timing import Contestant, measure, race

pytestmark = pytest.mark.slow

EAT = "import time; eaten = b'x' * 80_000_000; time.sleep(0.4)"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {EAT!r}])"


@pytest.mark.parametrize("row", [6, 7])
def test_a_small_run_has_a_figure_for_each_row_it_is_asked_for(row: int) -> None:
    results = main(["--quick", "--rows", str(row), "--sizes", "40"])

    assert {figure.row for figure in results.figures} == {row}
    assert [figure.what for figure in results.figures if not figure.value] == []
    assert [note for note in results.notes if note.startswith("Not measured in this run: 1, 2, 3")]


def test_the_readme_takes_no_quick_run() -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--quick", "--rows", "9", "--readme"])


def test_the_memory_of_a_child_counts(tmp_path: Path) -> None:
    cost = measure([sys.executable, "-c", PARENT], tmp_path)

    assert 80 < cost.rss < 200
    assert cost.wall > 0.4
    assert cost.cpu < cost.wall


def test_a_command_that_never_ends_is_ended(tmp_path: Path) -> None:
    cost = measure([sys.executable, "-c", "while True: pass"], tmp_path, 0.2)

    assert cost.status < 0


def test_contestants_take_turns_and_the_first_turn_does_not_count(tmp_path: Path) -> None:
    turns: list[str] = []
    warmed: list[str] = []
    pair = [Contestant(name, ["true"], partial(turns.append, name)) for name in "ab"]

    costs = race(pair, tmp_path, 2, lambda contestant, _: warmed.append(contestant.name))

    assert "".join(turns) == "ababab"
    assert "".join(warmed) == "ab"
    assert {name: len(each) for name, each in costs.items()} == {"a": 2, "b": 2}


@pytest.mark.parametrize(
    ("value", "limit", "holds"),
    [
        (0.7, Limit(0.7), True),
        (0.71, Limit(0.7), False),
        (0.95, Limit(0.95, at_least=True), True),
        (0.94, Limit(0.95, at_least=True), False),
        (None, Limit(0.7), None),
    ],
)
def test_a_figure_holds_or_does_not(value: float | None, limit: Limit, *, holds: bool) -> None:
    assert Figure(1, "", value, TIMES, limit).holds is holds


def test_what_was_not_measured_is_called_that() -> None:
    figure = Figure(2, "against muffet", None, TIMES, Limit(1), note="muffet is not installed")

    (line,) = (line for line in rendered(Results([figure])).splitlines() if "muffet" in line)

    assert re.fullmatch(r".*muffet is not installed.* not measured \|  \|", line)


def test_the_table_takes_the_place_marked_for_it() -> None:
    readme = "before\n<!-- bench: x -->\nstale\n<!-- bench end -->\nafter\n"
    results = Results([Figure(9, "`--help`", 0.5, "s", Limit(0.25))])

    text = replaced(readme, results)

    assert text.startswith("before\n<!-- bench: x -->\n| # |")
    assert "| 9 | `--help` | ≤ 0.25 |  | 0.50 s | **no** |" in text
    assert text.endswith(".\n<!-- bench end -->\nafter\n")
    assert "stale" not in text
