"""What one run of the benchmark is to measure."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.timing import CRAWLER, Cost, measure

_LIMIT = 4 * 3600  # seconds: a million pages take their time


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The rows, how often each is repeated, on what, and where its files are.

    `sizes`: of the generated web on `hosts` hosts; `waiting`: pages that take 100 ms each;
    `slow`: links to the slow host; `shared`: pages for several workers;
    `frontiers`: numbers of URLs that a database has.
    """

    rows: frozenset[int]
    repeat: int
    corpora: Sequence[str]
    site: Path | None
    peers: Path
    folder: Path
    sizes: Sequence[int] = (10_000, 100_000, 1_000_000)
    hosts: int = 1000
    waiting: int = 1600
    slow: int = 400
    shared: int = 1200
    frontiers: Sequence[int] = (100_000, 10_000_000)

    @property
    def db(self) -> Path:
        return self.folder / "crawl.db"

    def forget(self) -> None:
        """Remove the database: the night that follows is a first."""
        for path in self.folder.glob("crawl.db*"):
            path.unlink()

    def crawl(self, *arguments: str) -> Sequence[str]:
        """Return the command that crawls with `arguments`, into the one database."""
        report = self.folder / "report.txt"
        quiet = ["--progress", "none", "--output", str(report)]
        return [*CRAWLER, *arguments, "--db", str(self.db), *quiet]

    def night(self, root: str) -> Sequence[str]:
        """Return the command that crawls a corpus as a user would, but for links that leave it."""
        return self.crawl(root, "--depth", "all", "--external", "skip")

    def measure(self, command: Sequence[str]) -> Cost:
        return trusted(measure(command, self.folder, _LIMIT))


def trusted(cost: Cost) -> Cost:
    """Return `cost` of a crawl that came to its end; no figure comes from another."""
    if cost.status not in (0, 1):
        raise SystemExit(f"bench: the crawler ended with {cost.status}\n{cost.output[-2000:]}")
    return cost
