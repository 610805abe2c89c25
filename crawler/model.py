"""The nouns that travel between the parts: values, without behaviour of their own.

Times are seconds since the epoch (UTC), durations seconds, or milliseconds where the name ends in
`_ms`, sizes bytes.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from crawler.document import Reading


class Scope(StrEnum):
    """What is to be done with a URL: fetch it and follow its links, fetch it, or neither."""

    FOLLOW = "follow"
    CHECK = "check"
    SKIP = "skip"


class Verdict(StrEnum):
    """What a person would say of a page or a link."""

    OK = "ok"
    BROKEN = "broken"
    BLOCKED = "blocked"
    TRANSIENT = "transient"
    UNVERIFIABLE = "unverifiable"
    SKIPPED = "skipped"


# The words a person may name instead of a status: why an attempt failed, or what a page was found
# to be. What is out of scope is not for a rule to judge.
WORDS = frozenset(
    {"dns", "dns-temporary", "connect", "timeout", "reset", "tls", "tls-chain", "bad-header"}
    | {"protocol", "proxy", "invalid-url"}
    | {"private-address", "robots", "invalid-status", "challenge"}
    | {"no-location", "bad-location", "too-many-redirects", "redirect-loop"}
    | {"fragment", "hash-route", "script", "text-fragment", "soft-404", "refresh"}
    | {"empty", "not-html", "too-large", "too-complex", "parser-lost"}
)


class Judgement(NamedTuple):
    """A verdict with its reason, a stable word; None where there is nothing to explain."""

    verdict: Verdict
    reason: str | None = None


class Note(NamedTuple):
    """A finding about a URL that is no verdict; `kind` is a stable word."""

    kind: str
    detail: str


class Chain(NamedTuple):
    """What a redirect chain carries along, in memory only.

    `asked` are the ids of the URLs it passed, each with the number of cookies sent; `cookies` the
    Set-Cookie lines it met, each after the URL that sent it.
    """

    asked: tuple[tuple[int, int], ...] = ()
    cookies: tuple[tuple[str, str], ...] = ()


NO_CHAIN = Chain()


class Known(NamedTuple):
    """The last good answer of a URL, and what a server must be told to say if it has changed.

    `run_id` is the run that had it; `document_id` is None where no document was in it, but an
    image, say, and `digest` is empty then.
    """

    document_id: int | None
    digest: bytes
    content_type: str | None
    etag: str | None
    last_modified: str | None
    run_id: int
    title: str | None
    fingerprint: int | None


class Request(NamedTuple):
    """A URL in the frontier.

    `depth`: links from the nearest seed; `hops`: redirects on the way here; `tries`: attempts made
    so far; `via_id`: the URL that first led here; `reason`: why it is skipped; `robots_for`: the
    host whose robots.txt this is, where it is one; `was_depth`: where it had been found before, and
    a redirect turned out to lead there from nearer; `chain`: the redirects on the way here;
    `priority`: it was ill on the night before; `known`: what it answered then.
    """

    url: str
    url_id: int
    host: str
    depth: int
    scope: Scope
    reason: str | None = None
    method: str = "GET"
    tries: int = 0
    hops: int = 0
    via_id: int | None = None
    not_before: float = 0.0
    robots_for: str | None = None
    was_depth: int | None = None
    chain: Chain = NO_CHAIN
    priority: bool = False
    known: Known | None = None


class Fetch(NamedTuple):
    """One attempt on one hop, as the table `fetch` keeps it.

    Either `status` is there, or `error`: a stable word such as `timeout` or `dns`; `detail` says
    more. `headers` is a JSON object of the few that explain a verdict, with no secret in it.
    """

    method: str
    started_at: float
    total_ms: float
    wait_ms: float | None = None
    dns_ms: float | None = None
    connect_ms: float | None = None
    ttfb_ms: float | None = None
    status: int | None = None
    error: str | None = None
    detail: str | None = None
    wire_bytes: int = 0
    body_bytes: int = 0
    truncated: bool = False
    remote_ip: str | None = None
    headers: str | None = None


class Answer(NamedTuple):
    """What came back from one attempt: the facts, the headers (lower-case names), and the body.

    `set_cookies` are the lines of that header, which may come more than once; `certificate_ends` is
    when the server's certificate does, where there is one.
    """

    fetch: Fetch
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes = b""
    set_cookies: tuple[str, ...] = ()
    certificate_ends: float | None = None


class RobotsFile(NamedTuple):
    """What became of a host's robots.txt (RFC 9309).

    `outcome` is parsed, unavailable or unreachable.
    """

    host: str
    fetched_at: float
    outcome: str
    status: int | None
    delay: float | None
    body: bytes


class Page(NamedTuple):
    """What became of a request for now, to be stored in one transaction with all that it brought.

    `done` is False where the request waits for another attempt: then `request` is that attempt.
    `judgement` is None while a redirect's end is not known. `found` are URLs that may be new,
    `reopened` is one that was done, and is asked once more because a redirect gave it cookies;
    `retold`: the attempt was made for another reason, and has its row already; `unchanged`: it is
    what it was on a night before, and was not read again.
    """

    request: Request
    done: bool
    fetch: Fetch | None = None
    judgement: Judgement | None = None
    redirect_to: int | None = None
    redirect_fragment: str | None = None
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    reading: Reading | None = None
    unchanged: Known | None = None
    robots: RobotsFile | None = None
    found: Sequence[Request] = ()
    notes: Sequence[Note] = ()
    reopened: Request | None = None
    retold: bool = False


class Run(NamedTuple):
    """One invocation: its id, and whether it was begun by an earlier one, or by another worker."""

    id: int
    resumed: bool


class Ending(NamedTuple):
    """How a run ends: state and reason, when (seconds since the epoch), and why not to trust it.

    What fails for a passing reason is broken once it has on `confirm_runs` nights, over at least
    `confirm_seconds`.
    """

    state: str
    reason: str | None
    at: float
    doubts: tuple[str, ...] = ()
    confirm_runs: int = 3
    confirm_seconds: float = 48 * 3600

    @property
    def is_night(self) -> bool:
        """Whether the run is one to be remembered."""
        return self.state == "finished" and not self.doubts
