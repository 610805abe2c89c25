"""Promises about runs in the store: begun, ended, continued, left alone."""

import pytest

from crawler.errors import UsageError
from crawler.location import Location
from crawler.model import Ending, Run
from crawler.store.ledger import Ledger
from crawler.store.protocol import Hosts
from crawler.version import __version__
from tests.nights import DAY
from tests.stored import (
    HOST,
    NOW,
    SEEDS,
    SETTINGS,
    begun,
    change,
    fetch,
    leaf,
    rows,
)


async def test_a_run_begins_with_what_was_asked_for(store: Ledger, location: Location) -> None:
    run = await store.begin(SEEDS, SETTINGS, NOW, resume=False)

    assert run == Run(1, resumed=False)
    assert rows(location, "SELECT started_at, ended_at, state, settings FROM run") == [
        ("2027-01-15 08:00:00.000", None, "running", SETTINGS)
    ]


async def test_a_run_ends_with_its_state_and_reason(store: Ledger, location: Location) -> None:
    run = await store.begin(SEEDS, SETTINGS, NOW, resume=False)

    await store.end(run.id, Ending("incomplete", "deadline", NOW + 1, ("it rained",)))

    assert rows(location, "SELECT state, reason, ended_at, doubts FROM run") == [
        ("incomplete", "deadline", "2027-01-15 08:00:01.000", '["it rained"]')
    ]


async def test_an_unfinished_run_is_abandoned_by_the_next(
    store: Ledger, location: Location
) -> None:
    await store.begin(SEEDS, SETTINGS, NOW, resume=False)

    run = await store.begin(SEEDS, SETTINGS, NOW + 1, resume=False)

    assert run == Run(2, resumed=False)
    assert rows(location, "SELECT state FROM run WHERE id = 1") == [("abandoned",)]


async def test_a_run_that_was_killed_lasted_until_its_last_request(
    store: Ledger, location: Location
) -> None:
    attempts = [fetch()._replace(started_at=NOW + seconds) for seconds in (7, 9, 8)]
    pages = [leaf(f"{HOST}/{each.started_at}", attempt=each) for each in attempts]
    await begun(store, *pages)

    for day in (1, 2):
        await store.begin(SEEDS, SETTINGS, NOW + day * DAY, resume=False)

    assert rows(location, "SELECT state, elapsed_ms FROM runs ORDER BY run_id") == [
        ("abandoned", 9000),
        ("abandoned", 0),
        ("running", None),
    ]


async def test_a_run_that_failed_stays_so_and_is_not_resumed_after_another(
    store: Ledger, location: Location
) -> None:
    for state, reason in (("failed", "OSError"), ("finished", None)):
        run = await store.begin(SEEDS, SETTINGS, NOW, resume=False)
        await store.end(run.id, Ending(state, reason, NOW))

    assert await store.begin(SEEDS, SETTINGS, NOW, resume=True) == Run(3, resumed=False)
    assert rows(location, "SELECT state, reason FROM run WHERE id = 1") == [("failed", "OSError")]


@pytest.mark.parametrize("state", ["running", "incomplete", "interrupted", "failed"])
async def test_an_unfinished_run_can_be_resumed(
    store: Ledger, location: Location, state: str
) -> None:
    first = await store.begin(SEEDS, SETTINGS, NOW, resume=False)
    await store.end(first.id, Ending(state, "deadline", NOW))

    run = await store.begin(SEEDS, SETTINGS, NOW + 1, resume=True)

    assert run == Run(first.id, resumed=True)
    assert rows(location, "SELECT state, reason, ended_at FROM run") == [("running", None, None)]


async def test_a_run_that_is_resumed_goes_by_what_was_said_last(
    store: Ledger, location: Location
) -> None:
    await store.begin(SEEDS, SETTINGS, NOW, resume=False)
    change(location, "UPDATE run SET version = '0.0.1'")
    said = f'{SETTINGS[:-1]},"confirm_runs":2}}'

    await store.begin(SEEDS, said, NOW + 1, resume=True)

    assert rows(location, "SELECT settings, version FROM run") == [(said, __version__)]


@pytest.mark.parametrize("state", ["finished", "abandoned"])
async def test_a_run_that_is_over_is_not_resumed(store: Ledger, state: str) -> None:
    first = await store.begin(SEEDS, SETTINGS, NOW, resume=False)
    await store.end(first.id, Ending(state, None, NOW))

    assert await store.begin(SEEDS, SETTINGS, NOW, resume=True) == Run(2, resumed=False)


async def test_a_run_with_other_seeds_is_neither_resumed_nor_abandoned(
    store: Ledger, location: Location
) -> None:
    await store.begin(SEEDS, SETTINGS, NOW, resume=False)

    assert await store.begin("other", SETTINGS, NOW, resume=True) == Run(2, resumed=False)
    assert await store.begin("other", SETTINGS, NOW, resume=False) == Run(3, resumed=False)
    assert rows(location, "SELECT state FROM run ORDER BY id") == [
        ("running",),
        ("abandoned",),
        ("running",),
    ]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ('"depth":"all"', "depth 2, not all"),
        ('"depth":2,"exclude":["x"],"robots":"all"', "exclude null, not .*; robots null, not all"),
    ],
)
async def test_a_run_that_checked_other_things_is_not_resumed(
    store: Ledger, other: str, said: str
) -> None:
    await store.begin(SEEDS, SETTINGS, NOW, resume=False)

    with pytest.raises(UsageError, match=f"run 1 cannot be continued: it had {said}"):
        await store.begin(SEEDS, f"{{{other}}}", NOW, resume=True)


async def test_hosts_that_answered_on_the_night_before_and_do_not_now_are_lost(
    store: Ledger,
) -> None:
    async def night(failing: str) -> int:
        attempts = {name: fetch(None, "connect") if name in failing else fetch() for name in "abc"}
        pages = [leaf(f"https://{name}.test/", attempt=each) for name, each in attempts.items()]
        run_id = await begun(store, *pages)
        await store.end(run_id, Ending("finished", None, NOW))
        return run_id

    await night(failing="c")

    hosts = await store.hosts(await night(failing="bc"))

    assert hosts == Hosts(asked=3, failing=2, known=2, lost=1, mute=1)
