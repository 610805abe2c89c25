"""Nobody is hurt: what the servers' own logs say of a crawl with the pace that users have."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from crawler.engine import throttle
from crawler.engine.hosts import HostClock, Politeness
from crawler.engine.stop import Stop
from crawler.model import Answer
from crawler.settings import Settings
from tests.lateness import Lateness
from tests.night import SETTINGS, Night, Outcome
from tests.site import Hit, Site
from tests.stored import fetch

FAST = 8
PERMITS, DELAY = 2, 0.25
# For so many seconds from its first request on is the busy server busy.
BUSY = 0.6
# What lies between the moment at which a request is sent and the one at which a server notes it.
SLACK = 0.1


@dataclass(frozen=True, slots=True)
class World:
    """Servers, each a host of its own, and the port of one that is not there."""

    home: Site
    slow: Site
    asking: Site
    busy: Site
    fast: list[Site]
    dead: int


@pytest.fixture
async def world() -> AsyncGenerator[World]:
    async with AsyncExitStack() as stack:
        sites = [await stack.enter_async_context(Site.serve()) for _ in range(4 + FAST)]
        home, slow, asking, busy, *fast = sites
        yield World(home, slow, asking, busy, fast, unused_port())


def declare(world: World) -> None:
    """Let one server be slow, one want its time, one be busy at first; the seed links to all."""

    async def slowly(_: web.Request) -> web.Response:
        await asyncio.sleep(1)
        return web.Response()

    async def busily(request: web.Request) -> web.Response:
        if requests_while_busy(world.busy) == len(world.busy.hits):
            return web.Response(status=429, headers={"Retry-After": "1"})
        return web.Response(text=request.path)

    world.slow.otherwise, world.busy.otherwise = slowly, busily
    world.asking.robots("User-agent: *\nCrawl-delay: 0.6")
    world.asking.links("/", *(f"/{n}" for n in range(20)))
    world.home.links(
        "/",
        *(world.slow.url(f"/{n}") for n in range(400)),
        *(site.url(f"/{n}") for n in range(40 // FAST) for site in world.fast),
        *(world.busy.url(f"/{n}") for n in range(5)),
        *(f"http://127.0.0.1:{world.dead}/{n}" for n in range(20)),
        *(f"/{n}" for n in range(100)),
    )
    for n in range(100):
        world.home.page(f"/{n}", "<p>here")


def requests_while_busy(site: Site) -> int:
    """Return how many came then: one, or two where the machine stood still before the answer."""
    return sum(hit.at - site.hits[0].at < BUSY for hit in site.hits)


async def all_but_the_slow(world: World) -> None:
    """Wait until the others were asked for all that they have, or for enough to tell their pace."""
    for site, number in (*((site, 40 // FAST) for site in world.fast), (world.home, 100)):
        for n in range(number):
            await site.asked(f"/{n}")
    await world.busy.asked_in_all(4)
    await world.asking.asked_in_all(4)


@pytest.mark.slow
async def test_nobody_is_hurt_and_nobody_waits_for_another(
    world: World, night: Night, lateness: Lateness
) -> None:
    def keeps(hits: Sequence[Hit], delay: float) -> bool:
        return lateness.keep([hit.at for hit in hits], delay, SLACK)

    declare(world)
    seeds, stop = [world.home.url(), world.asking.url()], Stop()

    settings = Settings(grace=0, retries=1, backoff=0.1)
    running = asyncio.create_task(night.crawl(seeds, settings, stop=stop))
    await all_but_the_slow(world)
    stop.ask("enough")
    summary = await running

    assert summary.reason == "enough", "the slow host was not slow"
    # Never more at once than permitted, never sooner than the delay.
    for site in (world.slow, world.busy, *world.fast):
        assert site.most_in_flight <= PERMITS
        assert keeps(site.hits, DELAY)
    assert world.home.most_in_flight <= 8
    # What a host asks for is kept: `Crawl-delay`, `Retry-After`.
    assert keeps(world.asking.hits, 0.6)
    refused = requests_while_busy(world.busy)
    assert refused <= PERMITS
    assert keeps(world.busy.hits[refused - 1 : refused + 1], 1)
    # Four hundred links to a slow host held up nobody: it was still at them when all else was done.
    assert len(world.slow.hits) < 40
    assert [len(site.counts) for site in world.fast] == [40 // FAST] * FAST
    assert set(world.home.counts.values()) == {1}
    # A dead host is left after five failures, but for what was on its way.
    failed = night.column("SELECT count(*) FROM fetch WHERE error = 'connect'")
    assert 5 <= failed[0] < 5 + PERMITS


async def test_a_host_that_a_seed_moves_to_is_asked_at_the_pace_of_a_seeds_own(
    site: Site, night: Night
) -> None:
    """Its robots.txt is known before: that of the seed's host moves there too."""

    async def moved(request: web.Request) -> web.Response:
        return web.Response(status=301, headers={"Location": site.url(request.path)})

    site.robots("User-agent: *\nDisallow:")
    site.links("/", *(f"/{number}" for number in range(40)))
    async with Site.serve() as old:
        old.otherwise = moved
        summary = await night.crawl(old.url(), Settings(external="skip", second_look=0))

    assert night.column("SELECT count(*) FROM fetch WHERE status = 404") == [40]
    assert summary.seconds < 40 * DELAY / PERMITS


