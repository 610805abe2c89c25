"""When two URLs are the same: canonical form, resolution, host key and URL id.

The rules are those of the WHATWG URL standard, as browsers have them (ada-url); and `|` is written
`%7C` in a path, as Chromium does, since there are servers that refuse it (Tomcat).
"""

import re
from hashlib import blake2b
from typing import NamedTuple
from urllib.parse import unquote

import ada_url

_REMEMBERED = 50_000
# Fragments that the URL parser leaves as they are.
_PLAIN_FRAGMENT = re.compile(r"[\w.~:@!$&'()*+,;=/?-]*", re.ASCII).fullmatch
# References that mean the same on all pages of a folder: they begin with something of a path
# (`?q` and `http:` do not), and have no blanks, which the URL parser drops here and keeps there.
_SAME_IN_FOLDER = re.compile(r"(?!https?:(?:\?|$))[^\0- ?][^\0- ]*", re.IGNORECASE).fullmatch
# References that only go up and down folders, in letters that the URL parser leaves as they are.
_PLAIN_PATH = re.compile(
    r"((?:\.\./)*+)((?:[\w~-][\w.~-]*+/)*+(?:[\w~-][\w.~-]*+)?)", re.ASCII
).fullmatch

# Where Cloudflare has links to e-mail addresses lead, which a script puts back: nothing answers.
_HIDDEN_ADDRESS = "/cdn-cgi/l/email-protection"
_ADDRESS = re.compile(r"[^\s@]@[^\s@]").search
_DIGIT = re.compile(r"[0-9]").search
# What only looks like a scheme: a drive of Windows, or a host with a port, without `https://`.
_NO_SCHEME = re.compile(r"[a-z]:(?:\\|/\w)|(?:localhost|[\w-]+(?:\.[\w-]+)+):\d+(?:[/?#]|\Z)").match


class Target(NamedTuple):
    """Where a reference leads: a canonical URL without its fragment, its id, and the fragment."""

    id: int
    url: str
    fragment: str


def digest64(value: bytes) -> int:
    """Return the 64-bit BLAKE2b hash of `value` as a signed integer, as SQLite keeps integers."""
    return int.from_bytes(blake2b(value, digest_size=8).digest(), "big", signed=True)


def url_id(url: str) -> int:
    """Return the id of a canonical `url`: the same on every machine and in every database."""
    return digest64(url.encode())


def is_http(url: str) -> bool:
    """Return whether canonical `url` is one that can be fetched."""
    return url.startswith(("http://", "https://"))


def host_of(url: str) -> str:
    """Return the host of a canonical `url`: scheme, name and port, as in `https://example.org:8443`.

    What is no http(s) URL has no host, and answers with an empty string.
    """
    return url[: url.index("/", 8)] if is_http(url) else ""


def name_of(host: str) -> str:
    """Return the name in a host key, without scheme and port (an IPv6 address in brackets)."""
    return str(ada_url.URL(host).hostname)


def resolve(base: str, reference: str) -> Target | None:
    """Return where `reference`, found in a document whose base URL is `base`, leads.

    None where it leads to no document: `mailto:`, also as Cloudflare hides it, `javascript:`,
    `data:` and the like. A reference that the URL standard calls invalid, that writes to nobody, or
    whose scheme is a slip of the pen for `https`, comes back as it was written, under no host; in
    `<>` where it could be taken for one that can be fetched.
    """
    try:
        joined = ada_url.join_url(base, reference)
    except ValueError:
        return _invalid(reference)
    if not is_http(joined):
        return None if _leads_elsewhere(joined) else _invalid(reference)
    url, _, fragment = joined.partition("#")
    return _document(_canonical(url), fragment)


def canonical(url: str) -> str | None:
    """Return absolute http(s) `url` in canonical form, without fragment and userinfo, or None."""
    try:
        normal = str(ada_url.URL(url).href)
    except ValueError:
        return None
    return _canonical(normal.partition("#")[0]) if is_http(normal) else None


def _canonical(url: str) -> str:
    """Return what the URL parser made of an http(s) URL without fragment in canonical form."""
    if "@" in url:
        url = _without_userinfo(url)
    if "|" in url:
        path, mark, query = url.partition("?")
        url = path.replace("|", "%7C") + mark + query
    return url


def _document(url: str, fragment: str) -> Target | None:
    """Return the target that canonical `url` is, if a document is what it names."""
    if url.endswith(_HIDDEN_ADDRESS) and url == host_of(url) + _HIDDEN_ADDRESS:
        return None
    return Target(url_id(url), url, fragment)


