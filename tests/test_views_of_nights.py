"""Promises about the views of what is broken, on small databases: since when, and what is new."""

from typing import Any

import pytest

from crawler.document import Reading, Signs
from crawler.location import Location
from crawler.model import Ending, Verdict
from crawler.store.asking import query_of
from crawler.store.ledger import Ledger
from crawler.urls import url_id
from tests.nights import DOC, GONE, HOME, NIGHTS, SLOW, Nights, dead, failing, home
from tests.stored import HOST, NOW, begun, change, leaf, link, page, redirect, rows


async def test_broken_says_since_when_without_a_break(nights: Nights) -> None:
    for doc_is_dead in (True, False, True):
        await nights.add(home(GONE, DOC), dead(GONE), dead(DOC) if doc_is_dead else page(DOC))

    assert nights.select("target, first_seen_at, nights FROM broken") == [
        (DOC, NIGHTS[2], 1),
        (GONE, NIGHTS[0], 3),
    ]


async def test_a_style_sheet_with_a_new_name_brings_nothing_old_as_new(nights: Nights) -> None:
    for build in ("one", "two"):
        sheet = f"{HOST}/{build}.css"
        broken = [link(GONE, kind="css url"), *([link(DOC, kind="css url")] * (build == "two"))]
        await nights.add(page(HOME, link(sheet)), page(sheet, *broken), dead(GONE), dead(DOC))

    assert nights.select("target, is_new FROM broken") == [(DOC, False), (GONE, False)]
    await nights.add(home(SLOW), dead(SLOW))
    assert nights.select("target, is_new FROM broken") == [(SLOW, True)]


async def test_a_missing_fragment_is_counted_in_nights_too(nights: Nights) -> None:
    links = page(HOME, link(DOC, "x"), link(DOC, "y"))
    await nights.add(links, page(DOC), fragments={"x": "z"})
    await nights.add(links, page(DOC), fragments={"x": "z", "y": "z"})

    assert nights.select("fragment, first_seen_at, nights FROM broken") == [
        ("x", NIGHTS[0], 2),
        ("y", NIGHTS[1], 1),
    ]


async def test_a_fragment_stays_ill_while_its_page_is(nights: Nights) -> None:
    links, missing = page(HOME, link(DOC, "x")), {"x": "z"}
    told = ((page(DOC), missing), (failing(DOC), None), (dead(DOC), None), (page(DOC), missing))
    said = []
    for doc, fragments in told:
        await nights.add(links, doc, fragments=fragments)
        said.append(nights.select("reason, first_seen_at, nights, is_new FROM broken"))

    assert said == [
        [("fragment", NIGHTS[0], 1, True)],
        [],
        [("404", NIGHTS[0], 3, False)],
        [("fragment", NIGHTS[0], 4, False)],
    ]
    await nights.add(links, page(DOC))
    assert nights.select("how, reason FROM fixed") == [("mended", "fragment")]


async def test_what_is_said_of_a_night_stays_so_whatever_follows_or_is_forgotten(
    nights: Nights, location: Location
) -> None:
    links = page(HOME, link(DOC, "x"), link(SLOW), link(GONE))
    flap = f"{HOST}/flap"
    wall = leaf(GONE, Verdict.BLOCKED, "403")
    told = [
        (page(DOC), {"x": ""}, dead(GONE), dead(flap)),
        (dead(DOC), {}, wall, leaf(flap)),
        (failing(DOC), {}, failing(GONE), dead(flap)),
        (page(DOC), {"x": ""}, dead(GONE), leaf(flap)),
        (page(DOC), {}, leaf(GONE), leaf(flap)),
    ]

    said = []
    for doc, fragments, *others in told:
        run_id = await nights.add(links, doc, failing(SLOW), *others, fragments=fragments)
        said.append(figures(location, run_id))

    assert [figures(location, run_id) for run_id in range(1, 6)] == said
    change(location, "DELETE FROM run WHERE id < 3")
    assert figures(location, 3) == said[2]


def figures(location: Location, run_id: int) -> list[tuple[Any, ...]]:
    """Return what is broken or fails in a run, since when and on how many nights, or is flaky."""
    queries = [
        query_of("broken", "target, fragment, first_seen_at, nights", "ORDER BY target"),
        query_of("failing", "url, '', first_seen_at, nights"),
        query_of("flaky", "url, changes, changed_id"),
    ]
    values = {"run": run_id, "before": None}
    return [row for query in queries for row in rows(location, query, values)]


@pytest.mark.parametrize("how", [{"state": "interrupted"}, {"doubts": ("the seed is broken",)}])
async def test_a_night_that_was_cut_short_or_is_doubted_does_not_count(
    nights: Nights, how: dict[str, Any]
) -> None:
    await nights.add(home(GONE), dead(GONE))
    await nights.add(home(GONE), leaf(GONE), dead(DOC), **how)
    assert nights.select("count(*) FROM fixed") == [(0,)]
    await nights.add(home(GONE), dead(GONE))

    assert nights.select("first_seen_at, nights FROM broken") == [(NIGHTS[0], 2)]
    assert nights.select("count(*) FROM still_broken") == [(1,)]
    assert nights.select("count(*) FROM new_broken") == [(0,)]


