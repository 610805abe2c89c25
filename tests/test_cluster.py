"""Promises about many workers on one run: together they find what one alone would."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.engine.leading import lead
from crawler.engine.membership import work
from crawler.engine.order import Order
from crawler.engine.progress import Progress
from crawler.engine.seeds import parse_seeds
from crawler.engine.stop import Stop
from crawler.engine.summary import Summary
from crawler.errors import StoreError, UsageError
from crawler.location import Server
from crawler.settings import Settings
from crawler.store.engines import opened
from crawler.store.truce import while_forgetting
from tests import command
from tests.generated import generate
from tests.network import Network
from tests.night import SETTINGS, Night
from tests.server import PostgresServer, query
from tests.site import Site

pytestmark = pytest.mark.slow

# Seconds: a lease that tests can wait for, and one that is never over on a busy machine either.
LEASE, LONG = 1.0, 60.0
DEEP = replace(SETTINGS, depth=6)

PAGES = """
SELECT url, depth, scope, state, verdict, reason, final_url, content_type, title
FROM pages
ORDER BY url
"""
LINKS = """
SELECT source, target, fragment, verdict, reason, status, kind, text, line
FROM links
ORDER BY source, target, fragment, kind, line
"""


@pytest.fixture
def where(server: PostgresServer) -> Server:
    return server.schema()


class Leader:
    """Who begins the run; others may join while it goes on."""

    def __init__(
        self, where: Server, seeds: str | Sequence[str], settings: Settings, lease: float = LEASE
    ) -> None:
        self.where = where
        self.stop = Stop()
        self.progress = Progress()
        order = Order(
            seeds=parse_seeds([seeds] if isinstance(seeds, str) else seeds),
            settings=replace(settings, db=where.dsn),
            stop=self.stop,
            progress=self.progress,
        )
        self.task = asyncio.create_task(lead(order, where, lease))

    async def begun(self) -> int:
        """Wait until the run has begun; return its id."""
        while self.progress.run_id is None and not self.task.done():  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        return self.progress.run_id or 0

    async def joined(self, stop: Stop | None = None) -> asyncio.Task[Summary | None]:
        return asyncio.create_task(work(self.where, await self.begun(), stop))


def same(where: Server, night: Night) -> bool:
    """Return whether both found the same pages, links and verdicts."""
    return all(
        sorted(map(repr, query(where, statement))) == sorted(map(repr, night.rows(statement)))
        for statement in (PAGES, LINKS)
    )


def declare(site: Site, seed: int = 1, number: int = 30) -> None:
    generate(site, seed, number, site.external("/elsewhere/"))


async def alone(site: Site, night: Night, settings: Settings = DEEP) -> int:
    """Crawl alone; return how much was asked."""
    await night.crawl([site.url(), site.external("/20")], settings)
    asked = len(site.hits)
    site.hits.clear()
    return asked


def seeds(site: Site) -> list[str]:
    return [site.url(), site.external("/20")]


async def test_many_workers_find_what_one_does_and_ask_for_it_once(
    site: Site, night: Night, where: Server
) -> None:
    declare(site)
    asked = await alone(site, night)

    leader = Leader(where, seeds(site), DEEP, LONG)
    others = [await leader.joined(), await leader.joined()]

    summaries = [await leader.task, *await asyncio.gather(*others)]
    assert [each and each.state for each in summaries] == ["finished"] * 3
    assert len({str(each and each.totals) for each in summaries}) == 1
    assert same(where, night)
    assert len(site.hits) == asked
    assert query(where, "SELECT count(*) FROM member") == [(0,)]


async def test_a_worker_that_is_stopped_leaves_its_hosts_to_the_others(
    site: Site, night: Night, where: Server
) -> None:
    declare(site)
    await alone(site, night)
    stop = Stop()

    leader = Leader(where, seeds(site), replace(DEEP, per_host=1))
    leaving = await leader.joined(stop)
    await site.asked_in_all(20)
    stop.ask("SIGTERM")

    assert await leaving is None
    assert (await leader.task).state == "finished"
    assert same(where, night)


async def test_a_run_that_all_have_left_is_interrupted_and_can_be_continued(
    site: Site, night: Night, where: Server
) -> None:
    declare(site)
    await alone(site, night)

    leader = Leader(where, seeds(site), replace(DEEP, per_host=1))
    await site.asked_in_all(20)
    leader.stop.ask("SIGINT")
    summary = await leader.task
    assert (summary.state, summary.reason) == ("interrupted", "SIGINT")
    leader = Leader(where, seeds(site), replace(DEEP, resume=True))

    assert (await leader.task).run_id == summary.run_id
    assert same(where, night)


async def test_a_run_goes_on_when_who_began_it_leaves(
    site: Site, night: Night, where: Server
) -> None:
    declare(site)
    await alone(site, night)

    leader = Leader(where, seeds(site), replace(DEEP, per_host=1))
    other = await leader.joined()
    await site.asked_in_all(20)
    leader.stop.ask("SIGINT")

    assert (await leader.task).state == "interrupted"
    summary = await other
    assert summary is not None
    assert summary.state == "finished"
    assert same(where, night)


async def test_a_worker_whose_lease_is_over_begins_anew_and_loses_nothing(
    site: Site, night: Night, where: Server
) -> None:
    declare(site)
    asked = await alone(site, night)

    leader = Leader(where, seeds(site), replace(DEEP, per_host=1))
    for times in (5, 20, 40):
        await site.asked_in_all(times)
        await asyncio.to_thread(query, where, "DELETE FROM member")

    assert (await leader.task).state == "finished"
    assert same(where, night)
    assert len(site.hits) <= asked + 3 * DEEP.concurrency


async def test_a_lease_outlasts_somebody_who_forgets_for_long(
    site: Site, night: Night, where: Server
) -> None:
    declare(site)
    asked = await alone(site, night)

    leader = Leader(where, seeds(site), replace(DEEP, per_host=1))
    await site.asked_in_all(5)
    async with opened(where) as (database, _):

        async def work() -> None:
            await while_forgetting(database)
            await asyncio.sleep(3 * LEASE)

        await database.transact(work)

    assert (await leader.task).state == "finished"
    assert same(where, night)
    assert len(site.hits) == asked


async def test_a_server_that_stays_away_is_given_up(
    site: Site, where: Server, server: PostgresServer
) -> None:
    site.gate.clear()

    async with Network.to(where, server.port) as (network, behind):
        order = Order(
            seeds=parse_seeds([site.url()]),
            settings=replace(SETTINGS, db=behind.dsn, grace=0.1),
            stop=Stop(),
            progress=Progress(),
            patience=0.1,
        )
        leading = asyncio.create_task(lead(order, behind, lease=0.5))
        await site.asked_in_all(1)
        await network.cut()

        with pytest.raises(StoreError, match=r"cannot be opened: .+; it is given up"):
            await leading

    site.gate.set()


async def test_all_workers_keep_to_one_deadline(site: Site, where: Server) -> None:
    site.links("/", *(f"/{n}" for n in range(200)))
    settings = replace(SETTINGS, deadline=timedelta(seconds=1), delay=0.2, grace=0.1)

    leader = Leader(where, site.url(), settings)
    other = await leader.joined()

    for summary in (await leader.task, await other):
        assert summary is not None
        assert (summary.state, summary.reason) == ("incomplete", "deadline")
        assert summary.seconds < 4
    reasons = query(where, "SELECT DISTINCT reason FROM pages WHERE verdict = 'skipped'")
    assert reasons == [("deadline",)]


async def test_a_seed_that_moved_is_still_followed_by_who_has_the_host(
    site: Site, where: Server
) -> None:
    site.redirect("/", site.external("/a"))
    site.chain("/a", "/b", "/c", "/gone")

    leader = Leader(where, site.url(), replace(SETTINGS, depth=5, per_host=1))
    other = await leader.joined()
    await asyncio.gather(leader.task, other)

    assert query(where, "SELECT source, target FROM broken") == [
        (site.external("/c"), site.external("/gone"))
    ]


async def test_settings_with_secrets_are_not_for_others(site: Site, where: Server) -> None:
    site.gate.clear()
    leader = Leader(where, site.url(), replace(SETTINGS, max_pages=5))

    with pytest.raises(UsageError, match=r"run 1 has max-pages, which only one worker can keep to"):
        await (await leader.joined())

    site.gate.set()
    await leader.task


# The command


async def crawler(where: Server, cwd: Path, *arguments: str) -> tuple[int, str]:
    """Run the command; return its status and what it said."""
    process = await asyncio.create_subprocess_exec(
        *command._command(arguments),
        cwd=cwd,
        env=command._environment({"CRAWLER_DB": where.dsn}),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_the_command_shares_a_run_among_processes(
    site: Site, night: Night, where: Server, tmp_path: Path
) -> None:
    declare(site)
    await alone(site, night)
    options = ("--depth", "6", "--retries", "1", "--backoff", "0", "--delay", "0.01")

    status, said = await crawler(
        where, tmp_path, *seeds(site), *options, "--second-look", "0", "--workers-here", "2"
    )

    assert status == 1, said
    assert same(where, night)
    assert "a worker ended" not in said


@pytest.mark.parametrize("manner", ["--quiet", "--log-format=json"])
async def test_workers_here_say_what_they_say_as_who_began_them(
    site: Site, where: Server, tmp_path: Path, manner: str
) -> None:
    site.page("/", "<p>home")
    seed = (site.url(), "--workers-here", "2", "--progress", "none", "--output", "report")

    status, said = await crawler(where, tmp_path, *seed, manner)

    told = [json.loads(line)["message"] for line in said.splitlines()]
    assert (status, bool(told)) == (0, manner != "--quiet"), said


async def test_who_comes_when_the_run_is_over_has_nothing_to_do(
    site: Site, where: Server, tmp_path: Path
) -> None:
    site.page("/")
    leader = Leader(where, site.url(), DEEP)
    await leader.task

    status, said = await crawler(where, tmp_path, "work", "--run", str(await leader.begun()))

    assert (status, said) == (0, "crawler: run 1 is over: it is finished\n")


@pytest.mark.parametrize(
    ("database", "complaint"),
    [
        ("data/crawl.db", "data/crawl.db: to share a run takes a server: --db postgresql://..."),
        ("postgresql://127.0.0.1:1/x", "postgresql://127.0.0.1:1/x: cannot be opened"),
        (None, "there is no database of the crawler"),
    ],
)
async def test_work_that_cannot_be_begun_says_why(
    where: Server, tmp_path: Path, database: str | None, complaint: str
) -> None:
    status, said = await crawler(Server(database or where.dsn), tmp_path, "work", "--run", "1")

    assert status == 2
    assert complaint in said
    assert len(said.splitlines()) == 1
