"""Promises about trust: a broken network is no broken site."""

import pytest

from crawler.cli.status import status_of
from crawler.engine.summary import Summary, doubts
from crawler.store.protocol import Hosts, IllPage, Totals


@pytest.mark.parametrize(
    ("hosts", "said"),
    [
        (Hosts(asked=9, failing=9, known=0, lost=0), ()),
        (Hosts(asked=10, failing=5, known=0, lost=0), ()),
        (Hosts(asked=10, failing=6, known=0, lost=0), ("6 of 10 hosts gave no answer",)),
        (Hosts(asked=30, failing=29, known=1, lost=0), ("29 of 30 hosts gave no answer",)),
        (Hosts(asked=20, failing=15, known=5, lost=1), ()),  # the dead have long been dead
        (Hosts(asked=5, failing=3, known=3, lost=3), ()),
        (
            Hosts(asked=5, failing=3, known=5, lost=3),
            ("3 of 5 hosts that answered the last time gave no answer",),
        ),
    ],
)
def test_a_night_on_which_most_hosts_fail_at_once_is_doubted(
    hosts: Hosts, said: tuple[str, ...]
) -> None:
    assert doubts(hosts, []) == said


def test_a_night_without_its_seed_is_doubted() -> None:
    hosts = Hosts(asked=1, failing=1, known=1, lost=1)

    assert doubts(hosts, [IllPage("https://a.test/", "transient", "503")]) == (
        "the seed https://a.test/ is transient (503)",
    )


def test_of_many_seeds_that_are_ill_a_few_are_named() -> None:
    ill = [IllPage(f"https://{n}.test/", "broken", "404") for n in range(500)]

    said = doubts(Hosts(asked=1, failing=1, known=1, lost=1), ill)

    assert len(said) == 6
    assert said[4:] == ("the seed https://4.test/ is broken (404)", "495 more seeds are as ill")


def test_a_night_on_which_many_pages_cannot_be_parsed_is_doubted() -> None:
    said = doubts(Hosts(asked=1, failing=0, known=1, lost=0), [], [], [("https://a.test", 5, 9)])

    assert said == ("5 of 9 pages of https://a.test could not be parsed",)


@pytest.mark.parametrize(
    ("state", "broken", "status"),
    [
        ("finished", 0, 0),
        ("finished", 1, 1),
        ("incomplete", 0, 3),
        ("incomplete", 1, 1),
        *((state, broken, 3) for state in ("abandoned", "failed", "running") for broken in (0, 1)),
        *(("interrupted", broken, 143) for broken in (0, 1)),
    ],
)
def test_only_a_run_that_came_to_its_end_is_called_well(
    state: str, broken: int, status: int
) -> None:
    totals = Totals(9, 9, 9, 9, 1, 0, broken, broken, {})

    assert status_of(Summary(1, state, "SIGTERM", 1.0, totals, ()), "broken") == status
