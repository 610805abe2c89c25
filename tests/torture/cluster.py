"""Three workers on one run, killed, stopped, cut off; they must find what one process finds."""

import asyncio
import os
import random
import re
import signal
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from crawler.cli.status import Status
from crawler.engine.leading import founded
from crawler.engine.order import Order
from crawler.engine.progress import Progress
from crawler.engine.seeds import parse_seeds
from crawler.engine.stop import Stop
from crawler.location import Server
from crawler.settings import Settings
from crawler.store.leases import shard_of
from tests import command
from tests.night import Night
from tests.server import PostgresServer, query
from tests.torture.wire import Wire
from tests.torture.witness import Asked, Witness

URLS, HOSTS, WORKERS, TIMES = 20_000, 200, 3, 3
CONCURRENCY = 16
LEASE = 3.0
_BEGIN_AGAIN = (-signal.SIGKILL, Status.USAGE)
# The part of the requests by which all faults have been.
_UNTIL = 0.8
_PATIENCE = 900

# Who had which shard when, by the server's own clock.
_TURN = "CREATE TABLE turn (at DOUBLE PRECISION, shard INTEGER, name TEXT)"
_LOG = """
CREATE FUNCTION log_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO turn
    SELECT
        extract(epoch FROM clock_timestamp()), NEW.shard,
        (SELECT name FROM member WHERE id = NEW.owner);
    RETURN NULL;
END $$
"""

_TRIGGER = """
CREATE TRIGGER log_turn AFTER UPDATE OF owner ON shard FOR EACH ROW EXECUTE FUNCTION log_turn()
"""

_CLOSER = "SELECT name FROM shard JOIN member ON member.id = owner WHERE shard = 256"

PAGES = """
SELECT url, depth, scope, state, verdict, reason, final_url, content_type, title
FROM pages
"""
LINKS = """
SELECT source, target, fragment, verdict, reason, status, kind, text, line
FROM links
"""


async def cluster() -> str:
    """Let three workers have all that may befall them, three times; tell what it came to."""
    said = []
    with tempfile.TemporaryDirectory() as folder, PostgresServer.running() as server:
        async with Witness.serving(URLS, HOSTS) as witness:
            night = Night(Path(folder) / "alone.db")
            await night.crawl(witness.web.seeds, settings())
            asked = len(witness.requests)
            for number in range(TIMES):
                witness.requests.clear()
                trial = Trial(server, witness, Path(folder), random.Random(number))  # noqa: S311
                said.append(await asyncio.wait_for(trial.run(night, asked), _PATIENCE))
                print(f"  {said[-1]}", flush=True)
    return f"{URLS:,} URLs on {HOSTS} hosts by {WORKERS} workers, {TIMES} times the same as by one"


def settings(where: Server | None = None) -> Settings:
    """Return what both crawls are asked to do; deep enough that all pages are followed."""
    chosen = Settings(
        depth=20,
        delay=0,
        per_host=2,
        concurrency=CONCURRENCY,
        retries=1,
        backoff=0.1,
        second_look=0,
    )
    return chosen if where is None else replace(chosen, db=where.dsn)


@dataclass
class Worker:
    """A process that works on the run, started again when it is killed."""

    dsn: str
    run_id: int
    said: Path
    witness: Witness
    process: asyncio.subprocess.Process | None = None
    statuses: list[int] = field(default_factory=list)

    async def keep(self) -> None:
        while not self.statuses or self.statuses[-1] in _BEGIN_AGAIN:
            if self.statuses and self.statuses[-1] == Status.USAGE:  # the server is away
                await asyncio.sleep(0.2)
            with self.said.open("ab") as said:
                self.process = await asyncio.create_subprocess_exec(
                    *command._command(("work", "--run", str(self.run_id))),
                    cwd=self.said.parent,
                    env={**command._environment({"CRAWLER_DB": self.dsn})},
                    stdout=said,
                    stderr=said,
                )
            self.witness.processes.add(self.process.pid)
            self.statuses.append(await self.process.wait())
        assert self.statuses[-1] == 0, self.said.read_text()

    def send(self, number: int) -> None:
        assert self.process is not None
        with suppress(ProcessLookupError):
            self.process.send_signal(number)


