"""The verdict on one answer, by its status or its error: the first rule that fits decides."""

import sys
from typing import NamedTuple

from crawler.model import Fetch, Judgement, Verdict


class StatusRule(NamedTuple):
    """Statuses from `first` to `last` that mean one verdict; `reason` None: the status itself."""

    first: int
    last: int
    verdict: Verdict
    reason: str | None = None


# The special cases come before the general ones. The names of statuses are those of RFC 9110.
# 300 is no redirect (Fetch, "redirect status"), whatever Location it has: readers choose from a
# list, of forms of the page, or of names like the one that was not found.
RULES = (
    StatusRule(200, 299, Verdict.OK),
    StatusRule(300, 300, Verdict.UNVERIFIABLE),
    StatusRule(304, 304, Verdict.OK),
    StatusRule(300, 399, Verdict.BROKEN, "no-location"),
    StatusRule(401, 401, Verdict.BLOCKED),
    StatusRule(403, 403, Verdict.BLOCKED),
    StatusRule(407, 407, Verdict.BLOCKED),
    StatusRule(408, 408, Verdict.TRANSIENT),
    StatusRule(425, 425, Verdict.TRANSIENT),
    StatusRule(429, 429, Verdict.BLOCKED),
    StatusRule(451, 451, Verdict.BLOCKED),
    StatusRule(400, 499, Verdict.BROKEN),
    StatusRule(500, 599, Verdict.TRANSIENT),
    StatusRule(999, 999, Verdict.BLOCKED),
    StatusRule(100, 999, Verdict.BROKEN),
    StatusRule(0, sys.maxsize, Verdict.BROKEN, "invalid-status"),
)

# What the words of `Fetch.error` mean once no further attempt is made.
ERRORS = {
    "dns": Judgement(Verdict.BROKEN, "dns"),
    "dns-temporary": Judgement(Verdict.TRANSIENT, "dns"),
    "connect": Judgement(Verdict.TRANSIENT, "connect"),
    "timeout": Judgement(Verdict.TRANSIENT, "timeout"),
    "reset": Judgement(Verdict.TRANSIENT, "reset"),
    "tls": Judgement(Verdict.TRANSIENT, "tls"),
    "tls-chain": Judgement(Verdict.UNVERIFIABLE, "tls-chain"),
    "bad-header": Judgement(Verdict.UNVERIFIABLE, "bad-header"),
    "protocol": Judgement(Verdict.TRANSIENT, "protocol"),
    "proxy": Judgement(Verdict.BLOCKED, "proxy"),
    "invalid-url": Judgement(Verdict.BROKEN, "invalid-url"),
    "private-address": Judgement(Verdict.SKIPPED, "private-address"),
    "internal-error": Judgement(Verdict.UNVERIFIABLE, "internal-error"),
}

# What it means for a URL that its host was given up, before it was asked for.
GIVEN_UP = {
    **ERRORS,
    "429": Judgement(Verdict.BLOCKED, "429"),
    "503": Judgement(Verdict.TRANSIENT, "503"),
}


def judge_fetch(fetch: Fetch) -> Judgement:
    """Return the verdict on a URL whose last attempt was `fetch`, taken for itself."""
    if fetch.error is not None:
        return ERRORS[fetch.error]
    status = fetch.status or 0
    rule = next(rule for rule in RULES if rule.first <= status <= rule.last)
    if rule.verdict is Verdict.OK:
        return Judgement(Verdict.OK)
    return Judgement(rule.verdict, rule.reason or str(status))
