"""Promises about the view of what is fixed: it names what was broken on the night before."""

import pytest

from crawler.location import Location
from crawler.model import Page, Verdict
from crawler.store.asking import query_of
from tests.nights import DOC, GONE, HOME, NIGHTS, SLOW, Nights, dead, failing, home
from tests.stored import HOST, fetch, leaf, link, page, redirect, rows

NEW = f"{HOST}/new"
WALL = leaf(SLOW, Verdict.BLOCKED, "401")
BARRED = leaf(SLOW, Verdict.SKIPPED, "robots")


@pytest.mark.parametrize("now", [[], [dead(SLOW)], [redirect(SLOW, NEW), page(NEW)], [BARRED]])
async def test_a_page_that_is_long_gone_is_not_named_when_its_links_would_be_well(
    nights: Nights, now: list[Page]
) -> None:
    there, goes = page(DOC, link(GONE)), page(SLOW, link(GONE))
    await nights.add(home(DOC, SLOW), there, goes, dead(GONE))
    for _ in range(2):
        await nights.add(home(DOC), there, *now, dead(GONE))

    await nights.add(home(DOC), there, *now, leaf(GONE))

    assert nights.select("source, how FROM fixed") == [(DOC, "mended")]


@pytest.mark.parametrize("now", [failing(SLOW), WALL])
async def test_a_page_that_fails_is_named_when_its_links_are_well(
    nights: Nights, now: Page
) -> None:
    await nights.add(home(SLOW), page(SLOW, link(GONE)), dead(GONE))
    await nights.add(home(SLOW), now, dead(GONE))

    await nights.add(home(SLOW, GONE), now, leaf(GONE))

    assert nights.select("source, how FROM fixed") == [(SLOW, "mended")]


async def test_a_page_that_comes_back_without_a_link_has_not_fixed_it(nights: Nights) -> None:
    await nights.add(home(SLOW, GONE), page(SLOW, link(GONE)), dead(GONE))
    await nights.add(home(GONE), dead(GONE))

    await nights.add(home(SLOW, GONE), page(SLOW), dead(GONE))

    assert nights.select("count(*) FROM fixed") == [(0,)]


async def test_what_was_not_met_as_another_page_failed_is_named_once_it_is_back(
    nights: Nights,
) -> None:
    deep = page(SLOW, link(GONE))
    await nights.add(home(DOC, GONE), page(DOC, link(SLOW)), deep, dead(GONE))
    await nights.add(home(DOC, GONE), failing(DOC), dead(GONE))

    await nights.add(home(DOC, GONE), page(DOC, link(SLOW)), deep, leaf(GONE))

    assert nights.select("source FROM fixed ORDER BY source") == [(HOME,), (SLOW,)]


async def test_a_link_of_another_kind_to_the_same_place_has_mended_nothing(nights: Nights) -> None:
    await nights.add(page(HOME, link(GONE, kind="img src")), dead(GONE))

    await nights.add(page(HOME, link(GONE, kind="source srcset")), dead(GONE))

    assert nights.select("is_new FROM broken") == [(False,)]
    assert nights.select("count(*) FROM fixed") == [(0,)]


async def test_a_place_that_a_page_links_to_in_two_ways_is_unlinked_once_neither_is_there(
    nights: Nights,
) -> None:
    image, poster = link(GONE, kind="img src"), link(GONE, kind="video poster")
    said = []
    for links in ([image, poster], [image], []):
        await nights.add(page(HOME, *links), dead(GONE))
        said.append(nights.select("kind, how FROM fixed"))

    assert said == [[], [], [("img src", "unlinked")]]


async def test_a_link_of_another_kind_is_mended_once_in_the_way_it_was(nights: Nights) -> None:
    await nights.add(page(HOME, link(GONE, kind="img src")), dead(GONE))

    both = [link(GONE, kind=kind) for kind in ("video poster", "source srcset")]
    await nights.add(page(HOME, *both), leaf(GONE))

    assert nights.select("kind, how FROM fixed") == [("img src", "mended")]


@pytest.mark.parametrize("then", [dead(GONE), leaf(GONE, Verdict.BLOCKED, "401")])
async def test_the_reason_is_that_of_its_time_whatever_became_of_the_place_since(
    nights: Nights, location: Location, then: Page
) -> None:
    other = leaf(GONE, Verdict.BROKEN, "410", attempt=fetch(410))
    linked, unlinked = page(DOC, link(GONE)), page(DOC)
    await nights.add(home(DOC, GONE), linked, dead(GONE))
    await nights.add(home(DOC, GONE), linked, then)
    run_id = await nights.add(home(DOC, GONE), unlinked, other)
    said = nights.select("source, reason FROM fixed")

    await nights.add(home(DOC, GONE), unlinked, failing(GONE))

    asked = query_of("fixed", "source, reason")
    assert said == [(DOC, "404")]
    assert rows(location, asked, {"run": run_id, "before": None}) == said


