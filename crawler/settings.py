"""What a run is asked to do: one frozen, validated value; every default stands here."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from crawler.access import Header, HostSettings, Secret, check_auth, check_sent, headers_of
from crawler.errors import UsageError
from crawler.kinds import check_kinds
from crawler.location import Location, Server, location_of
from crawler.model import Verdict
from crawler.rules import Rule
from crawler.size import Size
from crawler.urls import canonical
from crawler.version import __version__

_PROXY = re.compile(
    r"https?://(?:[^/\s@:]+(?::[^/\s@]*)?@)?(?:[\w.-]+|\[[\d.:a-fA-F]+\])(?::(\d+))?/?"
)
_HIGHEST_PORT = 65_535
_LEAST: dict[str, float] = {
    "concurrency": 1,
    "workers": 1,
    "workers_here": 1,
    "per_host": 1,
    "delay": 0,
    "max_pages": 1,
    "timeout": 0.001,
    "connect_timeout": 0.001,
    "retries": 0,
    "backoff": 0,
    "second_look": 0,
    "max_redirects": 0,
    "max_body": 1,
    "grace": 0,
    "confirm_runs": 1,
}

LONGEST_WAIT = 120
"Seconds: no request is put off for longer; hosts can ask for less."

# More tasks, or processes, would only stand in each other's way; of the rest, what any clock and
# any database can reckon with.
_MOST = {
    **dict.fromkeys(("concurrency", "workers", "workers_here"), 10_000),
    "second_look": LONGEST_WAIT,
}
_LARGEST = 10**12


_MAX_BODY = Size("8MiB")

DEFAULT_DB = "data/crawl.db"
"Where the database is unless `--db` says so."

OWN_HOSTS, OTHER_HOSTS = (8, 0.0), (2, 0.25)
"`per_host` and `delay` where they are not given: on a seed's own host, and elsewhere."


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All the knobs of a run."""

    depth: int | Literal["all"] = 2
    "Follow pages up to this many links from a seed; all their links are checked. `all`: no limit."

    db: str | Path = DEFAULT_DB
    "The database that remembers every run: a file (SQLite), or postgresql://user@host/name."

    concurrency: int = 32
    "Requests in flight at once, over all hosts."

    workers: int | None = None
    "Worker tasks; as many as `concurrency` where not given."

    workers_here: int = 1
    "Processes on this machine that share the run, which takes a server (PostgreSQL)."

    ray: str | None = None
    "Have the `workers-here` on a Ray cluster, beside this process: `auto`, `local`, ray://host:10001."

    per_host: int | None = None
    "Requests in flight at once to one host: 8 on a seed's own host, 2 elsewhere where not given."

    delay: float | None = None
    "Seconds between requests to a host: 0 on a seed's own host, 0.25 elsewhere where not given."

    deadline: timedelta | None = None
    "End the run after this time: 90s, 30m, 2h; what is in flight then has the --grace."

    max_pages: int | None = None
    "End the run after this many URLs have been asked for; robots.txt files are not counted."

    timeout: float = 20.0
    "Seconds that one attempt may take, headers and body."

    connect_timeout: float = 10.0
    "Seconds that the lookup of a name may take, and a connection."

    retries: int = 2
    "Further attempts after one that failed for a passing reason."

    backoff: float = 0.5
    "Seconds before the first further attempt; doubled with each, with jitter."

    second_look: float = 5.0
    "Seconds before the end at which what is unsettled is asked once more, slowly; 0: it is not."

    max_body: Size = _MAX_BODY
    "Bytes of a body that are read, after decompression."

    max_redirects: int = 20
    "Redirects in a row that are followed; browsers follow as many."

    external: Literal["check", "skip"] = "check"
    "What to do with links that leave the seeds' hosts."

    include: tuple[str, ...] = ()
    "Only URLs that match one of these regular expressions are asked for (a seed always is)."

    exclude: tuple[str, ...] = ()
    "URLs that match one of these regular expressions are not asked for."

    robots: Literal["follow", "all", "ignore"] = "follow"
    "robots.txt binds pages that are followed, or all URLs, or none."

    allow_private: tuple[str, ...] = ()
    "Networks (CIDR) of private addresses that may be asked, besides those of the seeds' own kind."

    user_agent: str = f"crawler/{__version__}"
    "What the crawler calls itself; its first word is looked up in robots.txt."

    rules: tuple[Rule, ...] = ()
    "What a person decided, in tables `[[rules]]` of the TOML; the first that fits goes first."

    header: tuple[Header, ...] = ()
    "Send `Name: value` to the seeds' own hosts, and no others; `${NAME}` is a variable."

    auth: Secret | None = None
    "Send `name:password` to the seeds' own hosts, and no others; `${NAME}` is a variable."

    proxy: Secret | None = None
    "Ask through this HTTP proxy, written as `http://name:password@host:port`."

    hosts: tuple[HostSettings, ...] = ()
    'How single hosts are treated, in tables `[hosts."https://host"]` of the TOML.'

    resume: bool = False
    "Continue the newest unfinished run with these seeds; without this it is given up."

    confirm_runs: int = 3
    "Nights on which a page must fail for a passing reason (5xx, timeout) before it is broken."

    confirm_after: timedelta = timedelta(hours=48)
    "Time over which it must fail so."

    recheck_after: timedelta = timedelta(days=7)
    "Links elsewhere that have been well for this long are asked only as often; 0s: every night."

    suggest: bool = False
    "Ask an archive for the copies of broken pages closest to when they were last seen well."

    archive: str = "https://archive.org/wayback/available"
    "The address of that archive's availability API."

    grace: float = 10.0
    "Seconds that requests in flight may take to finish when the run is stopped."

    def __post_init__(self) -> None:
        check_kinds(self)
        object.__setattr__(self, "db", str(self.db))
        if self.depth != "all" and self.depth < 0:
            raise UsageError(f"depth must be at least 0, or `all`, not {self.depth}")
        for name, least in _LEAST.items():
            value = getattr(self, name)
            most = _MOST.get(name, _LARGEST)
            if value is not None and not least <= value <= most:
                bound = f"at most {most}" if value > most else f"at least {least:g}"
                raise UsageError(f"{_written(name)} must be {bound}, not {value}")
        self._check_times()
        self._check_sharing()
        for name in ("include", "exclude"):
            _check_patterns(name, getattr(self, name))
        _check_networks(self.allow_private)
        self._check_web()
        tuple(self.rulings)  # each is checked when it is made

    def _check_times(self) -> None:
        if self.deadline is not None and self.deadline <= timedelta():
            raise UsageError("deadline must be longer than 0 s")
        for name in ("confirm_after", "recheck_after"):
            if getattr(self, name) < timedelta():
                raise UsageError(f"{_written(name)} must be at least 0 s")

    def _check_web(self) -> None:
        check_sent("user-agent", self.user_agent)
        if not self.user_agent.strip():
            raise UsageError("user-agent must say something: hosts want to know who asks")
        check_auth(self.auth)
        if self.proxy is not None and not _is_proxy(self.proxy.reveal()):
            raise UsageError("proxy is written as 'http://host:port'")
        archive = canonical(self.archive)
        if archive is None:
            raise UsageError("archive is written as 'https://host/path'")
        object.__setattr__(self, "archive", archive)

    def _check_sharing(self) -> None:
        if self.workers_here == 1 and self.ray is None:
            return
        if not isinstance(self.database, Server):
            raise UsageError("to share a run takes a server: --db postgresql://...")
        if self.max_pages is not None:
            raise UsageError("max-pages is what only one worker can keep to: not with workers-here")
        if (
            self.header
            or self.auth
            or self.proxy
            or any(host.header or host.auth for host in self.hosts)
        ):
            raise UsageError("what is secret (header, auth, proxy) is told to no other workers yet")

    @property
    def deepest(self) -> float:
        """The greatest depth at which pages are followed; infinite for `all`."""
        return float("inf") if self.depth == "all" else self.depth

    @property
    def rulings(self) -> tuple[Rule, ...]:
        """The rules, and after them what single hosts may answer."""
        return self.rules + tuple(_accepting(host) for host in self.hosts if host.accept)

    def told(self, own: Iterable[str]) -> dict[str, dict[str, str]]:
        """Return the headers of each host that gets any; those of all go to the `own` ones."""
        ours = headers_of(self.header, self.auth)
        told = {host: dict(ours) for host in own} if ours else {}
        for host in self.hosts:
            told[host.origin] = {**told.get(host.origin, {}), **host.headers()}
        return told

    @property
    def database(self) -> Location:
        """Where the database is."""
        return location_of(str(self.db))


def _accepting(host: HostSettings) -> Rule:
    url, accept = f"{host.origin}/*", host.accept
    try:
        return Rule(url=url, status=accept, verdict=Verdict.OK, reason="accepted")
    except UsageError as error:
        raise UsageError(f"host {host.origin}: accept: {error}") from None


def _written(name: str) -> str:
    return name.replace("_", "-")


def _is_proxy(url: str) -> bool:
    found = _PROXY.fullmatch(url)
    return found is not None and int(found[1] or 0) <= _HIGHEST_PORT


def _check_patterns(name: str, patterns: tuple[str, ...]) -> None:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as error:
            raise UsageError(f"{name}: {pattern!r} is no regular expression: {error}") from error


def _check_networks(networks: tuple[str, ...]) -> None:
    for network in networks:
        try:
            ipaddress.ip_network(network)
        except ValueError as error:
            raise UsageError(f"allow-private: {error}") from error