@pytest.mark.parametrize("status", [429, 503])
def test_each_429_halves_the_pace_and_each_success_brings_some_of_it_back(status: int) -> None:
    clock = HostClock(Politeness(permits=2, delay=1.0))
    paces = []

    for now, said in enumerate((status, status, status, 200, 200, 200, 200)):
        clock.answered(Answer(fetch(said)), 60.0 * now, 0.0)
        paces.append(clock.delay)

    assert paces == [2.0, 4.0, 8.0, 4.0, 2.0, 1.0, 1.0]


@pytest.mark.slow
async def test_a_host_that_nothing_is_heard_of_costs_a_few_requests_not_the_night(
    site: Site, night: Night
) -> None:
    links = [site.external(f"/{n}") for n in range(60)]
    site.links("/", *links, "/well")
    site.page("/well", "<p>here")

    async def never(request: web.Request) -> web.Response:
        if request.host.startswith("localhost"):
            await asyncio.sleep(60)
        raise web.HTTPNotFound

    site.otherwise = never
    settings = replace(SETTINGS, timeout=0.5, second_look=0.1)

    await night.crawl(site.url(), settings)

    assert {night.outcome(url) for url in links} == {Outcome("transient", "timeout")}
    assert night.outcome(site.url("/well")) == Outcome("ok", None)
    silent = [hit for hit in site.hits if hit.host.startswith("localhost")]
    assert 5 <= len(silent) <= 40


@pytest.mark.slow
@pytest.mark.parametrize(("status", "verdict"), [(429, "blocked"), (503, "transient")])
async def test_a_host_that_stays_busy_is_left_alone_until_the_next_night(
    site: Site, night: Night, monkeypatch: pytest.MonkeyPatch, status: int, verdict: str
) -> None:
    monkeypatch.setattr(throttle, "_LONGEST_DELAY", 0.05)
    monkeypatch.setattr(throttle, "_FIRST_DELAY", 0.01)
    links = [site.external(f"/{n}") for n in range(60)]
    site.links("/", *links)
    for n in range(60):
        site.page(f"/{n}", status=status)

    await night.crawl(site.url(), replace(SETTINGS, second_look=0.1))

    assert {night.outcome(url) for url in links} == {Outcome(verdict, str(status))}
    assert len([hit for hit in site.hits if hit.host.startswith("localhost")]) <= 12


@pytest.mark.slow
async def test_a_night_on_which_the_site_itself_falls_silent_is_doubted(
    site: Site, night: Night
) -> None:
    site.robots("")
    site.links("/", *(f"/{n}" for n in range(60)))

    async def never(_: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    site.otherwise = never

    summary = await night.crawl(site.url(), replace(SETTINGS, timeout=0.5, depth=2))

    (doubt,) = summary.doubts
    assert doubt.startswith(f"{site.url().rstrip('/')} was given up, and ")
    assert doubt.endswith(" of its pages were not asked for")
