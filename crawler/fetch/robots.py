"""What a host's robots.txt lets a crawler do (RFC 9309), by protego."""

from dataclasses import dataclass
from typing import NamedTuple, Self

from protego import Protego

from crawler.model import Answer, RobotsFile
from crawler.urls import canonical

MAX_BYTES = 500 * 1024
"The part of a robots.txt that is read (RFC 9309, 2.5)."

LARGE = 32 * 1024
"Bytes of a robots.txt that is not for the event loop: neither to be read, nor to be asked."

MAX_DELAY = 30.0
"Seconds: a longer Crawl-delay is taken for this."

_TOO_MANY_REQUESTS = 429
# What is read in place of a file that cannot be had (RFC 9309, 2.3.1.4).
_UNREACHABLE = b"User-agent: *\nDisallow: /"


def robots_url(host: str) -> str:
    """Return the URL of the robots.txt of `host`, a host key such as `https://example.org`."""
    return f"{host}/robots.txt"


def outcome_of(answer: Answer, host: str, fetched_at: float) -> RobotsFile:
    """Return what `answer`, the last one to a request for the robots.txt of `host`, amounts to.

    A redirect as the last answer is one too many. `delay` is None, since it depends on who asks:
    `Robots.delay` has it.
    """
    status = answer.fetch.status
    outcome = _outcome(status)
    body = _whole_lines(answer) if outcome == "parsed" else b""
    return RobotsFile(host, fetched_at, outcome, status, None, body)


def _outcome(status: int | None) -> str:
    if status is None or status >= 500 or status == _TOO_MANY_REQUESTS:
        # RFC 9309 counts 429 to the 4xx that allow everything: no polite reading of "too many".
        return "unreachable"
    return "parsed" if 200 <= status < 300 else "unavailable"


def _whole_lines(answer: Answer) -> bytes:
    body = answer.body[:MAX_BYTES]
    if not answer.fetch.truncated and len(body) == len(answer.body):
        return body
    return body[: max(body.rfind(b"\n"), body.rfind(b"\r")) + 1]


class Sitemap(NamedTuple):
    """A sitemap that a robots.txt names: its canonical URL, as it is written, and the line."""

    url: str
    written: str
    line: int


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one host for one crawler.

    `delay`: seconds between two requests, where the host asks for it; `sitemaps`: each URL once;
    `large`: there may be so many rules that `allows` takes a tenth of a second.
    """

    delay: float | None
    sitemaps: tuple[Sitemap, ...]
    large: bool
    _rules: Protego
    _token: str

    @classmethod
    def from_file(cls, file: RobotsFile, user_agent: str) -> Self:
        """Return the rules in `file` for the crawler whose User-Agent header is `user_agent`.

        500 KiB take up to 0.4 s: above `LARGE`, call this in a thread.
        """
        written = _UNREACHABLE if file.outcome == "unreachable" else file.body
        text = written.decode("utf-8-sig", "replace")
        rules = Protego.parse(text)
        token = _product_token(user_agent)
        delay = rules.crawl_delay(token)
        return cls(
            delay=None if delay is None else min(delay, MAX_DELAY),
            sitemaps=_sitemaps(rules, text),
            large=len(file.body) > LARGE,
            _rules=rules,
            _token=token,
        )

    def allows(self, url: str) -> bool:
        """Return whether canonical `url`, one of the host's, may be asked for."""
        return self._rules.can_fetch(url, self._token)


def _product_token(user_agent: str) -> str:
    words = user_agent.partition("/")[0].split()
    return words[0] if words else ""


def _sitemaps(rules: Protego, text: str) -> tuple[Sitemap, ...]:
    named = set(rules.sitemaps)
    found: dict[str, Sitemap] = {}
    for number, line in enumerate(text.splitlines() if named else (), 1):
        said = line.partition("#")[0]
        # Some write a blank in the place of the colon.
        forms = (said.partition(":")[2].strip(), " ".join(said.split()[1:]))
        written = next((each for each in forms if each in named), "")
        url = canonical(written)
        if url is not None:
            found.setdefault(url, Sitemap(url, written, number))
    return tuple(found.values())
