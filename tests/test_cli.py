"""Promises of the command: what it exits with, and what it writes where."""

import os
import socket
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port

from crawler.cli import main
from crawler.version import __version__
from tests import command
from tests.readme import options
from tests.stored import settings_of
from tests.two_sites import GOOD, ROTTEN, address

# What no report may be written to, given as a path of the database or of what is beside it.
KEPT = ("data/crawl.db", "./data/../data/crawl.db", "data/crawl.db-wal", "link.db", "same.db")

# The exit status


def test_a_site_without_broken_links_is_0(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["good"])

    out, err = capsys.readouterr()
    assert status == 0
    assert out.startswith("Run 1 finished after ")
    assert "\n0 broken links\n" in out
    assert err == ""
    assert (here / "data/crawl.db").is_file()


@pytest.mark.usefixtures("here")
def test_a_broken_link_is_1(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["rotten"])

    assert status == 1
    assert "http://rotten.localhost/gone.html" in capsys.readouterr().out


@pytest.mark.usefixtures("here")
def test_who_never_wants_to_fail_gets_0() -> None:
    assert main(["rotten", "--fail-on", "never"]) == 0


def test_a_link_is_new_on_its_first_night_only(here: Path) -> None:
    night = ["rotten", "--fail-on", "new"]

    assert [main(night), main(night)] == [1, 0]

    (here / "rotten/other.html").write_text('<a href="gone-too.html">gone too</a>')
    (here / "rotten/index.html").write_text(ROTTEN + GOOD)
    assert main(night) == 1


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("fail_on", ["broken", "new", "never"])
def test_a_seed_that_is_not_reached_is_3(
    fail_on: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = f"http://127.0.0.1:{unused_port()}/"

    status = main([seed, "--retries", "0", "--second-look", "0", "--fail-on", fail_on])

    assert status == 3
    (doubt,) = caplog.messages
    assert doubt == f"the run cannot be trusted: the seed {seed} is transient (connect)"
    assert f"T{doubt[1:]}" in capsys.readouterr().out.splitlines()


def test_a_seed_that_is_empty_is_3_but_for_a_file_of_markdown(
    here: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (here / "good/index.html").write_text("")
    (here / "empty.md").write_text("")

    assert [main(["good"]), main(["empty.md"])] == [3, 0]
    said = "the run cannot be trusted: the seed http://good.localhost/ is empty"
    assert caplog.messages == [said]


@pytest.mark.slow
def test_a_deadline_before_all_was_checked_is_3(here: Path, listener: socket.socket) -> None:
    (here / "good/index.html").write_text(f'<a href="{address(listener)}slow">slow</a>')
    limits = ["--deadline", "0.3s", "--grace", "0", "--allow-private", "127.0.0.0/8"]

    assert main(["good", *limits]) == 3


@pytest.mark.usefixtures("here")
def test_a_budget_that_ends_before_all_was_checked_is_3() -> None:
    assert main(["good", "--max-pages", "1"]) == 3


@pytest.mark.usefixtures("here")
def test_what_is_broken_is_broken_though_the_budget_ended_the_run(here: Path) -> None:
    links = '<a href="gone.html">gone</a><a href="other.html">other</a>'
    (here / "rotten/index.html").write_text(links)

    assert main(["rotten", "--max-pages", "2", "--concurrency", "1"]) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
def test_a_report_that_cannot_be_written_in_the_end_is_4(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["good", "--output", "/dev/full"])

    assert status == 4
    assert capsys.readouterr().err == (
        "crawler: the report cannot be written: No space left on device\n"
    )
    assert settings_of(here / "data/crawl.db")["depth"] == 2


@pytest.mark.parametrize(
    ("command_line", "output"),
    [
        *((line, name) for line in ("good", "report", "diff", "redirects") for name in KEPT),
        ("--seeds seeds.txt", "seeds.txt"),
        ("good", "crawler.toml"),
    ],
)
def test_no_report_overwrites_the_nights_or_what_is_read(
    here: Path, capsys: pytest.CaptureFixture[str], command_line: str, output: str
) -> None:
    (here / "seeds.txt").write_text("good\n")
    (here / "crawler.toml").write_text('urls = ["good"]\n')
    assert (main(["good"]), main(["good"])) == (0, 0)
    (here / "link.db").symlink_to("data/crawl.db")
    (here / "same.db").hardlink_to("data/crawl.db")
    before = (here / "data/crawl.db").read_bytes()
    capsys.readouterr()

    assert main([*command_line.split(), "--output", output]) == 2

    assert "a report there would overwrite" in capsys.readouterr().err
    assert (here / "data/crawl.db").read_bytes() == before
    assert (here / "seeds.txt").read_text() == "good\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
@pytest.mark.parametrize(
    ("arguments", "status"), [(["good"], 4), (["--seeds", "nowhere.txt"], 2), (["--no-such"], 2)]
)
def test_the_status_is_right_where_nobody_can_be_told_why(
    here: Path, arguments: list[str], status: int
) -> None:
    with Path("/dev/full").open("w") as full:
        assert command.run(*arguments, cwd=here, stdout=full, stderr=full).returncode == status


def test_a_library_that_is_missing_is_no_rot(here: Path) -> None:
    (here / "ada_url.py").write_text("raise ImportError('made for another Python')\n")

    ended = command.run(
        "good", cwd=here, environment={"PYTHONPATH": f"{here}{os.pathsep}{command.ROOT}"}
    )

    assert ended.returncode == 4
    assert "made for another Python" in ended.stderr


@pytest.mark.parametrize("form", ["csv", "html", "junit"])
def test_a_report_is_in_utf8_whatever_the_system_writes(here: Path, form: str) -> None:
    (here / "rotten/index.html").write_text('<a href="gone.html">café</a>', "utf-8")
    with (here / "report").open("w") as out:
        command.run(
            *("rotten", "--format", form),
            cwd=here,
            environment={"PYTHONIOENCODING": "latin-1"},
            stdout=out,
        )

    assert "café" in (here / "report").read_text("utf-8")


# Seeds


def test_a_folder_can_answer_for_the_url_it_will_have(here: Path) -> None:
    main(["rotten = https://docs.example.org/"])

    assert settings_of(here / "data/crawl.db")["seeds"] == ["https://docs.example.org/"]


def test_seeds_of_a_file_and_of_the_command_line_are_crawled_together(here: Path) -> None:
    (here / "seeds.txt").write_text("good\n")

    status = main(["--seeds", "seeds.txt", "rotten"])

    assert status == 1
    assert settings_of(here / "data/crawl.db")["seeds"] == [
        "http://good.localhost/",
        "http://rotten.localhost/",
    ]


# What is written, and where to


def test_the_report_goes_to_the_file_that_is_named(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["rotten", "--output", "report.txt"])

    assert capsys.readouterr().out == ""
    assert "1 broken link:\n" in (here / "report.txt").read_text("utf-8")


def test_what_a_file_says_of_the_report_is_about_that_of_a_crawl(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "crawler.toml").write_text('output = "report.txt"\n')
    main(["rotten"])
    report = (here / "report.txt").read_text("utf-8")
    assert capsys.readouterr().out == ""

    main(["report", "--format", "csv"])
    main(["diff"])

    assert "source" in capsys.readouterr().out
    assert (here / "report.txt").read_text("utf-8") == report


@pytest.mark.slow
def test_a_terminal_that_knows_no_quotes_gets_the_report_all_the_same(here: Path) -> None:
    result = command.run("rotten", cwd=here, environment={"PYTHONIOENCODING": "ascii"})

    assert (result.returncode, result.stderr) == (1, "")
    assert r"a href \u201cgone\u201d" in result.stdout


def test_the_version_is_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"{__version__}\n"


def test_the_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0

    said = capsys.readouterr().out
    assert "--rules" not in said  # a table, which only a file can hold
    for option in options():
        assert f" {option.name} " in said
    for word in ("MISSING", "[default: ()]", "[default: False]"):
        assert word not in said


def test_the_last_report_stays_until_there_is_a_new_one(tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    report.write_text("last night\n")

    status = main([str(tmp_path), "--db", str(tmp_path), "--output", str(report)])

    assert status == 2
    assert report.read_text() == "last night\n"


@pytest.mark.usefixtures("here")
def test_the_report_on_a_run_can_be_had_again(capsys: pytest.CaptureFixture[str]) -> None:
    main(["rotten"])
    first = capsys.readouterr().out
    main(["good"])
    capsys.readouterr()

    assert main(["report", "--run", "1"]) == 0
    of_that_run = first.replace("from broken", "from broken_links where run_id = 1")
    assert capsys.readouterr().out == of_that_run != first
    assert main(["report"]) == 0
    assert "Run 2 finished" in capsys.readouterr().out
    assert main(["report", "--run", "9"]) == 2
    assert capsys.readouterr().err == "crawler: there is no run 9\n"


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_a_terminal_gets_colours_unless_its_user_wants_none(
    here: Path, monkeypatch: pytest.MonkeyPatch, no_color: str, *, coloured: bool
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setenv("TERM", "xterm")
    ours, theirs = os.openpty()
    (here / "terminal").symlink_to(os.ttyname(theirs))

    main(["rotten", "--output", "terminal", "--progress", "none"])

    said = ""
    while "Everything is in" not in said:  # a terminal hands on what it has, line by line
        said += os.read(ours, 65_536).decode()
    os.close(theirs)
    os.close(ours)
    assert ("\x1b[31m404\x1b[0m" in said) is coloured
    assert "404" in said
