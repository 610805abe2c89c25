"""The benchmark: `python -m tests.bench` measures, and prints the table that the README shows."""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench import corpora, rivals
from tests.bench.ceiling import ceiling
from tests.bench.contest import ROWS, contest
from tests.bench.plan import Plan
from tests.bench.queries import database, start
from tests.bench.scale import scale
from tests.bench.table import README, Results, rendered, replaced
from tests.bench.timing import ROOT
from tests.bench.waits import rate, slow_host
from tests.bench.workers import workers

_ALL = frozenset(range(1, 12))
_ALONE = {9: start, 7: rate, 8: slow_host, 6: scale, 12: workers, 13: ceiling}  # the longest last


def main(argv: Sequence[str] | None = None) -> Results:
    """Measure what `argv` asks for, print it, and return it."""
    arguments = _arguments(argv)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        plan = _plan(arguments, Path(folder))
        results = Results()
        for part in _parts(plan):
            results.add(part)
            print("\n" + rendered(results), file=sys.stderr, flush=True)
    print(rendered(results), end="")
    if arguments.readme:
        README.write_text(replaced(README.read_text("utf-8"), results), "utf-8")
    return results


def _parts(plan: Plan) -> Iterator[Results]:
    served = [each for each in plan.corpora if not corpora.missing(each, plan.site)]
    for name in plan.corpora:
        yield from _on(name, plan, is_last=name == (served or [""])[-1])
    for row, measured in _ALONE.items():
        if row in plan.rows:
            yield measured(plan)
    yield Results(notes=list(_absent(plan)))


def _on(name: str, plan: Plan, *, is_last: bool) -> Iterator[Results]:
    """Yield what is measured on the corpus `name`; the database is looked at on the last only."""
    if reason := corpora.missing(name, plan.site):
        yield Results(notes=[f"Without {name}: {reason}"])
        return
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as temporary,
        corpora.serve(name, plan.site, Path(temporary)) as corpus,
    ):
        if plan.rows & ROWS:
            yield contest(plan, corpus)
        if plan.rows & {10, 11} and is_last:
            yield database(plan, corpus)


def _absent(plan: Plan) -> Iterator[str]:
    present = {each.name for each in rivals.installed(plan.peers, plan.folder)}
    if plan.rows & {1, 2} and rivals.RIVALS.keys() - present:
        yield f"Not installed: {', '.join(sorted(rivals.RIVALS.keys() - present))}"
    if not plan.rows & _ALL:
        return
    if left := sorted(_ALL - plan.rows):
        yield f"Not measured in this run: {', '.join(map(str, left))}"
    yield f"Medians of {plan.repeat}, in turns, after one run each that does not count"


def _plan(arguments: argparse.Namespace, folder: Path) -> Plan:
    quick: bool = arguments.quick
    site: Path | None = arguments.site
    named = [site.name] if site else arguments.corpus
    return Plan(
        rows=frozenset(arguments.rows),
        repeat=arguments.repeat or (1 if quick else 5),
        corpora=named or ([corpora.GENERATED] if quick else corpora.NAMES),
        site=site,
        peers=arguments.peers.absolute(),
        folder=folder,
        sizes=arguments.sizes or ((100, 200) if quick else (10_000, 100_000, 1_000_000)),
        hosts=20 if quick else 1000,
        waiting=64 if quick else 1600,
        slow=40 if quick else 400,
        shared=60 if quick else 1200,
        frontiers=arguments.frontiers or ((1000, 2000) if quick else (100_000, 10_000_000)),
    )


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",")]


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    add = parser.add_argument
    add(
        "--rows", type=_numbers, default=_ALL, help="such as 1,4,9; by default 1 to 11, the table's"
    )
    add("--repeat", type=int, help="how often each is measured; 5 by default")
    add("--corpus", action="append", choices=[*corpora.NAMES, corpora.GENERATED])
    add("--site", type=Path, help="a built site's folder, in place of a corpus")
    add("--peers", type=Path, default=ROOT / ".venv-bench", help="where they are installed")
    add("--sizes", type=_numbers, help="of the generated web, such as 10000,100000")
    add("--frontiers", type=_numbers, help="URLs in a database, such as 100000,10000000")
    add("--quick", action="store_true", help="everything small and once: does it work at all?")
    add("--readme", action="store_true", help="write the table into the README")
    arguments = parser.parse_args(argv)
    if arguments.readme and arguments.quick:
        parser.error("the README shows what was measured in full")
    return arguments


if __name__ == "__main__":
    main()
