"""What a crawl begins with: the seeds that are given, and the tables that stand in files only."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from crawler.cli.config import ConfigFile
from crawler.engine.seeds import Seed, parse_seeds, read_seeds, seeds_in
from crawler.settings import Settings

_STANDARD_INPUT = Path("-")
FILES = (
    ConfigFile("crawler.toml"),
    ConfigFile("pyproject.toml", root_keys=("tool", "crawler")),
)
"What cyclopts reads options from; each keeps what cyclopts cannot."


def sown(urls: Sequence[str], path: Path | None) -> list[Seed]:
    """Return `urls` and the seeds in the file at `path`; where there are none, those in FILES."""
    given: list[str | Seed] = [*([] if path is None else _sown_in(path)), *urls]
    return parse_seeds(given or [seed for file in FILES for seed in file.seeds])


def with_tables(settings: Settings) -> Settings:
    """Return `settings` with the rules, and the hosts, of the first of FILES that has any."""
    rules = next((file.rules for file in FILES if file.rules), ())
    hosts = next((file.hosts for file in FILES if file.hosts), ())
    return replace(settings, rules=rules, hosts=hosts)


def _sown_in(path: Path) -> list[Seed]:
    if path != _STANDARD_INPUT:
        return read_seeds(path)
    return seeds_in(sys.stdin.read() if sys.stdin else "", path)
