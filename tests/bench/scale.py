"""Row 6: the same pace and the same memory, however large the web."""

import sqlite3
from contextlib import closing

from tests.bench import server
from tests.bench.corpora import free_port
from tests.bench.plan import Plan
from tests.bench.table import TIMES, Figure, Limit, Results
from tests.bench.timing import Cost, typical
from tests.bench.web import Web

_LARGE = 100_000  # from here on once is enough: a run takes minutes


def scale(plan: Plan) -> Results:
    """Return how pace and memory at the largest size compare with those at the smallest.

    The smallest is measured before and after: no machine is as fast for hours.
    """
    least, most = min(plan.sizes), max(plan.sizes)
    taken = {size: _crawled(plan, size) for size in sorted(plan.sizes)}
    taken[least] += _crawled(plan, least)
    costs = {size: typical(each) for size, each in taken.items()}
    rates = {size: size / cost.wall for size, cost in costs.items()}
    figures = [
        Figure(
            6,
            f"pages/s at {most:,} URLs against {least:,}",
            rates[most] / rates[least],
            TIMES,
            Limit(0.8, at_least=True),
            Limit(0.95, at_least=True),
        ),
        Figure(6, f"peak RSS at {most:,} URLs", costs[most].rss, "MB", Limit(250), Limit(150)),
    ]
    paces = ", ".join(
        f"{size:,} URLs at {rates[size]:,.0f} pages/s in {cost.rss:.0f} MB"
        for size, cost in costs.items()
    )
    return Results(figures, notes=[f"A web on {plan.hosts:,} hosts: {paces}"])


def _crawled(plan: Plan, size: int) -> list[Cost]:
    web = Web(size, plan.hosts, free_port())
    seeds = plan.folder / "seeds.txt"
    seeds.write_text("\n".join(web.seeds), "utf-8")
    command = plan.crawl("--seeds", str(seeds), "--depth", "all")
    costs = []
    with server.started("tests.bench.web", web.size, web.hosts, web.port):
        for _ in range(1 if size >= _LARGE else plan.repeat):
            plan.forget()
            costs.append(plan.measure(command))
            _check(plan, web)
    return costs


def _check(plan: Plan, web: Web) -> None:
    """End the benchmark where not each page was found, or not just what was planted broken."""
    with closing(sqlite3.connect(plan.db)) as connection:
        (pages,) = connection.execute(
            "SELECT count(*) FROM page JOIN url ON url.id = url_id"
            " WHERE verdict = 'ok' AND url LIKE '%/page/%'"
        ).fetchone()
        broken = dict(
            connection.execute("SELECT reason, count(*) FROM broken GROUP BY reason").fetchall()
        )
    if (pages, broken) != (web.size, web.planted):
        raise SystemExit(f"bench: {pages} pages and {broken}, not {web.size} and {web.planted}")
