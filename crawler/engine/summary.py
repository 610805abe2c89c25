"""What a run came to, and whether it can be trusted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crawler.model import Verdict
from crawler.store.protocol import Hosts, IllPage, Strayed, Totals
from crawler.urls import host_of

# Of fewer hosts than these nothing is concluded when most of them fail: of those that answered on
# the night before, and of all, where fewer of those are known.
_SOME_HOSTS = 4
_MANY_HOSTS = 10
SOME_PAGES = 4
"Of a site of fewer pages than these nothing is concluded when most of them are missing."

# So many seeds, or hosts, that are ill are named, and the others counted.
_NAMED = 5
_NO_FOLDERS: Mapping[str, Path] = {}


@dataclass(frozen=True, slots=True)
class Summary:
    """A run's outcome: its state and the reason, its totals, and why it is not to be trusted."""

    run_id: int
    state: str
    reason: str | None
    seconds: float
    totals: Totals
    doubts: tuple[str, ...]


def doubts(
    hosts: Hosts,
    ill_seeds: Sequence[IllPage],
    unasked: Iterable[tuple[str, int]] = (),
    unread: Iterable[tuple[str, int, int]] = (),
    strayed: Iterable[Strayed] = (),
    folders: Mapping[str, Path] = _NO_FOLDERS,
) -> tuple[str, ...]:
    """Return why a run with these hosts says little about the site, in sentences.

    `unasked` are the hosts of the site that were given up, each with how many of its pages were not
    asked for; `unread` those of whose pages so many, of so many, could not be parsed;
    `strayed` the seeds that suddenly lead elsewhere. `folders` answer for the seeds of these URLs.
    """
    ill = [f"the seed {seed.url} {_ill(seed, folders.get(seed.url))}" for seed in ill_seeds]
    told = {host_of(seed.url) for seed in ill_seeds}
    silent = [
        f"{host} was given up, and {number} of its pages were not asked for"
        for host, number in unasked
        if host not in told
    ]
    lost = [
        f"{number} of {pages} pages of {host} could not be parsed" for host, number, pages in unread
    ]
    led = [
        f"the seed {seed.url} leads to {seed.final} now"
        f" (pages read: {seed.pages}, on the night before {seed.known})"
        for seed in strayed
    ]
    found = _few(ill, "more seeds are as ill")
    found += _few(led, "more seeds lead elsewhere")
    found += _few(silent, "more hosts of the site were given up")
    found += _few(lost, "more hosts have pages that could not be parsed")
    # On a night on which what is well elsewhere is not asked, those that are long dead are left.
    asked, failing = hosts.asked - hosts.mute, hosts.failing - hosts.mute
    if hosts.known >= _SOME_HOSTS:
        if hosts.lost * 2 > hosts.known:
            found.append(
                f"{hosts.lost} of {hosts.known} hosts that answered the last time gave no answer"
            )
    elif asked >= _MANY_HOSTS and failing * 2 > asked:
        found.append(f"{failing} of {asked} hosts gave no answer")
    return tuple(found)


def missed(pages: int, known: int) -> str:
    """Return why a run says little that read so many pages, where `known` were the night before."""
    return f"most of the site is missing (pages read: {pages}, on the night before {known})"


def _few(sentences: Sequence[str], others: str) -> list[str]:
    """Return the first few of `sentences`, and one that counts the others where there are any."""
    more = len(sentences) - _NAMED
    return [*sentences[:_NAMED], *([f"{more} {others}"] if more > 0 else [])]


def _ill(page: IllPage, folder: Path | None) -> str:
    if folder is not None and page.reason == "404":
        return f"is broken (404): there is no index.html in {folder}"
    if page.verdict == Verdict.SKIPPED and page.reason == "robots":
        return f"was not asked for: its robots.txt {_barring(page)}; see --robots"
    if page.verdict == Verdict.SKIPPED and page.reason == "private-address":
        return "was not asked for: its address is private; see --allow-private"
    if page.verdict == Verdict.OK:
        return "is empty"
    return f"is {page.verdict}" + (f" ({page.reason})" if page.reason else "")


def _barring(page: IllPage) -> str:
    if page.robots != "unreachable":
        return "forbids it"
    return "cannot be fetched" if page.robots_status is None else f"answers {page.robots_status}"
