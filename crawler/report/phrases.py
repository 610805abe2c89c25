"""What all reports say alike: numbers with their nouns, files with their lines, what to mind."""

from crawler.store.finding import KnownRun


def number_of(number: int, noun: str) -> str:
    """Return `1 link`, or `1,024 links`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def at_line(name: str, line: int | None) -> str:
    """Return `name:12`, or `name` alone where no line is known."""
    return name if line is None else f"{name}:{line}"


def repeated(times: int) -> str:
    """Return ` (3 times)`, or nothing where it is once."""
    return f" ({times:,} times)" if times > 1 else ""


UNDER_WAY = "The run is under way, or was cut off: not all has been checked."


def notices(run: KnownRun) -> list[str]:
    """Return why there may be more to find than a report says, in sentences."""
    told = [f"The run cannot be trusted: {doubt}." for doubt in run.doubts]
    if run.state == "running":
        told.append(UNDER_WAY)
    elif run.state != "finished":
        why = f" ({run.reason})" if run.reason else ""
        told.append(f"The run is {run.state}{why}: it ended before all was checked.")
    return told
