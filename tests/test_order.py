"""Promises that what a run finds does not depend on which answer comes first."""

import asyncio
import random
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from tests.night import SETTINGS, Night
from tests.site import Site

PAGES = 14
TURNS = replace(SETTINGS, robots="ignore", max_redirects=2)


def late_redirect(site: Site, path: str, to: str, after: str) -> None:
    """Declare a redirect that is answered once `after` has been asked for."""

    async def answer(_: web.Request) -> web.Response:
        await asyncio.wait_for(site.asked(after), 30)
        return web.Response(status=302, headers={"Location": to})

    site.handler(path, answer)


async def test_a_leaf_that_a_late_redirect_shows_to_be_nearer_is_followed_after_all(
    site: Site, night: Night
) -> None:
    site.links("/", site.external("/r"), "/a")
    site.links("/a", "/deep")
    site.links("/deep", "/gone")
    late_redirect(site, "/r", site.url("/deep"), after="/deep")

    await night.crawl(site.url(), replace(SETTINGS, depth=1))

    assert night.broken() == {(site.url("/deep"), site.url("/gone"), "", "404")}
    assert site.methods("/deep") == ["HEAD", "GET"]
    assert night.depths()[site.url("/deep")] == 1


async def test_what_a_nearer_page_links_to_is_nearer_too(site: Site, night: Night) -> None:
    site.links("/", site.external("/r"), "/a")
    site.chain("/a", "/b", "/deep", "/c", "/d", "/gone")
    late_redirect(site, "/r", site.url("/deep"), after="/c")

    await night.crawl(site.url(), replace(SETTINGS, depth=3))

    assert night.broken() == {(site.url("/d"), site.url("/gone"), "", "404")}
    assert [night.depths()[site.url(path)] for path in ("/deep", "/c", "/d", "/gone")] == [
        *(1, 2, 3, 4)
    ]


async def test_pages_of_a_host_that_a_seed_moves_to_late_are_followed_after_all(
    site: Site, night: Night
) -> None:
    site.links("/", site.external("/page"))
    site.links("/page", "/next")
    site.links("/next", "/gone")
    late_redirect(site, "/moved", site.external("/home"), after="/page")
    site.page("/home")

    seeds = [site.url(), site.url("/moved")]
    await night.crawl(seeds, replace(SETTINGS, external="check"))

    assert night.broken() == {(site.external("/next"), site.external("/gone"), "", "404")}


async def test_the_longest_chain_is_counted_from_where_a_link_leads_into_it(
    site: Site, night: Night
) -> None:
    site.links("/", "/0", "/a")
    for n in range(4):
        site.redirect(f"/{n}", f"/{n + 1}")
    site.page("/4", "end")
    site.links("/a", "/2")

    await night.crawl(site.url(), replace(SETTINGS, max_redirects=2))

    assert night.outcome(site.url("/2")) == ("ok", None)
    assert night.broken() == {(site.url(), site.url("/0"), "", "too-many-redirects")}


async def test_a_long_chain_is_no_loop(site: Site, night: Night) -> None:
    site.links("/", "/0")
    for n in range(45):
        site.redirect(f"/{n}", f"/{n + 1}")
    site.page("/45")

    await night.crawl(site.url(), replace(SETTINGS, max_redirects=50))

    assert night.broken() == set()


def generate(site: Site, chance: random.Random) -> None:
    """Declare a random site of two hosts, full of redirects to and fro, with a dead link or two."""
    paths = [f"/{n}" for n in range(PAGES)]
    urls = [site.url(path) for path in paths] + [site.external(path) for path in paths]
    for path in paths[1:]:
        if chance.random() < 0.5:
            site.redirect(path, chance.choice(urls))
        else:
            site.links(path, *chance.sample(urls, 3), f"{chance.choice(paths)}#x")
    site.links("/", *chance.sample(urls, 6))


def what_was_found(night: Night) -> set[tuple[object, ...]]:
    """Return pages, links and verdicts: all that must not depend on chance."""
    return {
        *night.rows("SELECT url, depth, scope, state, verdict, reason, final_url FROM pages"),
        *night.rows("SELECT source, target, fragment, verdict, reason FROM links"),
    }


# Each of these found something else in other orders once.
@pytest.mark.slow
@pytest.mark.parametrize("number", [6, 25, 38, 67, 83, 107])
async def test_in_whatever_order_answers_come_the_same_is_found(
    site: Site, tmp_path: Path, number: int
) -> None:
    chance = random.Random(number)  # noqa: S311 - the same site each time
    generate(site, chance)
    seeds = [site.url(), site.external("/1")][: chance.randint(1, 2)]
    settings = replace(TURNS, depth=chance.choice([1, 2, 3]))
    found = []

    for turn in range(3):
        night = Night(tmp_path / f"{turn}.db")
        await night.crawl(seeds, settings)
        found.append(what_was_found(night))
        site.pause = lambda: 0.03 * chance.random() ** 4

    assert len(found[0]) > 10
    assert [sorted(each ^ found[0], key=repr) for each in found[1:]] == [[], []]