async def test_the_reason_is_the_one_that_the_night_before_gave(nights: Nights) -> None:
    asking = page(SLOW, link(DOC, "x"))
    await nights.add(home(SLOW, DOC), asking, page(DOC), fragments={"x": ""})
    await nights.add(home(SLOW, DOC), asking, leaf(DOC, Verdict.BROKEN, "redirect-loop"))

    await nights.add(home(SLOW, DOC), page(SLOW), page(DOC))

    assert nights.select("source, reason FROM fixed WHERE how = 'unlinked'") == [
        (SLOW, "redirect-loop")
    ]


async def test_what_is_well_again_is_mended_where_its_page_is_not_read(nights: Nights) -> None:
    await nights.add(home(DOC), page(DOC, link(GONE)), dead(GONE))

    await nights.add(home(DOC, GONE), failing(DOC), leaf(GONE))

    assert nights.select("source, how FROM fixed") == [(DOC, "mended")]


async def test_a_fragment_that_no_page_asks_for_tonight_is_not_fixed(nights: Nights) -> None:
    asking = page(HOME, link(GONE), link(SLOW))
    await nights.add(asking, page(SLOW, link(GONE, "part")), dead(GONE))

    await nights.add(asking, failing(SLOW), page(GONE))

    assert nights.select("source, fragment FROM fixed") == [(HOME, "")]


async def test_a_server_that_fails_has_not_mended_what_was_broken(nights: Nights) -> None:
    for told in (dead(GONE), failing(GONE), leaf(GONE, Verdict.BLOCKED, "403"), dead(GONE)):
        await nights.add(home(GONE), told)
        assert nights.select("count(*) FROM fixed") == [(0,)]

    assert nights.select("first_seen_at, nights FROM still_broken") == [(NIGHTS[0], 3)]
    await nights.add(home(GONE), leaf(GONE))
    assert nights.select("target, how, first_seen_at FROM fixed") == [(GONE, "mended", NIGHTS[0])]


async def test_what_no_night_has_visited_again_is_not_fixed(nights: Nights) -> None:
    await nights.add(home(DOC), page(DOC, link(GONE)), dead(GONE))

    await nights.add(home())

    assert nights.select("count(*) FROM fixed") == [(0,)]


@pytest.mark.parametrize("now", [dead(SLOW), failing(SLOW), None])
async def test_a_page_that_is_gone_mends_no_fragment_that_it_asked_for(
    nights: Nights, now: Page | None
) -> None:
    await nights.add(home(SLOW, DOC), page(SLOW, link(DOC, "x")), page(DOC), fragments={"x": "y"})

    for _ in range(2):
        await nights.add(home(SLOW, DOC), *([now] if now else []), page(DOC))

        assert nights.select("count(*) FROM fixed") == [(0,)]


@pytest.mark.parametrize("away", [failing(DOC), leaf(DOC, Verdict.BLOCKED, "401"), None])
async def test_only_links_that_a_night_told_as_broken_are_fixed(
    nights: Nights, away: Page | None
) -> None:
    sources = [home(SLOW, GONE), page(SLOW, link(DOC)), page(DOC, link(GONE))]
    await nights.add(*sources, leaf(GONE))
    await nights.add(*sources[:2], *([away] if away else []), dead(GONE))
    told = nights.select("source, target FROM broken")

    await nights.add(*sources, leaf(GONE))

    assert nights.select("source, target FROM fixed") == told == [(HOME, GONE)]


async def test_what_was_told_before_its_target_kept_us_out_is_fixed_once_it_is_well(
    nights: Nights,
) -> None:
    sources = [home(DOC, GONE), page(DOC, link(GONE))]
    await nights.add(sources[0], failing(DOC), dead(GONE))
    await nights.add(*sources, leaf(GONE, Verdict.BLOCKED, "401"))

    await nights.add(*sources, leaf(GONE))

    assert nights.select("source, target FROM fixed") == [(HOME, GONE)]


async def test_what_was_told_before_its_page_was_written_anew_is_fixed_once_it_is_well(
    nights: Nights,
) -> None:
    for date, seen in (("1", dead(GONE)), ("2", leaf(GONE, Verdict.BLOCKED, "403"))):
        await nights.add(home(DOC), page(DOC, link(GONE), anchors=[date]), seen)

    await nights.add(home(DOC), page(DOC, link(GONE), anchors=["3"]), leaf(GONE))

    assert nights.select("source, how FROM fixed") == [(DOC, "mended")]
