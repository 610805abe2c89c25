"""Promises about what the links of a document ask for."""

import asyncio
from dataclasses import replace

import pytest

from crawler.document import Reading, Signs
from crawler.engine.discovery import Discovery
from crawler.engine.scope import Scoping
from crawler.model import Request, Scope
from crawler.settings import Settings
from crawler.urls import Target, url_id
from tests.stored import HOST, request

SEED = request(f"{HOST}/")


def discovery(**wanted: object) -> Discovery:
    settings = replace(Settings(), **wanted)  # type: ignore[arg-type]
    return Discovery(Scoping([f"{HOST}/"], settings))


def reading(*urls: str, named: tuple[str, ...] = ()) -> Reading:
    targets = {url_id(url): url for url in urls}
    return Reading(1, b"", Signs(), [], [], targets, [url_id(url) for url in named], [])


def target(url: str) -> Target:
    return Target(url_id(url), url, "")


async def test_what_others_meet_as_deeper_while_a_page_is_looked_through_is_late() -> None:
    near, deep = request(f"{HOST}/near", 1), request(f"{HOST}/deep", 5)
    links = discovery(depth="all")
    many = [f"{HOST}/{number}" for number in range(300)]

    _, brought = await asyncio.gather(
        links.of_document(reading(*many), near), links.of_document(reading(many[0]), deep)
    )

    assert [each.depth for each in brought] == [6]
    assert links.take_late() == [near.url_id]


async def test_a_target_lies_one_level_below_its_source() -> None:
    source = request(f"{HOST}/a", 1)

    (found,) = await discovery().of_document(reading(f"{HOST}/b"), source)

    assert found == request(f"{HOST}/b", 2)._replace(via_id=source.url_id)


@pytest.mark.parametrize(
    ("url", "depth", "scope", "method"),
    [
        pytest.param(f"{HOST}/a", 1, Scope.FOLLOW, "GET", id="a page"),
        pytest.param(f"{HOST}/a", 2, Scope.CHECK, "HEAD", id="a leaf"),
        pytest.param(f"{HOST}/named", 2, Scope.CHECK, "GET", id="a leaf with a fragment"),
        pytest.param("https://b.test/", 0, Scope.CHECK, "HEAD", id="elsewhere"),
        pytest.param("//[", 0, Scope.SKIP, "HEAD", id="invalid"),
    ],
)
async def test_only_what_must_be_read_is_asked_for_whole(
    url: str, depth: int, scope: Scope, method: str
) -> None:
    found = await discovery().of_document(
        reading(url, named=(f"{HOST}/named",)), request(f"{HOST}/x", depth)
    )

    assert [(each.scope, each.method) for each in found] == [(scope, method)]


async def test_what_was_met_before_is_not_asked_for_again() -> None:
    known = discovery()
    first = await known.of_document(reading(f"{HOST}/a", f"{HOST}/b"), SEED)

    second = await known.of_document(reading(f"{HOST}/b", f"{HOST}/c"), SEED)

    assert [each.url for each in first + second] == [f"{HOST}/{name}" for name in "abc"]


async def test_a_long_document_that_is_given_up_halfway_hides_nothing_from_the_next() -> None:
    known = discovery()
    urls = [f"{HOST}/{index}" for index in range(2500)]
    slow = asyncio.create_task(known.of_document(reading(*urls), SEED))
    await asyncio.sleep(0)

    quick = await known.of_document(reading(urls[0]), SEED)
    slow.cancel()
    await asyncio.gather(slow, return_exceptions=True)

    assert [each.url for each in quick] == [urls[0]]
    again = await known.of_document(reading(*urls), SEED)
    assert [each.url for each in again] == urls[1:]


async def test_a_redirect_leads_to_a_request_at_the_same_depth() -> None:
    source = request(f"{HOST}/a", 2)._replace(hops=3)

    hop = discovery().of_redirect(target(f"{HOST}/b"), source)

    assert (hop.depth, hop.hops, hop.via_id) == (2, 4, source.url_id)


async def test_a_seed_that_moves_takes_its_site_along_and_no_other_page_does() -> None:
    known = discovery()
    moved = "https://moved.test/"

    assert known.of_redirect(target(moved), request(f"{HOST}/a", 1)).scope is Scope.CHECK
    assert known.of_redirect(target(moved), SEED).scope is Scope.FOLLOW


async def test_the_sitemaps_of_a_seeds_host_are_followed_and_no_others() -> None:
    robots = request(f"{HOST}/robots.txt", 0, Scope.CHECK)._replace(robots_for=HOST)
    urls = [f"{HOST}/sitemap.xml", "https://cdn.test/sitemap.xml"]

    found: list[Request] = discovery().of_sitemaps(urls, robots)

    assert [(each.url, each.depth, each.scope) for each in found] == [
        (urls[0], 1, Scope.FOLLOW),
        (urls[1], 1, Scope.CHECK),
    ]
    assert discovery().of_sitemaps(urls, robots._replace(robots_for="https://cdn.test")) == []


async def test_a_trap_is_skipped_and_no_other_site_is_searched_for_one() -> None:
    trap = "/a" * 9
    found = await discovery().of_document(
        reading(f"{HOST}{trap}", f"https://b.test{trap}"), request(f"{HOST}/x", 1)
    )

    assert [(each.scope, each.reason) for each in found] == [
        (Scope.SKIP, "trap-path"),
        (Scope.CHECK, None),
    ]


def test_a_redirect_into_a_trap_is_not_followed() -> None:
    hop = discovery().of_redirect(target(f"{HOST}{'/a' * 9}"), request(f"{HOST}/x", 1))

    assert (hop.scope, hop.reason, hop.hops) == (Scope.SKIP, "trap-path", 1)
