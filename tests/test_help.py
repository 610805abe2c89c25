"""The pages of help, as people and pipes get them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.cli import main
from crawler.cli.commands import COMMANDS
from crawler.cli.options import options_of
from tests import command

# What takes time to load, and has nothing to do with options.
HEAVY = {"aiohttp", "aiosqlite", "asyncio", "rich", "selectolax", "sqlite3"}


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", list(COMMANDS))
def test_each_command_has_a_page_that_names_its_options(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page = said(capsys, name, "--help")

    assert page.startswith(f"Usage: crawler {name} ")
    for option in options_of(COMMANDS[name]):
        assert f" {option.name} " in page
    assert "Commands" not in page


def test_a_page_says_what_is_required_what_may_be_chosen_and_what_else_is_taken(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "│ *  URL --url      The URL, as it is written in a report;" in said(
        capsys, "explain", "--help"
    )
    page = " ".join(said(capsys, "--help").replace("│", " ").split())
    assert "--depth N|all Follow pages up to this many links from a seed;" in page
    assert "all: no limit. [default: 2]" in page
    assert "[choices: check, skip] [default: check]" in page
    assert "--resume --no-resume Continue" in page
    assert "redirects List the links to what has moved for good" in page


@pytest.mark.parametrize("width", [50, 80, 132])
def test_a_page_is_as_wide_as_the_terminal(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))

    lines = said(capsys, "--help").splitlines()

    assert {len(line) for line in lines if line and line[0] in "╭│╰"} == {width}
    assert max(map(len, lines)) == width


def test_help_may_be_asked_for_behind_any_option_but_not_behind_two_dashes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = said(capsys, "report", "-h")

    assert said(capsys, "report", "--run", "1", "--help") == page
    assert said(capsys, "--depth", "3", "--help") == said(capsys, "--help") != page
    assert main(["--", "--help"]) == 2


def test_a_terminal_that_knows_ascii_only_gets_that(tmp_path: Path) -> None:
    result = command.run("runs", "-h", cwd=tmp_path, environment={"PYTHONIOENCODING": "ascii"})

    assert (result.returncode, result.stderr) == (0, "")
    assert "\n| --db FILE|URL  The database. [default: data/crawl.db]" in result.stdout
    assert "\n+- Parameters ---" in result.stdout


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo-terminal")
def test_a_terminal_gets_names_in_colour(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    with os.fdopen(ours, "rb") as terminal, os.fdopen(theirs, "wb") as end:
        command.run("runs", "-h", cwd=tmp_path, environment={"TERM": "xterm"}, stdout=end.fileno())
        page = os.read(terminal.fileno(), 4096).decode()

    assert "\x1b[36m--db FILE|URL\x1b[0m  The database." in page


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_help_is_there_before_the_crawler_is_loaded(flag: str) -> None:
    code = f"import sys; from crawler.cli import main; main([{flag!r}]); print(*sys.modules)"

    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=command.ROOT,
        env=command.untraced(),
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = set(told.stdout.splitlines()[-1].split())
    assert "crawler.cli.app" in loaded
    assert not loaded & HEAVY
