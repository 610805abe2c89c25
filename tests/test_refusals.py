"""Promises of the command about nonsense: one line, exit status 2, nothing touched or asked."""

import os
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from crawler.cli import main
from crawler.store.opening import APPLICATION_ID
from tests.two_sites import address


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


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "seeds.txt: cannot be read: No such file or directory"),
        (b"", "seeds.txt: there is no seed in it"),
        (b"# nothing\n\n  # yet\n", "seeds.txt: there is no seed in it"),
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
        (["--max-pages", "9" * 19], "--max-pages: the value is too large"),
        (["--depth", "1", "--depth", "2"], "--depth is given more than once"),
        (["--deadline", f"{'9' * 12}d"], "--deadline: the value is too large"),
        (
            ["--exclude", "-x"],
            "--exclude needs a value; where it begins with a dash: --exclude=VALUE",
        ),
        (["-v=1"], "--verbose takes no value"),
        (["--resume=maybe"], 'Invalid value for --resume: "maybe" is not true or false'),
        (["--timeout", "inf"], "--timeout: the value is too large"),
        (["--max-body", "9" * 25], "--max-body: the value is too large"),
        (["--header", "nonsense"], "--header: a header is written as 'Name: value'"),
        (["--atuh=docs:hunter2"], "Unknown option: --atuh. Did you mean --auth?"),
        (["--atuh docs:hunter2"], "Unknown option: --atuh. Did you mean --auth?"),
        (["-verbose"], "Unknown option: -verbose. Did you mean --verbose?"),
        (["--\x1b[31mred"], "Unknown option: --\ufffd[31mred."),
        (["--auth", "\udcff:x"], "auth is written as 'name:password'"),
        (["--proxy", "http://:hunter2"], "proxy is written as 'http://host:port'"),
        (["--proxy", "http://proxy:99999"], "proxy is written as 'http://host:port'"),
        (["--archive", "ftp://a.test/"], "archive is written as 'https://host/path'"),
        (["--user-agent", ""], "user-agent must say something"),
        (["--include", "a{99999999999}"], "include: 'a{99999999999}' is no regular expression"),
        (["--sources", "x" * 5000], f'Invalid value for --sources: "{"x" * 5000}" is not a path'),
        (["--sources", ""], 'Invalid value for --sources: "" is not a path'),
        (["--db", "x" * 5000], f"{'x' * 5000}: cannot be opened: "),
        (["http://docs:hunter2@"], "'http://***@' is no http(s) URL"),
        (["--hlep"], "Unknown option: --hlep. Did you mean --help?"),
        (["--rules", "x"], "Unknown option: --rules."),
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


def test_an_option_without_its_value_is_refused(refused: Callable[..., str]) -> None:
    assert refused("--depth", seed=False).startswith("--depth needs a value")


@pytest.mark.parametrize(
    "text",
    [
        *(f"a = {'9' * 5000}", f"a = {'[' * 5000}", "URLS = 'good'"),
        *("max-pages = 1\nmax_pages = 2", "[hosts.'https://a.test']\nper-host = inf"),
        *("[hosts.'https://a.test']\naccept = [[403]]", "[hosts.'https://a.test']\ndelay = inf"),
        *(
            "[hosts.'https://a.test'.headers]\nX = {a = 1}",
            "[[rules]]\nverdict = 'ok'\nstatus = [[403]]",
        ),
    ],
    ids=[
        *("long number", "deep list", "seeds by another name", "twice", "endless host"),
        *("status in a list", "endless delay", "table as a header", "status of a rule in a list"),
    ],
)
def test_a_file_that_nobody_would_write_is_refused(
    here: Path, refused: Callable[..., str], text: str
) -> None:
    (here / "crawler.toml").write_text(text)

    assert refused().startswith(f"{here / 'crawler.toml'}: ")


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
        (
            "crawler.toml",
            "[tool.crawler]\ndepth = 1\n",
            "there is no option tool.crawler.depth, did you mean depth?",
        ),
        (
            "crawler.toml",
            "no-resume = true\n",
            "there is no option no-resume, did you mean resume?",
        ),
        ("pyproject.toml", "tool = 1\n", "tool is no table"),
        ("pyproject.toml", "[tool]\ncrawler = 1\n", "tool.crawler is no table"),
    ],
    ids=[
        *("syntax", "key", "strange key", "key in pyproject", "table of another file"),
        *("what only flags have", "no tools", "no table"),
    ],
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


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DEPTH", "many", '"many" is not a whole number, or all'),
        ("RESUME", "maybe", '"maybe" is not true or false'),
    ],
)
def test_a_variable_without_sense_is_refused(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"CRAWLER_{name}", value)

    assert refused() == f"Invalid value for CRAWLER_{name} from env: {said}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"depth = 0x{'f' * 5000}", "[depth] from {path}: the value is too large"),
        ('output = "a\\u0000b"', "Invalid value for [output] from {path}: "),
        ('db = "a\\u0000b"', "'a\\x00b': a database is a file, or postgresql://..."),
        ('db = ["postgresql://u:hunter2@h/d"]', "Invalid value for [db] from {path}: what is wr"),
    ],
    ids=["hexadecimal", "no file", "no database", "list"],
)
def test_a_value_that_nobody_would_write_is_refused(
    here: Path, refused: Callable[..., str], text: str, said: str
) -> None:
    (here / "crawler.toml").write_text(text)

    assert refused().startswith(said.format(path=here / "crawler.toml"))


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("concurrency", "0", "concurrency must be at least 1, not 0"),
        ("include", "(", "include: '(' is no regular expression: missing )"),
        ("auth", "docs", "auth is written as 'name:password'"),
        ("sources", "nowhere", "sources: nowhere: there is no such folder"),
    ],
)
def test_a_value_out_of_bounds_is_said_to_be_where_it_stands(
    here: Path,
    refused: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    key: str,
    value: str,
    said: str,
) -> None:
    (here / "crawler.toml").write_text(f"{key} = {value if value.isdigit() else repr(value)}\n")
    assert refused().startswith(f"[{key}] from {here / 'crawler.toml'}: {said}")

    monkeypatch.setenv(f"CRAWLER_{key.upper()}", value)
    assert refused().startswith(f"CRAWLER_{key.upper()} from env: {said}")

    assert refused(f"--{key}", value).startswith(said)


def test_a_secret_that_is_refused_is_not_shown(here: Path, refused: Callable[..., str]) -> None:
    path = here / "crawler.toml"
    path.write_text("auth = { name = 'docs', password = 'hunter2' }\n")

    assert refused() == (
        f"Invalid value for [auth] from {path}: what is written there is not a text"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["explain"], "explain needs a URL"),
        (["explain", "http://a.test/", "b"], "'b' is one argument too many"),
        (["runs", "x"], "'x' is one argument too many"),
        (["report", "--depth", "1"], "Unknown option: --depth."),
    ],
    ids=" ".join,
)
def test_arguments_that_a_command_does_not_take_are_refused(
    refused: Callable[..., str], arguments: list[str], said: str
) -> None:
    assert refused(*arguments, seed=False) == said


def test_a_command_with_a_slip_of_the_pen_is_suggested(
    here: Path, refused: Callable[..., str]
) -> None:
    said = "'reprot' is neither a URL nor a folder, did you mean report?"
    assert refused("reprot", "--run", "3", seed=False) == said

    (here / "reprot").mkdir()
    assert main(["reprot"]) == 3


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
            "was written by a newer crawler (version 99, this one knows 2)",
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
