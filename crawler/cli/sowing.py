"""What a crawl begins with: the seeds that are given."""

from collections.abc import Sequence
from pathlib import Path

from crawler.cli.config import seeds_in_files
from crawler.cli.streams import read_standard_input
from crawler.engine.seeds import Seed, parse_seeds, read_seeds, seeds_in

_STANDARD_INPUT = "-"


def sown(urls: Sequence[str], path: Path | None) -> list[Seed]:
    """Return the seeds in the file at `path`, and `urls`; without any, those of files of options.

    Both may be `-`: standard input.
    """
    given: list[str | Seed] = [] if path is None else _sown_in(path)
    for url in dict.fromkeys(urls):
        if url != _STANDARD_INPUT:
            given.append(url)
        elif str(path) != url:  # it can be read once
            given += _sown_in(Path(url))
    return parse_seeds(given or seeds_in_files())


def _sown_in(path: Path) -> list[str | Seed]:
    if str(path) != _STANDARD_INPUT:
        return [*read_seeds(path)]
    return [*seeds_in(read_standard_input(), Path("standard input"))]
