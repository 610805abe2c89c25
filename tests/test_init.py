"""Promises of `init`: what it writes works, and works still when everything in it is turned on."""

import json
import re
import resource
import subprocess
import sys
import tomllib
from functools import partial
from pathlib import Path

import pytest

from crawler.cli import main
from crawler.cli.commands import crawl
from crawler.cli.docs import told_of
from tests import command
from tests.night import Night
from tests.readme import options


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text("<p>")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_file_is_enough_for_a_crawl(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "site"]) == 0
    assert main([]) == 0

    assert "Run 1 finished" in capsys.readouterr().out
    (stored,) = Night(here / "data/crawl.db").column("SELECT settings FROM run")
    assert (json.loads(stored)["seeds"], json.loads(stored)["depth"]) == (
        ["http://site.localhost/"],
        "all",
    )


def test_every_line_of_the_file_can_be_turned_on(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREVIEW_TOKEN", "a")
    monkeypatch.setenv("PREVIEW_PASSWORD", "b")
    (here / "docs").mkdir()  # of the sources; what is named must be there
    main(["init", "site"])
    text = re.sub("^#(?! )", "", (here / "crawler.toml").read_text("utf-8"), flags=re.MULTILINE)
    (here / "crawler.toml").write_text(text)

    assert main([]) == 0

    written = tomllib.loads(text)
    names = {option.name.removeprefix("--") for option in options()}
    assert written.keys() == names - {"seeds", "resume", "serve", "serve-public", "ray"} | {
        "urls",
        "rules",
        "hosts",
    }


def test_what_is_off_says_its_default(here: Path) -> None:
    main(["init", "https://docs.example.org/"])
    text = (here / "crawler.toml").read_text("utf-8")

    assert 'urls = ["https://docs.example.org/"]\n' in text
    assert "#concurrency = 32\n" in text
    assert '#max-body = "8MiB"\n' in text
    for field in ("timeout", "format"):
        assert f"# {told_of(crawl)[field]}\n" in text


def test_a_password_in_a_seed_is_not_written(here: Path) -> None:
    main(["init", "https://docs:hunter2@docs.example.org/"])

    text = (here / "crawler.toml").read_text("utf-8")
    assert tomllib.loads(text)["urls"] == ["https://docs.example.org/"]


def test_a_disk_without_room_is_left_without_a_file(here: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "crawler", "init", "site"],
        env=command.untraced(),
        stderr=subprocess.PIPE,
        preexec_fn=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (1000, 1000)),
        check=False,
    )

    assert ended.returncode == 2
    assert ended.stderr == b"crawler: crawler.toml: cannot be written: File too large\n"
    assert not (here / "crawler.toml").exists()


def test_a_folder_whose_name_is_no_text_leaves_no_file(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "a\udcff").mkdir()

    assert main(["init", "a\udcff"]) == 2

    assert capsys.readouterr().err == "crawler: 'a\\udcff' cannot be written in UTF-8\n"
    assert not (here / "crawler.toml").exists()


@pytest.mark.parametrize(
    ("site", "said"),
    [
        ("site", "crawler.toml: there is one already"),
        ("nowhere", "'nowhere' is neither a URL nor a folder"),
    ],
)
def test_nothing_that_is_there_is_lost(
    here: Path, capsys: pytest.CaptureFixture[str], site: str, said: str
) -> None:
    (here / "crawler.toml").write_text("depth = 1\n")

    assert main(["init", site]) == 2

    assert capsys.readouterr().err == f"crawler: {said}\n"
    assert (here / "crawler.toml").read_text() == "depth = 1\n"
