"""Promises about where options come from: flags, variables and files, and which of them wins."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.access import Header
from crawler.cli import main
from crawler.cli.arguments import values_of
from crawler.cli.commands import crawl
from crawler.cli.sowing import sown
from tests.stored import settings_of

# What is written in pyproject.toml, in crawler.toml, in a variable, and behind a flag.
WRITTEN = {
    "retries": ("3", "4", "5", "6"),
    "timeout": ("3.5", "4.5", "5.5", "6.5"),
    "resume": ("true", "false", "true", "false"),
    "deadline": ('"90s"', '"30m"', '"2h"', '"1h"'),
    "max-body": ('"1KiB"', '"2KiB"', '"1MiB"', "4096"),
    "exclude": ('["a", "b"]', '["c"]', '["d"]', '["e"]'),
}
# What comes of it, where nothing is written first.
FOUND = {
    "retries": [2, 3, 4, 5, 6],
    "timeout": [20.0, 3.5, 4.5, 5.5, 6.5],
    "resume": [False, True, False, True, False],
    "deadline": [None, 90.0, 1800.0, 7200.0, 3600.0],
    "max-body": [8388608, 1024, 2048, 1048576, 4096],
    "exclude": [[], ["a", "b"], ["c"], ["d"], ["e"]],
}


def toml(source: int) -> str:
    return "".join(f"{option} = {texts[source]}\n" for option, texts in WRITTEN.items())


def plain(source: int) -> dict[str, str]:
    """Return what the options are where there are no quotes and brackets."""
    return {option: texts[source].strip('[]"') for option, texts in WRITTEN.items()}


def flag(option: str, value: str) -> list[str]:
    return {"true": [f"--{option}"], "false": [f"--no-{option}"]}.get(value, [f"--{option}", value])


def test_flags_win_over_the_environment_and_that_over_files(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def used(*flags: str) -> dict[str, object]:
        main(["good", *flags])
        known = settings_of(here / "data/crawl.db")
        return {option: known[option.replace("-", "_")] for option in WRITTEN}

    seen = [used()]
    (here / "pyproject.toml").write_text(f"[tool.crawler]\n{toml(0)}")
    seen.append(used())
    (here / "crawler.toml").write_text(toml(1))
    seen.append(used())
    for option, value in plain(2).items():
        monkeypatch.setenv(f"CRAWLER_{option.upper().replace('-', '_')}", value)
    seen.append(used())
    seen.append(used(*(word for pair in plain(3).items() for word in flag(*pair))))

    assert {option: [each[option] for each in seen] for option in WRITTEN} == FOUND


def test_of_the_files_the_first_that_has_seeds_has_them_all(here: Path) -> None:
    (here / "pyproject.toml").write_text('[tool.crawler]\nurls = ["good"]\n')
    (here / "crawler.toml").write_text("depth = 1\n")
    assert [seed.url for seed in sown([], None)] == ["http://good.localhost/"]

    (here / "crawler.toml").write_text('urls = ["rotten"]\n')
    assert [seed.url for seed in sown([], None)] == ["http://rotten.localhost/"]


@pytest.mark.usefixtures("here")
def test_a_variable_can_say_several_things(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRAWLER_EXCLUDE", "a b")
    monkeypatch.setenv("CRAWLER_HEADER", "X-First: one, two\nX-Second: three")
    monkeypatch.setenv("CRAWLER_SOURCES", os.pathsep.join(["good", "", "rotten"]))
    monkeypatch.setenv("CRAWLER_URLS", "good rotten")

    said = values_of(crawl, [], strict=True)

    assert said["urls"] == ("good", "rotten")
    assert said["exclude"] == ("a", "b")
    assert said["header"] == (Header("X-First: one, two"), Header("X-Second: three"))
    assert said["sources"] == (Path("good"), Path("rotten"))


def test_times_and_sizes_are_written_as_people_do(here: Path) -> None:
    (here / "crawler.toml").write_text("max-body = 4096\nconfirm-after = '1.5d'\n")

    said = values_of(crawl, ["--deadline", "1h30m", "good", "-vq"], strict=True)

    assert said == {
        "urls": ("good",),
        "deadline": timedelta(minutes=90),
        "confirm_after": timedelta(hours=36),
        "max_body": 4096,
        "verbose": True,
        "quiet": True,
    }


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("flag", "resumed"), [("--resume=true", True), ("--resume=no", False)])
def test_a_switch_may_be_given_a_value(flag: str, *, resumed: bool) -> None:
    assert values_of(crawl, [flag, "good"], strict=True)["resume"] is resumed


@pytest.mark.usefixtures("here")
def test_seeds_may_stand_between_options_and_behind_two_dashes() -> None:
    words = ["good", "--depth", "all", "-", "--exclude=-x", "--", "--rotten"]

    assert values_of(crawl, words, strict=True) == {
        "urls": ("good", "-", "--rotten"),
        "depth": "all",
        "exclude": ("-x",),
    }


def test_a_variable_that_is_almost_an_option_is_doubted(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CRAWLER_DEPHT", "2")
    monkeypatch.setenv("CRAWLER_HOME", str(here))

    assert main(["good"]) == 0

    said = capsys.readouterr().err
    assert "CRAWLER_DEPHT is no option: did you mean CRAWLER_DEPTH?" in said
    assert "CRAWLER_HOME" not in said
