"""Promises of the command: what goes in by flags, files and environment, what it exits with."""

import json
import os
import socket
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import unused_port

from crawler.cli import main
from crawler.cli.app import app
from crawler.store.opening import APPLICATION_ID
from crawler.version import __version__
from tests import command

GOOD = '<a href="other.html">other</a>'
ROTTEN = '<a href="gone.html">gone</a>'


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder, with the built sites `good` and `rotten` in it."""
    for name, page in (("good", GOOD), ("rotten", ROTTEN)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text(page)
        (tmp_path / name / "other.html").write_text("<p>here")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def listener() -> Generator[socket.socket]:
    """Return a server that takes connections and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server


def address(server: socket.socket) -> str:
    return f"http://127.0.0.1:{server.getsockname()[1]}/"


@pytest.fixture
def refused(
    here: Path, listener: socket.socket, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Return what runs the command and says what it answered to nonsense, in one line."""

    def run(*arguments: str, seed: bool = True) -> str:
        before = set(here.rglob("*"))
        status = main([*arguments, *([address(listener)] if seed else [])])
        out, err = capsys.readouterr()
        assert (status, out) == (2, "")
        assert set(here.rglob("*")) == before
        listener.settimeout(0)
        with pytest.raises(BlockingIOError):
            listener.accept()
        (line,) = err.splitlines()
        return line.removeprefix("crawler: ") if line.startswith("crawler: ") else ""

    return run


def settings(here: Path) -> dict[str, Any]:
    """Return the settings of the newest run."""
    with closing(sqlite3.connect(here / "data/crawl.db")) as connection:
        query = "SELECT settings FROM run ORDER BY id DESC LIMIT 1"
        found: dict[str, Any] = json.loads(connection.execute(query).fetchone()[0])
    return found


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
    assert settings(here)["depth"] == 2


# Nonsense


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "seeds.txt: cannot be read: No such file or directory"),
        (b"", "seeds.txt: there is no seed in this file"),
        (b"# nothing\n\n  # yet\n", "seeds.txt: there is no seed in this file"),
        (b"\x7fELF\0\0\0", "seeds.txt: is no text file"),
        (b"good\nb\xfcro\n", "seeds.txt: is not UTF-8 (byte 6)"),
        (b"good\n\nftp://x.test/\n", "seeds.txt, line 3: 'ftp://x.test/' is no http(s) URL"),
        (b"# a\nnowhere\n", "seeds.txt, line 2: 'nowhere' is neither a URL nor a folder"),
        (b"http://\n", "seeds.txt, line 1: 'http://' is no http(s) URL"),
    ],
    ids=["missing", "empty", "comments", "binary", "latin-1", "no http", "no folder", "no host"],
)
def test_a_seeds_file_without_sense_is_refused(
    here: Path, refused: Callable[..., str], content: bytes | None, said: str
) -> None:
    if content is not None:
        (here / "seeds.txt").write_bytes(content)

    assert refused("--seeds", "seeds.txt") == said


def test_a_command_without_seeds_is_refused(refused: Callable[..., str]) -> None:
    assert refused(seed=False) == "there is no seed: give URLs, or a file of them with --seeds"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--depth", "-1"], "depth must be at least 0, or `all`, not -1"),
        (["--depth", "many"], 'Invalid value for --depth: "many" is not a whole number, or all'),
        (["--depth", "1.5"], 'Invalid value for --depth: "1.5" is not a whole number'),
        (["--max-pages", "9" * 19], f"--max-pages: {'9' * 19} is too large"),
        (["--dpeth", "2"], "Unknown option: --dpeth. Did you mean --depth?"),
        (["--include", "("], "include: '(' is no regular expression: missing )"),
        (["--allow-private", "10.0.0.0/99"], "allow-private: '10.0.0.0/99' does not appear to"),
        (["--concurrency", "0"], "concurrency must be at least 1, not 0"),
        (["--deadline", "soon"], 'Invalid value for --deadline: "soon" is not a time such as 90s'),
        (["--max-body", "8 miles"], 'Invalid value for --max-body: "8 miles" is not a size'),
        (["--timeout", "nan"], "timeout must be at least 0.001, not nan"),
        (["--format", "pdf"], 'Invalid value "pdf" for --format. Choose from: "text", "html",'),
        (["--output", "no/report.txt"], "no/report.txt: cannot be written: No such file or"),
        (["--sources", "nowhere"], "sources: nowhere: there is no such folder"),
        (["--output", "good"], "good: cannot be written: Is a directory"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_option_without_sense_is_refused(
    refused: Callable[..., str], arguments: list[str], said: str
) -> None:
    assert refused(*arguments).startswith(said)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("crawler.toml", "depth = \n", "is not TOML: Invalid value (at line 1, column 9)"),
        ("crawler.toml", "dpeth = 1\n", "there is no option dpeth, did you mean depth?"),
        ("crawler.toml", "banana = 1\n", "there is no option banana"),
        (
            "pyproject.toml",
            "[tool.crawler]\nmax-page = 1\n",
            "there is no option tool.crawler.max-page, did you mean max-pages?",
        ),
    ],
    ids=["syntax", "key", "strange key", "key in pyproject"],
)
def test_a_file_of_options_without_sense_is_refused(
    here: Path, refused: Callable[..., str], name: str, content: str, said: str
) -> None:
    (here / name).write_text(content)

    assert refused() == f"{here / name}: {said}"


@pytest.mark.parametrize("value", ['"many"', "[1]", "true"])
def test_an_option_of_another_type_is_refused(
    here: Path, refused: Callable[..., str], value: str
) -> None:
    (here / "crawler.toml").write_text(f"depth = {value}\n")

    assert refused().startswith(f"Invalid value for [depth] from {here / 'crawler.toml'}: ")


def test_a_file_of_options_that_is_no_text_is_refused(
    here: Path, refused: Callable[..., str]
) -> None:
    (here / "crawler.toml").write_bytes(b"\xff\xfe")

    assert refused() == f"{here / 'crawler.toml'}: is not UTF-8 (byte 0)"


def test_a_folder_in_the_place_of_a_file_of_options_is_refused(
    here: Path, refused: Callable[..., str]
) -> None:
    (here / "crawler.toml").mkdir()

    assert refused() == f"{here / 'crawler.toml'}: cannot be read: Is a directory"


def test_a_variable_without_sense_is_refused(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRAWLER_DEPTH", "many")

    assert refused().startswith("Invalid value for CRAWLER_DEPTH from env: ")


def test_a_folder_is_no_database(refused: Callable[..., str]) -> None:
    assert refused("--db", "good") == "good: is a folder, not a database"


def test_what_is_no_database_stays_as_it_is(here: Path, refused: Callable[..., str]) -> None:
    (here / "notes.txt").write_text("buy milk\n" * 100)

    assert refused("--db", "notes.txt") == "notes.txt: is not a database: file is not a database"
    assert (here / "notes.txt").read_text() == "buy milk\n" * 100


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("CREATE TABLE song (id)", "is the database of another program"),
        (
            f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 99",
            "was written by a newer crawler (version 99, this one knows 1)",
        ),
    ],
    ids=["of another program", "of a newer version"],
)
def test_a_database_that_is_not_ours_stays_as_it_is(
    here: Path, refused: Callable[..., str], statement: str, said: str
) -> None:
    with closing(sqlite3.connect(here / "other.db")) as connection:
        connection.executescript(statement)
    before = (here / "other.db").read_bytes()

    assert refused("--db", "other.db") == f"other.db: {said}"
    assert (here / "other.db").read_bytes() == before


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a file system of the kernel's")
def test_a_database_where_no_file_can_be_made_is_refused(refused: Callable[..., str]) -> None:
    assert refused("--db", "/proc/crawl.db").startswith("/proc/crawl.db: cannot be opened: ")
    assert refused("--db", "/proc/a/crawl.db").startswith("/proc/a/crawl.db: cannot be opened: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_database_in_a_place_that_is_read_only_is_refused(
    here: Path, refused: Callable[..., str]
) -> None:
    (here / "locked").mkdir(mode=0o555)

    assert refused("--db", "locked/crawl.db").startswith("locked/crawl.db: cannot be ")


# Where options come from

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
        known = settings(here)
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


def test_a_variable_that_is_almost_an_option_is_doubted(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CRAWLER_DEPHT", "2")
    monkeypatch.setenv("CRAWLER_HOME", str(here))

    assert main(["good"]) == 0

    said = capsys.readouterr().err
    assert "CRAWLER_DEPHT is no option: did you mean CRAWLER_DEPTH?" in said
    assert "CRAWLER_HOME" not in said


# Seeds


def test_a_folder_can_answer_for_the_url_it_will_have(here: Path) -> None:
    main(["rotten = https://docs.example.org/"])

    assert settings(here)["seeds"] == ["https://docs.example.org/"]


def test_seeds_of_a_file_and_of_the_command_line_are_crawled_together(here: Path) -> None:
    (here / "seeds.txt").write_text("good\n")

    status = main(["--seeds", "seeds.txt", "rotten"])

    assert status == 1
    assert settings(here)["seeds"] == ["http://good.localhost/", "http://rotten.localhost/"]


# What is written, and where to


def test_the_report_goes_to_the_file_that_is_named(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["rotten", "--output", "report.txt"])

    assert capsys.readouterr().out == ""
    assert "1 broken link:\n" in (here / "report.txt").read_text("utf-8")


def test_a_reader_who_has_had_enough_changes_nothing(here: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)

    with closing(os.fdopen(writer, "w")) as closed:
        result = command.run("rotten", cwd=here, stdout=closed)

    assert (result.returncode, result.stderr) == (1, "")


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
    for argument in app.assemble_argument_collection().filter_by(show=True):
        assert argument.name in said or argument.name in ("--rules", "--hosts")
    for word in ("TIMEDELTA", "CHOICE", "--empty-", "[default: ()]", "[default: False]"):
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
    assert capsys.readouterr().out == first
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
