"""Rows 7 and 8: waiting for a server costs no more than the wait; a slow host delays no other."""

import os
import re
import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from statistics import median
from threading import Timer

from tests.bench import server
from tests.bench.corpora import free_port
from tests.bench.latency import DELAY, FAST, ROOT_ADDRESS, SLOW_ADDRESS
from tests.bench.plan import Plan
from tests.bench.table import TIMES, Figure, Limit, Results
from tests.bench.timing import environment

_CONCURRENCY = 32
_PATIENCE = 120  # seconds after which a server that still waits for its requests is ended


def rate(plan: Plan) -> Results:
    """Return the rate of requests to a server that takes 100 ms for each, against the ideal."""
    ideal = plan.waiting * DELAY / _CONCURRENCY
    many = str(_CONCURRENCY)
    figure = Figure(
        7,
        f"rate against the ideal, {_CONCURRENCY} at once, 100 ms each",
        ideal / median(_rate(plan, many) for _ in range(plan.repeat)),
        TIMES,
        Limit(0.95, at_least=True),
        Limit(0.99, at_least=True),
    )
    return Results([figure])


def _rate(plan: Plan, many: str) -> float:
    port = free_port()
    plan.forget()
    command = plan.crawl(
        *(f"http://{ROOT_ADDRESS}:{port}/", "--depth", "1"),
        *("--concurrency", many, "--per-host", many),
    )
    with server.started("tests.bench.latency", "waiting", port, plan.waiting) as process:
        plan.measure(command)
        return _seconds(process)


def slow_host(plan: Plan) -> Results:
    """Return how much longer links to forty hosts take beside many links to one slow host.

    The page is the same for both, so that what it takes to read is: without the slow host, it is
    excluded.
    """
    alone, beside = [], []
    for _ in range(plan.repeat):
        alone.append(_mixed(plan, "--exclude", f"^http://{re.escape(SLOW_ADDRESS)}:"))
        beside.append(_mixed(plan))
    what = f"{FAST} links to {FAST} hosts, beside {plan.slow} to a slow one against it excluded"
    ratio = median(beside) / median(alone)
    note = f"{median(beside):.2f} s against {median(alone):.2f} s"
    return Results([Figure(8, what, ratio, TIMES, Limit(1.2), note=note)])


def _mixed(plan: Plan, *options: str) -> float:
    port = free_port()
    plan.forget()
    with (
        server.started("tests.bench.latency", "mixed", port, plan.slow) as process,
        _crawling(plan, f"http://{ROOT_ADDRESS}:{port}/", *options),
    ):
        return _seconds(process)


@contextmanager
def _crawling(plan: Plan, *arguments: str) -> Generator[None]:
    """Crawl while the block lasts: to the end it would take the slow host's time."""
    with (
        (plan.folder / "output.txt").open("wb") as output,
        subprocess.Popen(
            plan.crawl(*arguments),
            cwd=plan.folder,
            env=environment(),
            stdout=output,
            stderr=output,
            process_group=0,
        ) as process,
    ):
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def _seconds(serving: subprocess.Popen[str]) -> float:
    """Return how long the server says that the answers which count took."""
    assert serving.stdout
    timer = Timer(_PATIENCE, serving.kill)
    timer.start()
    try:
        said = serving.stdout.readline()
    finally:
        timer.cancel()
    if not said:
        raise SystemExit("bench: not all pages were asked for")
    return float(said)
