"""The runs in a database, a line each."""

from collections.abc import Iterator, Sequence

from crawler.report.phrases import number_of
from crawler.report.printable import printable
from crawler.store.changes import ListedRun

_MOST_SEEDS = 3


def runs_report(runs: Sequence[ListedRun]) -> Iterator[str]:
    """Yield a line for each of `runs`, and one above them that says what stands where."""
    yield " run  begun (UTC)           took  state           URLs  broken places  seeds"
    for run in runs:
        took = "" if run.elapsed_ms is None else f"{run.elapsed_ms / 1000:,.1f} s"
        seeds = printable(_shown(run.seeds))
        yield (
            f"{run.run_id:4}  {run.started_at[:16]}  {took:>9}  {run.state:11}  {run.urls:7,}"
            f"  {run.broken_places:13,}  {seeds}"
        )
        if run.why:
            yield f"      {printable(run.why)}"


def _shown(seeds: Sequence[str]) -> str:
    """Return `seeds` in a line; of many, as of all files of a repository, the first of them."""
    rest = len(seeds) - _MOST_SEEDS
    more = f" and {number_of(rest, 'more seed')}" if rest > 0 else ""
    return f"{', '.join(seeds[:_MOST_SEEDS])}{more}"
