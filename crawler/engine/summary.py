"""What a run came to, and whether it can be trusted."""

from dataclasses import dataclass

from crawler.store.protocol import Totals

# Of fewer hosts than these nothing is concluded when most of them fail.
_MANY_HOSTS = 10


@dataclass(frozen=True, slots=True)
class Summary:
    """A run's outcome: its state and the reason, its totals, and why it is not to be trusted."""

    run_id: int
    state: str
    reason: str | None
    seconds: float
    totals: Totals
    doubts: tuple[str, ...]


def doubts(totals: Totals, ill_seeds: list[tuple[str, str | None]]) -> tuple[str, ...]:
    """Return why a run with these totals says little about the site, in sentences."""
    found = [f"the seed {url} is {verdict or 'not checked'}" for url, verdict in ill_seeds]
    if totals.hosts >= _MANY_HOSTS and totals.failing_hosts * 2 > totals.hosts:
        found.append(f"{totals.failing_hosts} of {totals.hosts} hosts gave no answer")
    return tuple(found)
