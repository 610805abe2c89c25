"""Promises about trust: a broken network is no broken site."""

from pathlib import Path

import pytest

from crawler.cli.status import status_of
from crawler.engine.summary import Summary, doubts
from crawler.store.protocol import Hosts, IllPage, Strayed, Totals


@pytest.mark.parametrize(
    ("hosts", "said"),
    [
        (Hosts(asked=9, failing=9, known=0, lost=0), ()),
        (Hosts(asked=10, failing=5, known=0, lost=0), ()),
        (Hosts(asked=10, failing=6, known=0, lost=0), ("6 of 10 hosts gave no answer",)),
        (Hosts(asked=30, failing=29, known=1, lost=0), ("29 of 30 hosts gave no answer",)),
        (Hosts(asked=20, failing=15, known=5, lost=1), ()),  # the dead have long been dead
        (Hosts(asked=10, failing=9, known=1, lost=0, mute=9), ()),
        (Hosts(asked=5, failing=3, known=3, lost=3), ()),
        (Hosts(asked=20, failing=15, known=4, lost=2), ()),
        (
            Hosts(asked=20, failing=15, known=4, lost=3),
            ("3 of 4 hosts that answered the last time gave no answer",),
        ),
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


def test_a_folder_without_a_home_page_is_named() -> None:
    seed = "http://html.localhost/"
    hosts, ill = Hosts(asked=1, failing=0, known=1, lost=0), [IllPage(seed, "broken", "404")]

    assert doubts(hosts, ill, folders={seed: Path("/srv/html")}) == (
        f"the seed {seed} is broken (404): there is no index.html in {Path('/srv/html')}",
    )


WELL = Hosts(asked=1, failing=0, known=1, lost=0)


@pytest.mark.parametrize(
    ("verdict", "reason", "said"),
    [
        ("skipped", "robots", "was not asked for: its robots.txt forbids it;"),
        ("skipped", "private-address", "was not asked for: its address is private;"),
        ("skipped", "excluded", "is skipped (excluded)"),
        ("blocked", "robots", "is blocked (robots)"),
        ("broken", None, "is broken"),
        ("ok", None, "is empty"),
    ],
)
def test_it_is_said_how_a_seed_is_ill(verdict: str, reason: str | None, said: str) -> None:
    (doubt,) = doubts(WELL, [IllPage("https://a.test/", verdict, reason)])

    assert doubt.partition("; see --")[0] == f"the seed https://a.test/ {said.rstrip(';')}"


@pytest.mark.parametrize(
    ("robots", "status", "said"),
    [
        ("parsed", 200, "forbids it"),
        ("unreachable", 503, "answers 503"),
        ("unreachable", None, "cannot be fetched"),
    ],
)
def test_it_is_said_what_of_a_robots_txt_keeps_a_seed_from_being_asked_for(
    robots: str, status: int | None, said: str
) -> None:
    (doubt,) = doubts(WELL, [IllPage("https://a.test/", "skipped", "robots", robots, status)])

    barred = "the seed https://a.test/ was not asked for: its robots.txt"
    assert doubt == f"{barred} {said}; see --robots"


def test_a_host_that_fell_silent_is_told_of_once_where_its_seed_is_ill() -> None:
    ill = [IllPage("https://a.test/", "broken", "404")]

    assert doubts(WELL, ill, [("https://a.test", 5), ("https://b.test", 3)]) == (
        "the seed https://a.test/ is broken (404)",
        "https://b.test was given up, and 3 of its pages were not asked for",
    )


def test_a_seed_that_suddenly_leads_elsewhere_is_named() -> None:
    strayed = [Strayed("https://a.test/", "https://a.test/login", pages=1, known=70)]

    (doubt,) = doubts(WELL, [], strayed=strayed)

    assert doubt.startswith("the seed https://a.test/ leads to https://a.test/login now")
    assert doubt.endswith("(pages read: 1, on the night before 70)")


def test_of_five_seeds_that_are_ill_each_is_named() -> None:
    said = doubts(WELL, [IllPage(f"https://{n}.test/", "broken", "404") for n in range(5)])

    assert said[4:] == ("the seed https://4.test/ is broken (404)",)


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