async def test_what_is_broken_on_a_doubted_night_alone_is_so_for_one(nights: Nights) -> None:
    await nights.add(home(), doubts=("the seed is broken",))
    await nights.add(home(GONE), dead(GONE), doubts=("the seed is broken",))

    assert nights.select("first_seen_at, nights FROM broken") == [(NIGHTS[1], 1)]


async def test_what_was_broken_before_stays_so_on_a_night_that_is_doubted(nights: Nights) -> None:
    for _ in range(3):
        await nights.add(home(SLOW), failing(SLOW))

    await nights.add(home(SLOW), failing(SLOW), doubts=("the seed is broken",))

    assert nights.select("target, nights FROM still_broken") == [(SLOW, 3)]
    assert nights.select("count(*) FROM failing") == [(0,)]


async def test_a_redirect_to_what_is_known_as_broken_is_broken(nights: Nights) -> None:
    for _ in range(3):
        await nights.add(home(SLOW), failing(SLOW))

    said = []
    for _ in range(2):
        await nights.add(home(SLOW, GONE), failing(SLOW), redirect(GONE, SLOW))
        said.append(nights.select("target, is_new FROM broken ORDER BY target"))

    assert said == [[(GONE, True), (SLOW, False)], [(GONE, False), (SLOW, False)]]


async def test_a_page_that_is_only_looked_at_is_not_read_for_its_links(nights: Nights) -> None:
    """Further from the seeds than `--depth` it is asked for its anchors alone."""
    reading = Reading(7, b"digest", Signs("title"), [], [], {}, [], [])
    looked_at = leaf(DOC)._replace(reading=reading)
    followed = page(DOC, link(GONE))

    said = []
    for told in (followed, looked_at, followed):
        await nights.add(home(DOC), told, dead(GONE))
        said += nights.select("(SELECT count(*) FROM fixed), (SELECT count(*) FROM new_broken)")

    assert said == [(0, 1), (0, 0), (0, 0)]


async def test_nights_with_other_seeds_do_not_count(nights: Nights) -> None:
    await nights.add(home(GONE), dead(GONE), series="other")

    await nights.add(home(GONE), dead(GONE))

    assert nights.select("first_seen_at, nights FROM broken") == [(NIGHTS[1], 1)]
    assert nights.select("target FROM new_broken") == [(GONE,)]


async def test_what_fails_on_three_nights_and_for_two_days_is_broken(nights: Nights) -> None:
    said = []
    for _ in range(4):
        await nights.add(home(SLOW), failing(SLOW))
        said += nights.select(
            "(SELECT nights FROM failing), (SELECT count(*) FROM new_broken),"
            " (SELECT count(*) FROM still_broken)"
        )

    assert said == [(1, 0, 0), (2, 0, 0), (None, 1, 0), (None, 0, 1)]
    assert nights.select("reason, first_seen_at, nights FROM broken") == [("503", NIGHTS[0], 4)]


@pytest.mark.parametrize(
    ("hours", "confirm_runs", "seconds", "lasts"),
    [
        pytest.param((0, 24, 48), 3, 48 * 3600, True, id="three nights, two days"),
        pytest.param((0, 48), 3, 48 * 3600, False, id="two nights"),
        pytest.param((0, 1, 2), 3, 48 * 3600, False, id="a day"),
        pytest.param((0,), 1, 0, True, id="one is enough"),
        pytest.param((0, -24, -23), 3, 48 * 3600, True, id="a clock that was wrong"),
    ],
)
async def test_what_lasts_is_known_before_its_night_is_over(
    store: Ledger,
    nights: Nights,
    hours: tuple[int, ...],
    confirm_runs: int,
    seconds: float,
    *,
    lasts: bool,
) -> None:
    *before, tonight = hours
    for nights.hour in before:
        await nights.add(home(SLOW), failing(SLOW))
    run_id = await begun(store, home(SLOW), failing(SLOW), now=NOW + tonight * 3600)

    found = await store.lasting_failures(
        run_id, Ending("finished", None, NOW, (), confirm_runs, seconds)
    )

    assert found == [(url_id(SLOW), (Verdict.BROKEN, "503"))] * lasts


async def test_three_nights_in_a_day_confirm_nothing(nights: Nights) -> None:
    for hour in range(3):
        nights.hour = hour
        await nights.add(home(SLOW), failing(SLOW))

    assert nights.select("nights FROM failing") == [(3,)]
    assert nights.select("count(*) FROM broken") == [(0,)]


