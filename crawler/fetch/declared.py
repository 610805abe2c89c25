"""The redirects that a built site declares in a file `_redirects` (Netlify, Cloudflare Pages)."""

import logging
import re
from pathlib import Path
from typing import NamedTuple

from crawler.urls import canonical

_COMMENT = re.compile(r"(^|\s)#.*")
_RULE = re.compile(
    r"(?P<path>/[^\s?]*)\s+(?P<to>(/|https?://)\S*)(\s+(?P<status>30[12378])(?P<forced>!?))?"
)
_PLACEHOLDER = re.compile(r"\*|/:[A-Za-z]")

logger = logging.getLogger(__name__)


class Redirect(NamedTuple):
    """A line `from to [status]`; where `forced`, it goes before a file of the same path."""

    to: str
    status: int
    forced: bool


def redirects_in(path: Path, base: str) -> dict[str, Redirect]:
    """Return the redirects in the file at `path`, by the canonical URLs that they are for.

    Its paths count from the root of the folder, which is published at `base`. Only exact paths are
    taken; of other lines a warning says the numbers. OSError where the file cannot be read.
    """
    rules: dict[str, Redirect] = {}
    ignored = []
    for number, line in enumerate(path.read_text("utf-8-sig", "replace").splitlines(), 1):
        written = _COMMENT.sub("", line).strip()
        if rule := _rule(written, base):
            rules.setdefault(*rule)
        elif written:
            ignored.append(str(number))
    if ignored:
        logger.warning("%s: no plain redirects, ignored: lines %s", path, ", ".join(ignored))
    return rules


def _rule(written: str, base: str) -> tuple[str, Redirect] | None:
    rule = _RULE.fullmatch(written)
    if not rule or _PLACEHOLDER.search(rule["path"] + rule["to"]):
        return None
    url = canonical(base + rule["path"][1:])
    to = rule["to"]
    if to.startswith("/") and not to.startswith("//"):  # two have a host behind them
        to = base + to[1:]
    redirect = Redirect(to, int(rule["status"] or 301), forced=rule["forced"] == "!")
    return (url, redirect) if url else None
