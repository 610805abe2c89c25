"""Where what a command says goes: a file or standard output, whose reader may leave."""

import io
import os
import sys
from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import aclosing, contextmanager, suppress
from pathlib import Path
from typing import TextIO

from crawler.errors import CrawlerError, UsageError
from crawler.location import Server

# How what SQLite and we have beside a database is named.
_BESIDE = ("wal", "shm", "journal", "lock")


def takes_colour(out: TextIO) -> bool:
    """Return whether `out` is a terminal whose user wants colours (no-color.org)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return out.isatty()


def print_lines(lines: Iterable[str]) -> None:
    """Write `lines` to standard output, if there is one."""
    with opened(None) as out:
        write_lines(lines, out)


def write_lines(lines: Iterable[str], out: TextIO) -> None:
    """Write `lines`; that a reader such as `head` has had enough of them is no error."""
    with _readers_leave(out):
        out.writelines(f"{line}\n" for line in lines)
        out.flush()


async def write_stream(report: AsyncGenerator[str], out: TextIO) -> None:
    """Write the lines of `report` as they come, in the place of what was there before them."""
    async with aclosing(report) as lines:
        with _readers_leave(out):
            written = False
            async for line in lines:
                if not written and out is not sys.stdout:
                    with suppress(OSError):  # a device has no length
                        out.truncate(0)
                written = True
                out.write(f"{line}\n")
            out.flush()


@contextmanager
def _readers_leave(out: TextIO) -> Generator[None]:
    try:
        yield
    except OSError as error:
        _give_up(out)
        if not isinstance(error, BrokenPipeError):
            raise CrawlerError(f"the report cannot be written: {error.strerror}") from error


def _give_up(out: TextIO) -> None:
    """Let go of what is still buffered, which would fail again when `out` is closed."""
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), out.fileno())


def empty(out: TextIO) -> None:
    """Write what `out` still holds, or let go of it: Python would end with a status of its own."""
    try:
        out.flush()
    except OSError:
        _give_up(out)


def complain(words: str) -> None:
    """Say on standard error what is wrong, if anybody can be told: a disk may be full."""
    try:
        print("crawler:", words, file=sys.stderr, flush=True)
    except OSError:
        _give_up(sys.stderr)


def in_utf8(out: TextIO) -> None:
    """Have a report that says so of itself be in UTF-8, whatever the system writes its texts in."""
    if isinstance(out, io.TextIOWrapper) and not out.isatty():
        out.reconfigure(encoding="utf-8")


def spare(path: Path | None, *others: Path | Server | None) -> None:
    """Refuse to write a report to `path` where that is a database, or what else is read."""
    for other in others:
        if path is not None and isinstance(other, Path):
            beside = (other, *(other.with_name(f"{other.name}-{end}") for end in _BESIDE))
            if any(_is_same(path, each) for each in beside):
                raise UsageError(f"{path}: a report there would overwrite {other}")


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.resolve() == other.resolve() or path.samefile(other)
    except (OSError, ValueError, RuntimeError):  # not there yet, no path at all, links in a circle
        return False


@contextmanager
def opened(path: Path | None, *spared: Path | Server) -> Generator[TextIO]:
    """Open the file at `path`, or standard output; UsageError where that is not possible.

    That is none of `spared`, the databases, nor what stands beside these.
    """
    path = None if str(path) == "-" else path
    spare(path, *spared)
    if path is None and sys.stdout is not None:  # it is None where the caller closed it
        if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal may know fewer characters
            sys.stdout.reconfigure(errors="backslashreplace")
        yield sys.stdout
        return
    path = path or Path(os.devnull)
    try:
        file = path.open("a", encoding="utf-8")  # what is there stays until the report is
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
    with file:
        yield file