def _leads_elsewhere(url: str) -> bool:
    """Return False for what no program opens: `htp://`, `localhost:80`, a mail without addressee.

    For `mailto:` and `tel:` RFC 6068 and 3966, as far as programs insist on them.
    """
    scheme, _, rest = url.partition(":")
    slip = rest.startswith("//") and set("tp") <= set(scheme) <= set("https")
    if slip or _NO_SCHEME(url):
        return False
    to, _, fields = rest.partition("?")
    if scheme == "mailto":
        addresses = [each for each in unquote(to).split(",") if each.strip()]
        return all(map(_ADDRESS, addresses)) and bool(addresses or fields)
    return scheme != "tel" or _DIGIT(unquote(rest)) is not None


def _invalid(reference: str) -> Target:
    written = reference.strip().encode("utf-8", "replace").decode()[:2048]
    if is_http(written):
        written = f"<{written}>"
    return Target(url_id(written), written, "")


def _without_userinfo(url: str) -> str:
    parsed = ada_url.URL(url)
    parsed.username = parsed.password = ""
    return str(parsed.href)


# Scheme, nothing, host: what comes before the first folder of a URL that is split at its slashes.
_ROOT = 3


class Resolver:
    """Resolves references, and remembers the answers for each folder of a host.

    Menus repeat on every page of a site, and a relative reference means the same to all pages
    of one folder. The memory is this object's only state, and starts anew when it is full. Use what
    `at` returns until you call it again.
    """

    def __init__(self) -> None:
        self._folders: dict[str, dict[str, Target | None]] = {}
        self._known: dict[str, Target | None] = {}
        self._before = self._remembered = 0

    def at(self, base: str) -> "BaseResolver":
        """Return what resolves the references of a document; `base`: canonical, no fragment."""
        self._remembered += len(self._known) - self._before
        if self._remembered > _REMEMBERED:
            self._folders, self._remembered = {}, 0
        path = base.partition("?")[0]
        folder = path[: path.rindex("/") + 1]
        if folder not in self._folders:
            self._folders[folder] = {}
            self._remembered += 1
        self._known = self._folders[folder]
        self._before = len(self._known)
        return BaseResolver(base, self._known)


class BaseResolver:
    """Resolves references against one base URL; `known` is shared by all bases of its folder."""

    def __init__(self, base: str, known: dict[str, Target | None]) -> None:
        self._base = base
        self._known = known
        self._page = _document(base, "") if is_http(base) else resolve(base, "")
        self._folders = base.partition("?")[0].split("/")[:-1]

    def resolve(self, reference: str) -> Target | None:
        """Return what the function `resolve` returns, sooner."""
        target = self._known.get(reference)
        if target is not None:
            return target
        path, _, fragment = reference.partition("#")
        there = self._known.get(path) if path else self._page
        if there is None or not (fragment and _PLAIN_FRAGMENT(fragment) and is_http(there.url)):
            return self._resolved(reference, path, fragment)
        target = tuple.__new__(Target, (there.id, there.url, fragment))  # in half the time
        if path:
            self._known[reference] = target
        return target

    def _resolved(self, reference: str, path: str, fragment: str) -> Target | None:
        """Resolve what was not met before, in no place that was."""
        if not _PLAIN_FRAGMENT(fragment) or not (path in self._known or _SAME_IN_FOLDER(path)):
            return self._of_this_page(reference, fragment)
        target = self._of_path(path)
        if path != reference and target is not None:
            if not is_http(target.url):
                return resolve(self._base, reference)
            target = Target(target.id, target.url, fragment)
        self._known[reference] = target
        return target

    def _of_this_page(self, reference: str, fragment: str) -> Target | None:
        if self._page is None or reference[:1] != "#" or not _PLAIN_FRAGMENT(fragment):
            return resolve(self._base, reference)
        return Target(self._page.id, self._page.url, fragment)

    def _of_path(self, path: str) -> Target | None:
        if path not in self._known:
            self._known[path] = self._joined(path)
        return self._known[path]

    def _joined(self, path: str) -> Target | None:
        """Resolve a reference; the plainest, as nearly all are, without parsing two URLs."""
        plain = _PLAIN_PATH(path)
        if plain is None or not path or not is_http(self._base):
            return resolve(self._base, path)
        up, down = plain.groups()
        kept = max(_ROOT, len(self._folders) - up.count("/"))
        return _document("/".join((*self._folders[:kept], down)), "")
