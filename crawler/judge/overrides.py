"""What a person decided about URLs, before any rule of ours: the first rule that fits."""

import re
from collections.abc import Iterable

from crawler.model import Judgement
from crawler.rules import Rule


class Overrides:
    """The rules of the settings, ready to be asked. Never changes."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = [(_pattern(rule.url), frozenset(rule.status), rule) for rule in rules]

    def judge(self, url: str, *evidence: int | str | None) -> Judgement | None:
        """Return the verdict on canonical `url` by its status and words; None where none fits."""
        for pattern, wanted, rule in self._rules:
            if not wanted.isdisjoint(evidence) and pattern.fullmatch(url):
                word = next(each for each in evidence if each in wanted)
                return Judgement(rule.verdict, rule.reason or str(word))
        return None


def fits(rule: Rule, url: str) -> bool:
    """Return whether `rule` is about canonical `url`."""
    return _pattern(rule.url).fullmatch(url) is not None


def _pattern(written: str) -> re.Pattern[str]:
    """Return `written` as a regular expression in which only `*` is special: URLs have `?`, `[`."""
    return re.compile(".*".join(map(re.escape, written.split("*"))), re.DOTALL)
