"""Promises about what is followed, what is checked and what is skipped."""

import pytest

from crawler.engine.scope import Scoping
from crawler.model import Scope
from crawler.settings import Settings

FOLLOW = (Scope.FOLLOW, None)
CHECK = (Scope.CHECK, None)
INSIDE = ("https://docs.test/", "http://site.localhost/v2/")


def scoping(**settings: object) -> Scoping:
    return Scoping(INSIDE, Settings(**settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "depth", "decision"),
    [
        ("https://docs.test/a", 0, FOLLOW),
        ("https://docs.test/a", 2, FOLLOW),
        ("https://docs.test/a", 3, CHECK),
        ("http://docs.test/a", 1, CHECK),
        ("https://docs.test:444/", 1, CHECK),
        ("https://docs.test.evil/", 1, CHECK),
        ("http://site.localhost/v2/a", 1, FOLLOW),
        ("http://site.localhost/v1/a", 1, CHECK),
        ("https://else.test:8443/", 1, CHECK),
        ("https://else.test:25/", 1, (Scope.SKIP, "bad-port")),
        ("http://[::1]:6667/", 1, (Scope.SKIP, "bad-port")),
        ("//[", 1, (Scope.SKIP, "invalid-url")),
        ("<http://[>", 1, (Scope.SKIP, "invalid-url")),
    ],
)
def test_pages_of_the_seeds_are_followed_to_the_depth_and_all_else_is_checked(
    url: str, depth: int, decision: tuple[Scope, str | None]
) -> None:
    assert scoping(depth=2).decide(url, depth) == decision


def test_without_a_limit_every_page_of_the_seeds_is_followed() -> None:
    assert scoping(depth="all").decide("https://docs.test/", 10**6) == FOLLOW


def test_what_leaves_the_seeds_hosts_can_be_skipped() -> None:
    rules = scoping(external="skip")

    assert rules.decide("https://elsewhere.test/", 1) == (Scope.SKIP, "external")
    assert rules.decide("https://docs.test/", 1) == FOLLOW
    assert rules.decide("https://docs.test/", 3) == CHECK


def test_what_a_seeds_folder_answers_beside_the_site_is_checked_all_the_same() -> None:
    folders = ["http://project.localhost/"]
    rules = Scoping(["http://project.localhost/docs/"], Settings(external="skip"), folders)

    assert rules.decide("http://project.localhost/docs/a.md", 1) == FOLLOW
    assert rules.decide("http://project.localhost/README.md", 1) == CHECK
    assert rules.decide("https://project.localhost/", 1) == (Scope.SKIP, "external")


@pytest.mark.parametrize(
    ("url", "decision"),
    [
        ("https://docs.test/en/a", FOLLOW),
        ("https://elsewhere.test/en/", CHECK),
        ("https://docs.test/de/a", (Scope.SKIP, "not-included")),
        ("https://docs.test/en/old/a", (Scope.SKIP, "excluded")),
        ("https://docs.test/api/a.pdf", (Scope.SKIP, "excluded")),
        ("https://docs.test/api/a", FOLLOW),
    ],
)
def test_patterns_bound_what_is_asked_for_and_exclusion_wins(
    url: str, decision: tuple[Scope, str | None]
) -> None:
    rules = scoping(include=("/en/", "/api/"), exclude=("/old/", r"\.pdf$"))

    assert rules.decide(url, 1) == decision


def test_a_seed_that_moves_takes_its_site_along() -> None:
    rules = scoping()
    assert not rules.is_inside("https://new.test/b")

    rules.adopt("https://new.test/a/b")

    assert rules.is_inside("https://new.test/b")
    assert rules.decide("https://new.test/b", 1) == FOLLOW
    assert rules.owns("https://new.test")
    assert not rules.is_inside("https://new.test.evil/")


def test_a_seed_that_moves_within_its_site_takes_no_more_of_its_host_along() -> None:
    rules = scoping()

    rules.adopt("http://site.localhost/v2/new")

    assert not rules.is_inside("http://site.localhost/v1/")


def test_a_host_is_owned_where_a_seed_lives_on_it() -> None:
    rules = scoping()

    assert rules.owns("https://docs.test")
    assert rules.owns("http://site.localhost")
    assert not rules.owns("http://docs.test")
    assert not rules.owns("")
