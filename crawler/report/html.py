"""The report as one HTML file: no network, no script but its own, safe to open from a mail.

To import it is to import jinja2 and pygal.
"""

import json
from base64 import b64encode
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from urllib.parse import quote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from crawler.report.phrases import notices, number_of, repeated
from crawler.report.places import query_of, question
from crawler.report.portrait import Portrait, headline, portrait_of
from crawler.report.printable import printable
from crawler.report.subject import Subject
from crawler.report.text import kept_out, unsettled
from crawler.store.finding import Finding

_MOST_PLAIN = 200

_MOST_FIXED = 100

_MOST_TOLD = 20

_MOST_HOSTS = 50

_TEMPLATES = "templates"
_TITLES = {
    "redirects": "Links to what has moved for good",
    "blocked": "Addresses that keep robots out",
    "flaky": "Addresses that come and go",
    "orphans": "Pages that only the sitemap knows",
    "notes": "Notes",
    "slowest": "Slowest requests",
}
_SAFE = "%/?:@!$&()*+,;=-._~|"  # what may stand in a URL, and in its fragment, as it is
_WORDS = (
    *("source", "target", "fragment", "reason", "kind", "text"),
    *("section", "nearest", "since", "file"),
)
_NUMBERS = ("status", "line", "file_line", "nights", "occurrences", "whole", "fresh")


async def html_report(subject: Subject) -> AsyncGenerator[str]:
    """Yield the page, whole."""
    yield render(await portrait_of(subject))


def render(portrait: Portrait, *, live: bool = False) -> str:
    """Return the page; a live one asks the server that it came from for news."""
    style, script = _asset("page.css"), _asset("page.js")
    running = portrait.run.state == "running"
    return _PAGE.render(
        page=portrait,
        live=live,
        policy=policy(style, script, live=live),
        style=Markup(style),  # noqa: S704 - ours
        script=Markup(script),  # noqa: S704 - ours
        site=_site(portrait.run.seeds),
        origin=_origin(portrait.run.seeds),
        headline=headline(portrait),
        question=question(portrait.database, query_of(portrait.run)),
        notices=[] if live and running else notices(portrait.run),
        unsettled=unsettled(portrait.totals),
        kept_out=kept_out(portrait.totals),
        running=running,
        titles=_TITLES,
        most_plain=_MOST_PLAIN,
        most_fixed=_MOST_FIXED,
        most_told=_MOST_TOLD,
        most_hosts=_MOST_HOSTS,
        embedded=embedded(portrait),
    ).lstrip()


def policy(style: str, script: str, *, live: bool) -> str:
    """Return the Content-Security-Policy that lets in this style and script, and nothing else."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "base-uri 'none'",
            "form-action 'none'",
            *(["connect-src 'self'"] if live else []),
        ]
    )


def embedded(portrait: Portrait) -> Markup:
    """Return the findings as JSON that may stand in an HTML document: no `<`, nothing but ASCII."""
    words: dict[str, int] = {}
    rows = [_row(finding, words, first=portrait.first) for finding in portrait.findings]
    data = {
        "site": _origin(portrait.run.seeds),
        "words": [*words],
        "columns": [*_WORDS, *_NUMBERS],
        "numbers": len(_NUMBERS),
        "rows": rows,
    }
    text = json.dumps(data, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - just made safe


def _row(finding: Finding, words: dict[str, int], *, first: bool) -> list[int]:
    said = (
        *(finding.source, finding.target, finding.fragment, finding.reason, finding.kind),
        *(finding.text, finding.section, finding.nearest, finding.first_seen_at[:10]),
        finding.file,
    )
    return [
        *(words.setdefault(printable(word or ""), len(words)) for word in said),
        *(finding.status or 0, finding.line or 0, finding.file_line or 0),
        *(finding.nights, finding.occurrences, int(finding.whole)),
        int(finding.is_new and not first),
    ]


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("crawler.report", _TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "repeated": repeated,
        "printable": lambda said: printable(str(said)),
        "moment": _moment,
        "duration": _duration,
        "milliseconds": lambda ms: f"{ms:,.0f} ms" if ms >= 10 else f"{ms:.1f} ms",
        "short": _short,
        "web": _web,
    }
    return environment


def _asset(name: str) -> str:
    return files("crawler.report").joinpath(_TEMPLATES, name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _site(seeds: Sequence[str]) -> str:
    """Return what the page calls the site: the hosts of its seeds."""
    hosts = [*dict.fromkeys(urlsplit(seed).netloc for seed in seeds)]
    rest = len(hosts) - 3
    more = f" and {number_of(rest, 'more host')}" if rest > 0 else ""
    return f"{', '.join(hosts[:3])}{more}"


def _origin(seeds: Sequence[str]) -> str:
    """Return what URLs of the site begin with, where all seeds agree on it."""
    origins = {"{0.scheme}://{0.netloc}".format(urlsplit(seed)) for seed in seeds}
    return origins.pop() if len(origins) == 1 else ""


def _web(url: str, fragment: str = "") -> str:
    """Return `url` if it may be clicked, else nothing: no `javascript:`, no `data:`."""
    if not url.startswith(("http://", "https://")):
        return ""
    named = f"#{quote(fragment, safe=_SAFE)}" if fragment else ""
    return quote(url, safe=f"{_SAFE}#[]") + named


def _short(url: str, origin: str) -> str:
    """Return `url` as it is shown: on the site itself without its host, elsewhere without https."""
    shown = url.removeprefix(origin) if origin and url.startswith(f"{origin}/") else url
    return printable(shown)


def _moment(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


_PAGE = _environment().get_template("page.html")
