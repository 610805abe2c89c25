"""Pages for whoever has an account, and what stands in the place of them for all others."""

import re
from urllib.parse import parse_qsl, urlsplit

from crawler.urls import host_of, resolve

_ENTRY = r"(?:user)?log[_-]?[io]n|sign[_-]?[io]n"
_LOGIN = re.compile(
    rf"(?:^|[/:._-])(?:{_ENTRY}|sso|saml|oauth2?|authorize|auth|consent|captcha)(?:$|[/._-])",
    re.IGNORECASE,
)
# Parameters that name a page where the path names a program: of phpBB, Joomla, MediaWiki, DokuWiki.
_NAMING = {"action", "do", "mode", "page", "title", "view"}
_NAMED = re.compile(rf"(?:\w+:)?(?:{_ENTRY})", re.IGNORECASE)
# Parameters by which a login knows where to go on to, without `_` and `-`: of frameworks, CAS,
# SAML, WS-Federation and OAuth.
_RETURNING = (
    {"next", "nexturl", "return", "returnto", "returnurl", "returnuri", "returnpath", "goto"}
    | {"redirect", "redirectto", "redirecturl", "redirecturi", "redirectpath", "continue"}
    | {"destination", "osdestination", "backurl", "camefrom", "targeturl"}
    | {"service", "samlrequest", "relaystate", "wreply"}
)
_PASSWORD = re.compile(rb"<input\b[^>]*\btype\s*=\s*[\"']?password\b", re.IGNORECASE)


def is_login(url: str) -> bool:
    """Return whether `url` names a login, or what else stands before pages.

    Its path does, or a parameter that names a page, as `mode=login` does.
    """
    address = urlsplit(url)
    return _LOGIN.search(address.path) is not None or any(
        name.lower() in _NAMING and _NAMED.fullmatch(value) is not None
        for name, value in parse_qsl(address.query)
    )


def is_behind_login(old: str, new: str, *, locked: bool) -> bool:
    """Return whether redirects from `old` end at a login, `new`, that leads on to `old`.

    A page about logins may have moved, or a login: so `new` must name `old` in its query, or be
    named as a login that `old` is none of, and either have a parameter for where to go on to or be
    `locked`, which means that it has a field for a password.
    """
    if old == new or not is_login(new):
        return False
    query = parse_qsl(urlsplit(new).query)
    named = [resolve(new, value) for _, value in query]
    if any(each is not None and _path(each.url) == _path(old) for each in named):
        return True
    names = {re.sub("[_-]", "", name.lower()) for name, _ in query}
    return not is_login(old) and (locked or not names.isdisjoint(_RETURNING))


def asks_for_password(body: bytes) -> bool:
    """Return whether a page has a field for a password: it may stand in the place of others."""
    return _PASSWORD.search(body) is not None


def _path(url: str) -> str:
    return url.partition("?")[0].removeprefix(host_of(url)).rstrip("/")
