"""Promises of what whoever began us left: of the standard streams, all is told and read."""

import gc
import os
import resource
import select
import signal
import subprocess
import sys
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import pytest

from crawler.cli import main, run
from crawler.cli.sowing import sown
from crawler.engine.seeds import parse_seeds
from crawler.errors import UsageError
from tests import command

UNBUFFERED = {"PYTHONUNBUFFERED": "1"}
# Bytes that a file may have: those of a WAL's index, but not a page after as many others.
MOST = 40_000


class Pieces:
    """A standard input that gives `pieces`: bytes, None where there is nothing yet, or an error."""

    def __init__(self, *pieces: bytes | OSError | None) -> None:
        self.buffer = self
        self._pieces = iter(pieces)

    def fileno(self) -> int:
        return os.open(os.devnull, os.O_RDONLY)  # one may always read there

    def read(self, _: int) -> bytes | None:
        piece = next(self._pieces)
        if isinstance(piece, OSError):
            raise piece
        return piece


def test_a_pipe_that_does_not_wait_gets_all_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    told = bytearray()

    def read_on(*_: object) -> None:
        told.extend(os.read(read, 1_000_000))

    with os.fdopen(read), os.fdopen(write, "w") as out:
        with suppress(BlockingIOError):
            while True:
                os.write(write, b".")
        monkeypatch.setattr(select, "select", read_on)
        monkeypatch.setattr(gc, "freeze", gc.get_count)  # these tests go on
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "argv", ["crawler", "--help"])
        assert run() == 0
        read_on()

    assert told.decode().lstrip(".") == command.run("--help", cwd=tmp_path).stdout


def test_a_disk_that_is_full_within_a_line_is_4(here: Path) -> None:
    main(["rotten"])

    with (here / "report.html").open("w") as out:
        out.write(" " * (MOST // 2))
        out.flush()
        ended = subprocess.run(
            [sys.executable, "-m", "crawler", "report", "--format", "html"],
            env={**command.untraced(), **UNBUFFERED},
            stdout=out,
            stderr=subprocess.PIPE,
            preexec_fn=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (MOST, MOST)),
            check=False,
        )

    assert (here / "report.html").stat().st_size == MOST
    assert ended.returncode == 4
    assert ended.stderr == b"crawler: the report cannot be written: File too large\n"


def test_seeds_that_come_late_are_read_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Pieces(None, b"http://a/\nhtt", None, b"p://b/\n", b""))

    assert sown(["-"], None) == parse_seeds(["http://a/", "http://b/"])


def test_a_standard_input_that_cannot_be_read_is_said_to_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", Pieces(OSError(5, "Input/output error")))

    with pytest.raises(UsageError, match=r"^standard input: cannot be read: Input/output error$"):
        sown(["-"], None)


@pytest.mark.skipif(not hasattr(signal, "SIGCHLD"), reason="there is no such signal")
def test_that_whoever_began_us_ignores_what_becomes_of_children_is_not_told(here: Path) -> None:
    (here / "good/other.html").write_text("<p>" * 20_000)  # too large to be read beside the rest

    ended = subprocess.run(
        [sys.executable, "-m", "crawler", "good"],
        env=command.untraced(),
        capture_output=True,
        preexec_fn=partial(signal.signal, signal.SIGCHLD, signal.SIG_IGN),
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.slow
def test_a_reader_who_has_had_enough_changes_nothing(here: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)

    with closing(os.fdopen(writer, "w")) as closed:
        result = command.run("rotten", cwd=here, stdout=closed)

    assert (result.returncode, result.stderr) == (1, "")


@pytest.mark.slow
def test_a_reader_who_has_had_enough_of_what_is_said_beside_the_report_changes_nothing(
    here: Path,
) -> None:
    reader, writer = os.pipe()
    os.close(reader)

    with closing(os.fdopen(writer, "w")) as closed:
        result = command.run("rotten", "--verbose", cwd=here, stderr=closed)

    assert result.returncode == 1
    assert "1 broken link:" in result.stdout


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
def test_the_status_is_right_where_what_is_said_beside_the_report_finds_no_room(
    here: Path,
) -> None:
    with Path("/dev/full").open("w") as full:
        result = command.run("rotten", "--verbose", cwd=here, stderr=full)

    assert result.returncode == 1


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "arguments",
    [
        *(["rotten"], ["report"], ["runs"], ["diff"], ["redirects"], ["prune", "--keep", "1"]),
        *(["explain", "http://rotten.localhost/"], ["--version"], ["--help"]),
    ],
)
def test_where_nobody_wants_to_hear_a_command_says_nothing(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["rotten", "--quiet"])
    main(["rotten", "--quiet"])
    expected = main(arguments)
    capsys.readouterr()
    monkeypatch.setattr("sys.stdout", None)

    assert main(arguments) == expected < 2
    assert capsys.readouterr().err == ""
