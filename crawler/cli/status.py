"""The exit status of the command: a crash never looks like rot."""

from enum import IntEnum

from crawler.cli.manner import FailOn
from crawler.engine.summary import Summary


class Status(IntEnum):
    """What the command exits with, besides 128 and the number of the signal that ended it."""

    OK = 0
    BROKEN = 1
    USAGE = 2
    UNTRUSTED = 3
    CRASHED = 4


_OF_SIGNALS = {"SIGINT": 130, "SIGTERM": 143}


def of_signal(name: str | None) -> int:
    """Return the exit status for what a signal of that name ended, or somebody else."""
    return _OF_SIGNALS.get(name or "", 130)


def status_of(summary: Summary, fail_on: FailOn) -> int:
    """Return the exit status for a run that came to `summary`."""
    if summary.state == "interrupted":
        return of_signal(summary.reason)
    if summary.doubts or summary.state not in ("finished", "incomplete"):  # somebody gave it up
        return Status.UNTRUSTED
    totals = summary.totals
    broken = {"broken": totals.broken_links, "new": totals.new_broken_links, "never": 0}[fail_on]
    if broken:
        return Status.BROKEN
    if summary.state == "incomplete":
        return Status.UNTRUSTED
    return Status.OK
