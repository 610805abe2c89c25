"""Promises about further attempts in a crawl, and about the pace at which hosts are asked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from tests.lateness import Lateness
from tests.night import SETTINGS, Night, Outcome
from tests.site import Site


async def test_an_attempt_says_what_it_took_to_find_its_host_and_to_be_connected(
    site: Site, night: Night
) -> None:
    site.links("/", site.external("/a"))
    site.page("/a")

    await night.crawl(site.url(), replace(SETTINGS, per_host=1))

    def timings(url: str) -> list[Any]:
        (found,) = night.rows(
            "SELECT dns_ms, connect_ms, ttfb_ms, total_ms FROM fetch JOIN url ON url.id = url_id"
            " WHERE url = ?",
            url,
        )
        return list(found)

    named, (looked_up, *others) = timings(site.external("/a")), timings(site.url("/robots.txt"))
    assert looked_up is None  # it is an address
    assert [sorted(named), sorted(others)] == [named, others]
    *connecting, answered, ended = timings(site.url())  # on the connection that was there
    assert connecting == [None, None]
    assert 0 < answered <= ended


def failing(site: Site, path: str, times: int, response: Callable[[], web.Response]) -> None:
    """Declare a page that answers so at first, then with 200."""

    async def answer(_: web.Request) -> web.Response:
        return response() if len(site.of(path)) <= times else web.Response(text="well")

    site.handler(path, answer)


@pytest.mark.slow
@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 504])
async def test_a_server_that_recovers_is_not_reported(
    site: Site, night: Night, status: int
) -> None:
    failing(site, "/a", 1, lambda: web.Response(status=status, headers={"Retry-After": "0"}))
    site.links("/", "/a")

    await night.crawl(site.url())

    assert night.attempts(site.url("/a")) == [("GET", status, None), ("GET", 200, None)]
    assert night.outcome(site.url("/a")).verdict == "ok"


async def test_a_host_that_fails_at_everything_is_not_asked_for_all_of_it_again_and_again(
    site: Site, night: Night
) -> None:
    number = 200
    site.links("/", *(site.external(f"/{each}") for each in range(number)))
    for each in range(number):
        site.page(f"/{each}", status=500)

    await night.crawl(site.url(), replace(SETTINGS, retries=2))

    first = 2 * number  # by HEAD, and by GET
    retries = sum(site.counts[f"/{each}"] for each in range(number)) - first
    assert 50 < retries <= 50 + (first + retries) // 5
    assert night.column("SELECT count(*) FROM pages WHERE verdict = 'transient'") == [number]


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(500, "transient"), (429, "blocked"), (401, "blocked"), (999, "blocked")],
)
async def test_what_lasts_is_recorded_and_does_not_count_as_broken(
    site: Site, night: Night, status: int, verdict: str
) -> None:
    site.page("/a", status=status)
    site.links("/", "/a")

    summary = await night.crawl(site.url(), replace(SETTINGS, retries=0))

    assert night.outcome(site.url("/a")) == Outcome(verdict, str(status))
    assert night.broken() == set()
    assert summary.totals.broken_links == 0


@pytest.mark.slow
async def test_another_attempt_waits_longer_each_time(
    site: Site, night: Night, lateness: Lateness
) -> None:
    site.page("/a", status=500)
    site.links("/", "/a")

    await night.crawl(site.url(), replace(SETTINGS, retries=2, backoff=0.1))

    first, second, third = (hit.at for hit in site.of("/a"))
    assert lateness.keep([first, second], 0.1, 0)
    assert lateness.keep([second, third], 0.2, 0)
    assert second - first < 0.3 + lateness.between(first, second)
    assert third - second < 0.5 + lateness.between(second, third)


@pytest.mark.slow
async def test_a_host_that_is_waited_for_holds_up_no_other(site: Site, night: Night) -> None:
    site.links("/", site.external("/busy"), *(f"/{n}" for n in range(9)))
    failing(site, "/busy", 1, lambda: web.Response(status=503, headers={"Retry-After": "1"}))

    await night.crawl(site.url(), replace(SETTINGS, workers=1))

    last = max(hit.at for hit in site.hits if hit.path != "/busy")
    assert last < site.of("/busy")[-1].at - 0.5


@pytest.mark.slow
async def test_a_host_is_asked_no_sooner_than_it_wants(site: Site, night: Night) -> None:
    def busy() -> web.Response:
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
        return web.Response(status=503, headers={"Retry-After": date})

    failing(site, "/a", 1, busy)
    site.links("/", "/a")

    await night.crawl(site.url())

    first, second = (hit.at for hit in site.of("/a"))
    assert 0.95 <= second - first < 2.5


@pytest.mark.slow
async def test_a_host_that_asks_for_less_is_slowed_down(
    site: Site, night: Night, lateness: Lateness
) -> None:
    failing(site, "/0", 1, lambda: web.Response(status=429))
    site.links("/", *(f"/{n}" for n in range(4)))

    await night.crawl(site.url(), replace(SETTINGS, per_host=1, depth=0))

    times = [hit.at for hit in site.hits]
    refused = times[[hit.path for hit in site.hits].index("/0") + 1 :]
    assert lateness.keep([site.of("/0")[0].at, refused[0]], 0.49, 0)
    assert lateness.keep(refused[:3], 0.005, 0)


async def test_a_host_that_refuses_five_connections_is_left(site: Site, night: Night) -> None:
    nobody = f"http://127.0.0.1:{unused_port()}"
    site.links("/", *(f"{nobody}/{n}" for n in range(40)))

    await night.crawl(site.url(), replace(SETTINGS, retries=2, per_host=1))

    assert night.rows("SELECT count(*), max(error) FROM fetch WHERE error IS NOT NULL") == [
        (5, "connect")
    ]
    assert night.rows(
        "SELECT verdict, reason, count(*) FROM pages WHERE url LIKE ? GROUP BY 1, 2", f"{nobody}/%"
    ) == [("transient", "connect", 40)]
