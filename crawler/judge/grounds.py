"""Which rule decided, in words: for whoever asks why."""

from collections.abc import Iterable
from typing import NamedTuple

from crawler.judge.outcomes import ERRORS, RULES
from crawler.judge.overrides import fits
from crawler.model import Verdict
from crawler.rules import Rule


class Case(NamedTuple):
    """What a verdict was found on: the last attempt, and whether a redirect led on from there."""

    url: str
    verdict: str | None
    reason: str | None
    status: int | None = None
    error: str | None = None
    redirected: bool = False


# Where the reason alone says which rule it was.
_REASONS = {
    "challenge": "a page that keeps robots out answered in its place",
    "no-location": "a redirect that says no place to go to leads nowhere",
    "bad-location": "a redirect to what is no web address leads nowhere",
    "too-many-redirects": "more redirects in a row than max-redirects lead nowhere",
    "redirect-loop": "redirects that lead in a circle lead nowhere",
    "soft-404": "the host answers the same to an address that nobody made",
    "refresh": "the page refreshes to one that is broken",
    "too-large": "a body larger than max-body is not read to its end",
    "too-complex": "it is nested or written so that parsing it would take too long",
    "parser-lost": "the parser did not come to an end with it",
    "not-html": "a good answer, in which there is nothing to be read for links",
    "empty": "a good answer, in which there is nothing",
    "robots": "robots.txt bars pages that are followed",
    "external": "external = skip leaves out what is on other hosts",
    "excluded": "an exclude pattern fits",
    "not-included": "no include pattern fits",
    "accepted": "its host may answer so, by `accept` in the settings",
    "probe": "an address that nobody made, asked for to test its host",
}


def ground_of(case: Case, rules: Iterable[Rule]) -> str:
    """Return the rule that gave the verdict of `case`, a person's `rules` before ours."""
    known = own_ground_of(case, rules) or _REASONS.get(case.reason or "")
    if known is not None:
        return known
    if case.redirected:
        return "a redirect is what its end is"
    return _of_attempt(case)


def own_ground_of(case: Case, rules: Iterable[Rule]) -> str | None:
    """Return which of a person's `rules` gave the verdict of `case`; None where none did."""
    for number, rule in enumerate(rules, 1):
        words = {rule.reason or str(each) for each in rule.status}
        if rule.verdict == case.verdict and case.reason in words and fits(rule, case.url):
            return f'[[rules]] number {number} of your own, for "{rule.url}"'
    return None


def _of_attempt(case: Case) -> str:
    if case.status is None and case.error is None:
        return "it was not asked for" + (f": {case.reason}" if case.reason else "")
    if case.verdict is None:
        return "it is not settled yet"
    if case.error is not None:
        word, verdict = f"an attempt that ends with {case.error}", _verdict_on(case.error)
    else:
        rule = next(each for each in RULES if each.first <= (case.status or 0) <= each.last)
        one = f"status {rule.first}" if rule.first == rule.last else None
        word, verdict = one or f"status {rule.first} to {rule.last}", rule.verdict
    if case.verdict == Verdict.SKIPPED != verdict:
        return f"the run ended before it was settled: {case.reason}"
    if verdict in (case.verdict, None):
        return f"{word} is {case.verdict}"
    return f"{word} is {verdict}, and what lasts is {case.verdict}"


def _verdict_on(error: str) -> Verdict | None:
    return ERRORS[error].verdict if error in ERRORS else None
