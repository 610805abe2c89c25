"""Which permanent redirects are worth a new link: not those to a login, a language, a session."""

import re
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

from crawler.judge.logins import is_login
from crawler.judge.suspects import is_deep

_LOCALE = re.compile(r"[a-z]{2}(?:[-_](?:[a-z]{2}|[a-z]{4}|\d{3}))?", re.IGNORECASE)
_PASSING = {"lang", "hl", "locale", "sid", "session", "sessionid", "phpsessid", "jsessionid"}


def is_worthwhile(old: str, new: str) -> bool:
    """Return whether a link to `old` should be written as one to `new`, for good.

    Both are canonical URLs; `old` redirects to `new` permanently, by what the server says.
    """
    before, now = urlsplit(old), urlsplit(new)
    if is_login(new) and not is_login(old):
        return False
    if is_deep(old) and not is_deep(new):
        return False
    if old in new[1:] or quote(old, safe="") in new:  # to come back to
        return False
    return not (_chooses_language(before, now) or _keeps_session(before, now))


def _chooses_language(before: SplitResult, now: SplitResult) -> bool:
    old, new = before.path.split("/"), now.path.split("/")
    inserted = any(
        _LOCALE.fullmatch(segment) and _same(old, [*new[:place], *new[place + 1 :]])
        for place, segment in enumerate(new)
    )
    replaced = len(old) == len(new) and any(
        _LOCALE.fullmatch(ours) and _LOCALE.fullmatch(theirs) and ours != theirs
        for ours, theirs in zip(old, new, strict=True)
    )
    return inserted or replaced


def _same(old: list[str], new: list[str]) -> bool:
    return [each for each in old if each] == [each for each in new if each]


def _keeps_session(before: SplitResult, now: SplitResult) -> bool:
    if ";jsessionid=" in now.path.lower():
        return True
    added = dict(parse_qsl(now.query)).keys() - dict(parse_qsl(before.query)).keys()
    return any(name.lower() in _PASSING for name in added)
