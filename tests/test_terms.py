"""Promises about what a run's row says of its seeds and settings: others can go by it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.access import Header, HostSettings, Secret
from crawler.engine.seeds import Seed
from crawler.engine.terms import seeds_in, settings_in, terms
from crawler.errors import UsageError
from crawler.model import Verdict
from crawler.rules import Rule
from crawler.settings import Settings
from crawler.size import Size

SEEDS = [Seed("https://a.test/")]
EVERYTHING = Settings(
    depth="all",
    concurrency=7,
    deadline=timedelta(minutes=3),
    delay=0.25,
    max_body=Size("2MiB"),
    include=("/a", "/b"),
    allow_private=("10.0.0.0/8",),
    rules=(
        Rule(url="*", status=(403, "timeout"), verdict=Verdict.OK),
        Rule(url="https://a.test/*", status=(404,), verdict=Verdict.SKIPPED, reason="known"),
    ),
    hosts=(HostSettings(origin="https://a.test", per_host=1, accept=(403,)),),
    confirm_after=timedelta(hours=1),
    recheck_after=timedelta(0),
)


@pytest.mark.parametrize("chosen", [Settings(), EVERYTHING])
def test_who_joins_a_run_has_the_settings_of_who_began_it(chosen: Settings) -> None:
    begun = replace(chosen, db="postgresql://me:pass@host/name", resume=True)

    text = terms(SEEDS, begun)

    assert settings_in(text) == chosen
    assert "pass@" not in text


@pytest.mark.parametrize(
    ("chosen", "named"),
    [
        (Settings(auth=Secret("me:pass")), "auth"),
        (Settings(proxy=Secret("http://127.0.0.1:1")), "proxy"),
        (Settings(header=(Header("X-Token: pass"),)), "header"),
        (
            Settings(hosts=(HostSettings(origin="https://a.test", auth=Secret("me:pass")),)),
            "https://a.test",
        ),
    ],
)
def test_who_would_need_secrets_cannot_join(chosen: Settings, named: str) -> None:
    text = terms(SEEDS, chosen)

    assert "pass" not in text
    with pytest.raises(UsageError, match=rf"sends what is secret \({named}\)"):
        settings_in(text)


def test_who_joins_a_run_has_its_seeds(tmp_path: Path) -> None:
    base = "http://docs.localhost/"
    seeds = [
        *SEEDS,
        Seed("http://built.localhost/", tmp_path),
        Seed(f"{base}guide/", tmp_path, base),
    ]

    assert seeds_in(terms(seeds, Settings())) == seeds


def test_a_run_of_a_folder_can_be_joined_only_where_that_is(tmp_path: Path) -> None:
    text = terms([Seed("http://built.localhost/", tmp_path / "elsewhere")], Settings())

    with pytest.raises(UsageError, match=r"folder that is not on this machine: .*elsewhere"):
        seeds_in(text)
