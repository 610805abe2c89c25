"""Row 13: what one database takes in and hands out, by the store's own statements, as it grows."""

import asyncio
import os
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from crawler.model import Fetch, Judgement, Page, Request, Scope, Verdict
from crawler.store.database import Database
from crawler.store.engines import opened
from crawler.store.founding import Founder, shared
from crawler.store.leases import SHARDS, Leases
from crawler.store.shared import SharedLedger
from crawler.urls import url_id
from tests.bench.plan import Plan
from tests.bench.table import TIMES, Figure, Limit, Results
from tests.server import PostgresServer, binaries

_HOSTS = 1000
# What the writer and the frontier take at once.
_BATCH, _WINDOW = 250, 256
# So much is timed at each size, as far as there is as much.
_TIMED = 50_000
# Longer than it takes.
_LEASE = 7 * 24 * 3600.0
_TICKS = os.sysconf("SC_CLK_TCK")
_SETTINGS = '{"seeds":["http://h0.test/"],"depth":"all"}'
_WHAT = ("new URLs inserted", "known URLs refused", "URLs claimed, and done")


@dataclass(frozen=True, slots=True)
class State:
    """How it goes at one size: a pace for each of what is timed, and the bytes that a URL takes."""

    paces: Sequence["Pace"]
    weight: float


@dataclass(frozen=True, slots=True)
class Pace:
    """URLs a second over one connection, and the server's processor time for each, in µs."""

    rate: float
    cost: float


def ceiling(plan: Plan) -> Results:
    """Return how the rates at the greatest number of URLs compare with those at the least."""
    if binaries() is None:
        return Results(notes=["Row 13: PostgreSQL is not installed"])
    with PostgresServer.running(durable=True) as server:
        states = asyncio.run(_measured(server, sorted(plan.frontiers)))
    least, most = min(states), max(states)
    figures = [
        Figure(
            13,
            f"{what} a second, with {most:,} in the run against {least:,}",
            states[most].paces[each].rate / states[least].paces[each].rate,
            TIMES,
            Limit(0.7, at_least=True),
        )
        for each, what in enumerate(_WHAT)
    ]
    said = [
        f"With {size:,} URLs in the run, over one connection: "
        + ", ".join(
            f"{pace.rate:,.0f}/s {what} ({pace.cost:.0f} µs of the server's processor each)"
            for what, pace in zip(_WHAT, state.paces, strict=True)
        )
        + f"; {state.weight:.0f} bytes a URL"
        for size, state in states.items()
    ]
    return Results(figures, notes=said)


async def _measured(server: PostgresServer, sizes: Sequence[int]) -> dict[int, State]:
    found: dict[int, State] = {}
    async with _joined(server) as (store, run_id, writer):
        frontier = _Frontier(store, run_id, server)
        for size in sizes:
            await frontier.grow(size - min(size // 2, _TIMED))
            found[size] = State(await frontier.paces(size), await writer.size() / size)
    return found


@asynccontextmanager
async def _joined(
    server: PostgresServer,
) -> AsyncGenerator[tuple[SharedLedger, int, Database]]:
    """Yield the store of the only worker of a new run, which has all shards."""
    where = server.schema()
    async with opened(where) as (writer, reader):
        founder = Founder(writer, reader, "bench", _LEASE)
        run = await founder.begin('["http://h0.test/"]', _SETTINGS, time.time(), resume=False)
        leases = Leases(writer, run.id, founder.member, _LEASE)
        store = SharedLedger(writer, reader, founder.member)
        await store.join(await shared(reader, run.id))
        store.held = await leases.claim(SHARDS)
        yield store, run.id, writer


class _Frontier:
    """A run that grows; `_size` is the number of its URLs."""

    def __init__(self, store: SharedLedger, run_id: int, server: PostgresServer) -> None:
        self._store = store
        self._run_id = run_id
        self._server = server
        self._size = 0
        self._random = random.Random(1)  # noqa: S311 - the same web each time

    async def grow(self, size: int) -> int:
        """Insert new URLs until there are `size`; return how many that were."""
        before = self._size
        while self._size < size:
            numbers = range(self._size, min(self._size + _BATCH, size))
            new = await self._store.add(self._run_id, [_request(each) for each in numbers])
            _insist(len(new) == len(numbers))
            self._size = numbers.stop
        return size - before

    async def paces(self, size: int) -> Sequence[Pace]:
        """Return what is timed while the last URLs up to `size` come, and with all of them."""
        works = (lambda: self.grow(size), self._refused, self._worked)
        return [await self._timed(work) for work in works]

    async def _refused(self) -> int:
        for _ in range(_TIMED // _BATCH):
            numbers = self._random.sample(range(self._size), _BATCH)
            _insist(not await self._store.add(self._run_id, [_request(each) for each in numbers]))
        return _TIMED // _BATCH * _BATCH

    async def _worked(self) -> int:
        done = 0
        for host in self._random.sample(range(_HOSTS), min(_HOSTS, _TIMED // _WINDOW)):
            window = await self._store.window(self._run_id, f"http://h{host}.test", _WINDOW)
            await self._store.write(self._run_id, [_done(each) for each in window])
            done += len(window)
        return done

    async def _timed(self, work: Callable[[], Awaitable[int]]) -> Pace:
        before, begin = _processor(self._server), time.perf_counter()
        number = await work()
        seconds, used = time.perf_counter() - begin, _processor(self._server) - before
        return Pace(number / seconds, used / number * 1e6)


def _request(number: int) -> Request:
    host = f"http://h{number % _HOSTS}.test"
    url = f"{host}/documentation/of-some-part/page-{number}.html"
    return Request(url=url, url_id=url_id(url), host=host, depth=3, scope=Scope.FOLLOW)


def _done(request: Request) -> Page:
    fetch = Fetch(method="GET", started_at=time.time(), total_ms=100.0, status=200)
    return Page(request=request, done=True, fetch=fetch, judgement=Judgement(Verdict.OK))


def _insist(held: bool) -> None:  # noqa: FBT001 - it is what is insisted on
    if not held:
        raise SystemExit("bench: the store has other URLs than it was given")


def _processor(server: PostgresServer) -> float:
    """Return the processor time of all processes of the server, in seconds."""
    main = server.process
    return sum(_used(each) for each in (main, *_children(main)))


def _children(parent: int) -> Generator[int]:
    for each in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        yield int(each)


def _used(process: int) -> float:
    """Return what a process used, with its children that ended."""
    try:
        said = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, said[11:15])) / _TICKS
