"""Row 12: several workers on one run over PostgreSQL, on a web where it is the wait that counts."""

import sys
from statistics import median

from crawler.location import Server
from tests.bench import server
from tests.bench.corpora import free_port
from tests.bench.plan import Plan
from tests.bench.table import TIMES, Figure, Limit, Results
from tests.bench.timing import CRAWLER
from tests.bench.web import Web
from tests.server import PostgresServer, binaries, query

_DELAY = 1.0
_CONCURRENCY = 24  # of one worker: so few that processors are not what is waited for
_MUST = {2: 1.8, 4: 3.2}

_PAGES = "SELECT count(*) FROM pages WHERE verdict = 'ok' AND url LIKE '%/page/%'"
# In the middle half of the requests: at the ends not all workers are there, or have work.
_RATE = """
SELECT
    count(*) / 2.0 / CAST(
        extract(
            epoch FROM
            percentile_disc(0.75) WITHIN GROUP (ORDER BY CAST(started_at AS timestamp))
            - percentile_disc(0.25) WITHIN GROUP (ORDER BY CAST(started_at AS timestamp))
        ) AS DOUBLE PRECISION
    )
FROM fetch
"""


def workers(plan: Plan) -> Results:
    """Return how many times as many requests a second two and four workers make as one does."""
    if binaries() is None:
        return Results(notes=["Row 12: PostgreSQL is not installed"])
    web = Web(plan.shared, plan.hosts, free_port(), _DELAY)
    rates: dict[int, list[float]] = {number: [] for number in (1, *_MUST)}
    with (
        PostgresServer.running(durable=True) as database,
        server.started("tests.bench.web", web.size, web.hosts, web.port, web.delay),
    ):
        for _ in range(plan.repeat):
            for number, found in rates.items():
                found.append(_rate(plan, web, number, database.schema()))
                print(f"{number} workers: {found[-1]:.0f}/s", file=sys.stderr, flush=True)
    return Results(_figures(rates), [], [_note(web, rates)])


def _figures(rates: dict[int, list[float]]) -> list[Figure]:
    alone = median(rates[1])
    return [
        Figure(
            12,
            f"requests/s of {number} workers against one",
            median(rates[number]) / alone,
            TIMES,
            Limit(least, at_least=True),
        )
        for number, least in _MUST.items()
    ]


def _note(web: Web, rates: dict[int, list[float]]) -> str:
    paces = ", ".join(f"{number}: {median(found):,.0f}/s" for number, found in rates.items())
    return (
        f"{web.size:,} pages on {web.hosts:,} hosts that take {web.delay * 1000:.0f} ms each,"
        f" {_CONCURRENCY} requests at once a worker; in the middle half of them, by the number of"
        f" workers: {paces} (medians of {len(rates[1])}, in turns)"
    )


def _rate(plan: Plan, web: Web, number: int, where: Server) -> float:
    seeds = plan.folder / "seeds.txt"
    seeds.write_text("\n".join(web.seeds), "utf-8")
    arguments = {
        "--seeds": seeds,
        "--depth": "all",
        "--db": where.dsn,
        "--workers-here": number,
        "--concurrency": _CONCURRENCY,
        "--progress": "none",
        "--output": plan.folder / "report.txt",
    }
    plan.measure([*CRAWLER, *(str(word) for pair in arguments.items() for word in pair)])
    ((pages,),) = query(where, _PAGES)
    if pages != web.size:
        raise SystemExit(f"bench: {pages} pages were found, not {web.size}")
    ((rate,),) = query(where, _RATE)
    return float(rate)
