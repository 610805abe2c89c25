"""Promises of what every report is made from: each broken link, its place, since when."""

import time

import pytest

from crawler.errors import UsageError
from crawler.location import Location
from crawler.model import Ending, Page, Verdict
from crawler.store.finding import Finding
from crawler.store.findings import open_findings
from crawler.store.ledger import Ledger
from tests.nights import DAY, DOC, GONE, HOME, home
from tests.stored import HOST, NOW, begun, leaf, link, page

LOST = f"{HOST}/lost"


async def night(store: Ledger, number: int, *pages: Page, state: str = "finished") -> int:
    run_id = await begun(store, *pages, now=NOW + number * DAY)
    await store.end(run_id, Ending(state, None, NOW + number * DAY + 60))
    return run_id


async def found(location: Location, run_id: int) -> list[Finding]:
    async with open_findings(location) as findings:
        return [finding async for finding in findings.of(run_id)]


def gone(url: str = GONE) -> Page:
    return leaf(url, Verdict.BROKEN, "404")


@pytest.mark.slow
async def test_a_finding_says_since_when_and_whether_the_link_is_new(
    store: Ledger, location: Location
) -> None:
    await night(store, 0, home(GONE), gone())
    await night(store, 1, home(GONE), leaf(GONE))
    await night(store, 2, home(GONE), gone())
    await night(store, 3, home(GONE), gone(), state="interrupted")
    last = await night(store, 4, home(GONE), page(DOC, link(GONE)), gone())

    told = [
        (each.source, each.is_new, each.nights, each.first_seen_at[:10], each.links)
        for each in await found(location, last)
    ]

    assert told == [(HOME, False, 2, "2027-01-17", 2), (DOC, True, 2, "2027-01-17", 2)]


async def test_a_run_in_which_a_clock_was_put_back_took_no_time(
    store: Ledger, location: Location
) -> None:
    run_id = await begun(store, home(), now=NOW)
    await store.end(run_id, Ending("finished", None, NOW - DAY))

    async with open_findings(location) as findings:
        run = await findings.run(run_id)

    assert run.seconds == 0


async def test_all_that_is_told_of_a_run_that_goes_on_is_of_one_moment(
    store: Ledger, location: Location
) -> None:
    run_id = await begun(store, home(GONE, LOST), gone())

    async with open_findings(location) as findings:
        totals = await findings.totals(run_id)
        await store.add(run_id, [gone(LOST).request])
        await store.write(run_id, [gone(LOST)])
        told = [finding.target async for finding in findings.of(run_id)]
        totals_then = await findings.totals(run_id)

    assert told == [GONE]
    assert totals == totals_then
    assert {each.target for each in await found(location, run_id)} == {GONE, LOST}


async def test_the_links_of_a_first_run_under_way_are_counted_in_one_look(
    store: Ledger, location: Location
) -> None:
    menu = [link(f"{HOST}/{n}") for n in range(100)]
    run_id = await begun(store, *(page(f"{HOST}/{n}", *menu) for n in range(500)))

    async with open_findings(location) as findings:
        started = time.process_time()
        totals = await findings.totals(run_id)

    assert time.process_time() - started < 0.3
    assert totals.links == 50_000


async def test_an_earlier_night_is_told_as_it_was(store: Ledger, location: Location) -> None:
    first = await night(store, 0, home(GONE, LOST), gone(), gone(LOST))
    await night(store, 1, home(GONE, LOST), gone(), leaf(LOST))

    told = [(each.target, each.is_new, each.nights) for each in await found(location, first)]

    assert told == [(GONE, True, 1), (LOST, True, 1)]


async def test_the_newest_run_is_told_where_none_is_named(
    store: Ledger, location: Location
) -> None:
    async with open_findings(location) as findings:
        with pytest.raises(UsageError, match="there is no run yet"):
            await findings.run(None)
    await night(store, 0, home())
    await night(store, 1, home(GONE), gone())

    async with open_findings(location) as findings:
        newest = await findings.run(None)
        with pytest.raises(UsageError, match="there is no run 7"):
            await findings.run(7)
        totals = [await findings.totals(run_id) for run_id in (1, 2)]

    assert (newest.id, newest.state, newest.seeds) == (2, "finished", (HOME,))
    assert [(each.broken_links, each.new_broken_links) for each in totals] == [(0, 0), (1, 1)]