class Trial:
    """One run by three workers, and what befalls them."""

    def __init__(
        self, server: PostgresServer, witness: Witness, folder: Path, chance: random.Random
    ) -> None:
        self.server = server
        self.witness = witness
        self.folder = folder
        self.chance = chance
        self.where = server.schema()
        self.workers: list[Worker] = []
        self.faults: list[tuple[float, str, int | None]] = []

    async def run(self, night: Night, asked: int) -> str:
        """Crawl with everything that may go wrong; return what that came to, which is right."""
        started = time.monotonic()
        order = Order(
            seeds=parse_seeds(self.witness.web.seeds),
            settings=settings(self.where),
            stop=Stop(),
            progress=Progress(),
        )
        joined, _ = await founded(order, self.where, LEASE)
        await self.ask("DELETE FROM member")
        await self.ask(_TURN)
        for statement in (_LOG, _TRIGGER):
            await self.ask(statement)
        async with Wire.to(self.server.port) as wire:
            self.wire = wire
            behind = self.where.dsn.replace(f":{self.server.port}/", f":{wire.port}/")
            dsns = [behind, *[self.where.dsn] * (WORKERS - 1)]
            self.workers = [
                Worker(dsn, joined.run_id, self.folder / f"said{number}", self.witness)
                for number, dsn in enumerate(dsns)
            ]
            for worker in self.workers:
                worker.said.write_text("")
            async with asyncio.TaskGroup() as group:
                for worker in self.workers:
                    group.create_task(worker.keep())
                group.create_task(self.befall(asked))
        return await self.judged(night, asked, time.monotonic() - started)

    async def befall(self, asked: int) -> None:
        """Have all faults, in any order, while the crawl goes on, and one when it is closed."""
        faults = [self.kill, self.kill, self.kill, self.stop, self.cut, self.crash]
        self.chance.shuffle(faults)
        faults.insert(self.chance.randrange(3), self.rival)  # while the run goes on for long yet
        for number, fault in enumerate(faults):
            await self.until(asked * _UNTIL * (number + self.chance.random()) / len(faults))
            await fault()
        closer = None
        while not closer:
            closer = await self.ask(_CLOSER)
        self.befell("kill of the closer")
        with suppress(ProcessLookupError):
            os.kill(int(closer[0][0].partition(":")[2]), signal.SIGKILL)

    async def kill(self) -> None:
        worker = self.chance.choice(self.workers)
        self.befell("kill", worker)
        worker.send(signal.SIGKILL)

    async def stop(self) -> None:
        worker = self.chance.choice(self.workers)
        self.befell("stop", worker)
        worker.send(signal.SIGSTOP)
        await asyncio.sleep(2 * LEASE)
        worker.send(signal.SIGCONT)

    async def cut(self) -> None:
        self.befell("cut", self.workers[0])
        self.wire.cut()
        await asyncio.sleep(2 * LEASE)
        self.wire.mend()

    async def crash(self) -> None:
        self.befell("crash of the server")
        await asyncio.to_thread(self.server.kill)

    async def rival(self) -> None:
        self.befell("rival")
        process = await asyncio.create_subprocess_exec(
            *command._command(tuple(self.witness.web.seeds)),
            cwd=self.folder,
            env=command._environment({"CRAWLER_DB": self.where.dsn}),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await process.communicate()
        assert process.returncode == 2, said
        assert b"at run 1 of these seeds" in said, said

    def befell(self, what: str, worker: Worker | None = None) -> None:
        process = None if worker is None else worker.process
        self.faults.append((time.time(), what, None if process is None else process.pid))

    async def until(self, requests: float) -> None:
        while len(self.witness.requests) < requests:  # noqa: ASYNC110 - it happens often
            await asyncio.sleep(0.01)

    async def ask(self, statement: str) -> list[tuple[Any, ...]]:
        return await asyncio.to_thread(query, self.where, statement)

    async def judged(self, night: Night, asked: int, seconds: float) -> str:
        assert await self.ask("SELECT state, reason FROM run") == [("finished", None)]
        for statement in (PAGES, LINKS):
            ours = sorted(map(repr, await self.ask(statement)))
            theirs = sorted(map(repr, night.rows(statement)))
            assert ours == theirs, set(ours) ^ set(theirs)
        await self.demand_one_owner()
        again = len(self.witness.requests) - asked
        said = "".join(worker.said.read_text() for worker in self.workers)
        lost = len(re.findall("another begins", said))
        kills = sum(worker.statuses.count(-signal.SIGKILL) for worker in self.workers)
        assert again <= CONCURRENCY * (kills + lost), (again, kills, lost)
        faults = ", ".join(what for _, what, _ in self.faults)
        return (
            f"{seconds:.0f} s, {faults}: the same pages, links and verdicts;"
            f" {kills} kills and {lost} lost leases cost {again} requests of {asked:,};"
            " no host was asked by two"
        )

    async def demand_one_owner(self) -> None:
        """Demand that a host was asked by whoever had its shard, and by one at a time."""
        turns: dict[int, list[tuple[float, str | None]]] = {}
        for at, shard, name in await self.ask("SELECT at, shard, name FROM turn ORDER BY at"):
            turns.setdefault(shard, []).append((at, name))
        latest: dict[str, Asked] = {}
        for asked in sorted(self.witness.requests, key=lambda each: each.at):
            if asked.process is None:  # it was killed before we could look
                continue
            own = turns[shard_of(asked.host)]
            told = (asked, [turn for turn in own if abs(turn[0] - asked.at) < 10], self.faults)
            owner = [name for at, name in own if at <= asked.at][-1:]
            assert owner, told
            assert owner[0] is not None, told
            assert owner[0].endswith(f":{asked.process}"), told
            before = latest.get(asked.host)
            if before is not None and before.until > asked.at:
                assert before.process == asked.process, (before, *told)
            if before is None or asked.until >= before.until:
                latest[asked.host] = asked