async def test_a_clock_that_was_wrong_once_confirms_what_lasts_all_the_same(
    nights: Nights,
) -> None:
    for hour in (2000 * 24, 24, 48):
        nights.hour = hour
        await nights.add(home(SLOW), failing(SLOW))

    assert nights.select("target, nights FROM broken") == [(SLOW, 3)]


async def test_a_page_that_was_down_for_a_night_brings_no_old_rot_as_new(nights: Nights) -> None:
    await nights.add(home(DOC), page(DOC, link(GONE)), dead(GONE))
    await nights.add(home(DOC), failing(DOC))
    assert nights.select("count(*) FROM fixed") == [(0,)]

    await nights.add(home(DOC), page(DOC, link(GONE)), dead(GONE))

    assert nights.select("count(*) FROM new_broken") == [(0,)]
    assert nights.select("source, target FROM still_broken") == [(DOC, GONE)]


async def test_what_broke_while_a_page_was_down_is_not_new_with_it(nights: Nights) -> None:
    asking, told = page(DOC, link(GONE)), page(SLOW, link(GONE))
    for doc, gone in ((asking, leaf(GONE)), (failing(DOC), dead(GONE)), (asking, dead(GONE))):
        await nights.add(home(DOC, SLOW), doc, told, gone)

    assert nights.select("source, first_seen_at, is_new FROM broken ORDER BY source") == [
        (DOC, NIGHTS[1], False),
        (SLOW, NIGHTS[1], False),
    ]
    await nights.add(home(DOC, SLOW), asking, told, leaf(GONE))
    assert nights.select("source FROM fixed ORDER BY source") == [(DOC,), (SLOW,)]


@pytest.mark.parametrize(
    ("first", "is_new"), [(True, False), (False, True)], ids=["always", "since the second"]
)
async def test_rot_on_a_page_that_has_failed_on_all_nights_may_be_old(
    nights: Nights, *, first: bool, is_new: bool
) -> None:
    await nights.add(home(DOC, GONE), *([failing(DOC)] if first else []), dead(GONE))
    await nights.add(home(DOC, GONE), failing(DOC), dead(GONE))

    await nights.add(home(DOC, GONE), page(DOC, link(GONE), link(SLOW)), dead(GONE), dead(SLOW))

    assert nights.select("source, target, is_new FROM broken ORDER BY 1, 2") == [
        (HOME, GONE, False),
        (DOC, GONE, is_new),
        (DOC, SLOW, True),
    ]


async def test_broken_links_are_new_or_still_there_or_fixed(nights: Nights) -> None:
    mended, unlinked, fresh = (f"{HOST}/{name}" for name in ("mended", "unlinked", "fresh"))
    await nights.add(
        page(HOME, link(GONE), link(mended), link(unlinked), link(DOC, "x")),
        page(DOC),
        *(dead(url) for url in (GONE, mended, unlinked)),
        fragments={"x": "y"},
    )
    await nights.add(
        page(HOME, link(GONE), link(GONE, "z"), link(mended), link(fresh), link(DOC, "x")),
        page(DOC, link(GONE)),
        leaf(mended),
        dead(unlinked),
        dead(GONE),
        dead(fresh),
    )

    assert sorted(nights.select("source, target, fragment FROM new_broken")) == [
        (HOME, fresh, ""),
        (HOME, GONE, "z"),
        (DOC, GONE, ""),
    ]
    assert nights.select("source, target, fragment FROM still_broken") == [(HOME, GONE, "")]
    assert sorted(nights.select("source, target, fragment FROM fixed")) == [
        (HOME, DOC, "x"),
        (HOME, mended, ""),
        (HOME, unlinked, ""),
    ]


async def test_flaky_is_what_fell_ill_twice_in_ten_nights(nights: Nights) -> None:
    for ill in (True, True, False, True, False, *[False] * 7):
        await nights.add(dead(GONE) if ill else leaf(GONE))

    assert nights.select("count(*) FROM flaky") == [(0,)]


async def test_on_the_first_night_all_is_new_and_nothing_fixed(nights: Nights) -> None:
    await nights.add(home(GONE), dead(GONE))

    counts = nights.select(
        "(SELECT count(*) FROM new_broken), (SELECT count(*) FROM still_broken),"
        " (SELECT count(*) FROM fixed)"
    )
    assert counts == [(1, 0, 0)]


async def test_flaky_is_what_went_to_and_fro(nights: Nights) -> None:
    broken_once = [True, False, False, False]
    to_and_fro = [True, False, True, False]
    blocked = leaf(SLOW, Verdict.BLOCKED, "403")
    for once, often in zip(broken_once, to_and_fro, strict=True):
        await nights.add(
            dead(GONE) if once else leaf(GONE),
            leaf(DOC, Verdict.TRANSIENT, "timeout") if often else leaf(DOC),
            blocked if often else leaf(SLOW),
        )

    assert nights.select("* FROM flaky") == [(DOC, 3, 4)]
