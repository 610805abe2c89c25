"""What all reports say alike: numbers with their nouns, files and pages with their lines."""


def number_of(number: int, noun: str) -> str:
    """Return `1 link`, or `1,024 links`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def at_line(name: str, line: int | None) -> str:
    """Return `name:12`, or `name` alone where no line is known."""
    return name if line is None else f"{name}:{line}"
