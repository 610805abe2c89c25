"""The command: reads what is asked for, has it done, and returns the exit status."""

import logging
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from itertools import takewhile
from pathlib import Path

from crawler.cli.arguments import values_of, where_said
from crawler.cli.commands import COMMANDS, crawl
from crawler.cli.environment import spare_keys
from crawler.cli.heap import forsaken
from crawler.cli.logs import set_logging
from crawler.cli.options import Command, call
from crawler.cli.output import complain, empty, print_lines
from crawler.cli.status import Status
from crawler.cli.streams import steady
from crawler.errors import CrawlerError, UsageError
from crawler.report.printable import printable
from crawler.version import __version__

logger = logging.getLogger(__name__)


def run() -> int:
    """Run the command as the last thing that a process does, and return its exit status."""
    if sys.stdout is not None:  # it is None where the caller closed it
        sys.stdout = steady(sys.stdout)
    if sys.stderr is not None:
        sys.stderr = steady(sys.stderr)
    status = main()
    if sys.stderr is not None:
        empty(sys.stderr)
    forsaken()
    return status


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv`, or the process's own arguments, and return its exit status."""
    set_logging()
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except UsageError as error:
        return _failed(Status.USAGE, printable(" ".join(str(error).split())))
    except CrawlerError as error:
        return _failed(Status.CRASHED, str(error))
    except KeyboardInterrupt:
        return 130
    except Exception:
        logger.exception("this is a bug, please report it")
        return Status.CRASHED


def _failed(status: Status, words: str) -> Status:
    """Say why, and return `status`."""
    complain(words)
    return status


def _run(tokens: Sequence[str]) -> int:
    """Do what `tokens` ask for; help may be asked for behind any other option."""
    asked = set(takewhile(lambda each: each != "--", tokens))
    if not asked.isdisjoint(("--help", "-h")):
        from crawler.cli.help import print_help

        return print_help(crawl, COMMANDS, tokens[0])
    if "--version" in asked:
        print_lines([__version__])
        return Status.OK
    command, values = understood(tokens)
    spare_keys()
    try:
        return call(command, values)
    except UsageError as error:
        raise UsageError(f"{where_said(str(error), *_asked(tokens))}{error}") from error


def understood(tokens: Sequence[str]) -> tuple[Command, dict[str, object]]:
    """Return the command that `tokens` ask for, and the values that it gets."""
    command, others = _asked(tokens)
    if command is crawl:
        _suggest(*tokens[:1])
    return command, values_of(command, others, strict=command is crawl)


def _asked(tokens: Sequence[str]) -> tuple[Command, Sequence[str]]:
    """Return the command that `tokens` ask for, and those of them that are for it."""
    command = COMMANDS.get(tokens[0]) if tokens else None
    return (crawl, tokens) if command is None else (command, tokens[1:])


def _suggest(word: str = "") -> None:
    """Raise UsageError where `word` can only be a command with a slip of the pen."""
    nearest = get_close_matches(word, COMMANDS, n=1)
    if nearest and word.isalpha() and not Path(word).exists():
        raise UsageError(f"{word!r} is neither a URL nor a folder, did you mean {nearest[0]}?")
