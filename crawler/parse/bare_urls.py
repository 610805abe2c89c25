"""URLs that stand in the text of a Markdown document as they are, as GitHub finds them."""

import re

from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline import text as unmarked

# A URL that stands in the text as it is (GFM, 6.9), with what may end the sentence.
_BARE = re.compile(r"(?<![A-Za-z])(?i:https?)://(?=[^\W_])")
_WWW = re.compile(r"(?<![^\s*_~(])www\.(?=[^\W_][^\s<.]*\.[^\W_])")
_MAYBE_WWW = re.compile(r"(?<![^\s*_~(])www\.")
_UNBROKEN = re.compile(r"[^\s<]+")
# Hosts in whose last two names an underscore stands are none, but `your_host` for one. No name has
# 255 characters; nobody looks to the end of the text for that of each of many.
_HOST = re.compile(r"(?:\w+://)?(?P<name>[\w.-]{1,255})").match
_COUNTED = 2
_ENDS = "?!.,:;*_~'\""
_PAIRS = (("(", ")"), ("[", "]"))
_ENTITY = re.compile(r"&[A-Za-z]+;\Z")
_LONGEST_ENTITY = 40


def bare_url(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - its form there
    """Read a URL that stands in the text, behind its scheme: nothing in it marks up the text.

    What is read silently stands in brackets, and is a text where these turn out to be a link.
    """
    if silent or state.linkLevel or not state.src.startswith("://", state.pos):
        return False
    begin = state.pos - len("https" if state.src[state.pos - 1] in "sS" else "http")
    if begin < 0 or not state.pending.endswith(scheme := state.src[begin : state.pos]):
        return False
    if not (url := _url_at(state, begin, _BARE)):
        return False
    state.pending = state.pending.removesuffix(scheme)
    state.pos = begin
    _link(state, "", url)
    return True


def bare_www(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - its form there
    """Read a host that begins with `www.` and what follows it, as `bare_url` does."""
    if silent or state.linkLevel:
        return False
    if url := _url_at(state, state.pos, _WWW):
        _link(state, "http://", url)
    return bool(url)


def _url_at(state: StateInline, begin: int, start: re.Pattern[str]) -> str:
    """Return what is written from `begin` on, without its end; empty where that is no URL."""
    if not start.match(state.src, begin, state.posMax) or not _has_host(state, begin):
        return ""
    written = _UNBROKEN.match(state.src, begin, state.posMax)
    return _without_end(written[0]) if written else ""


def _link(state: StateInline, scheme: str, url: str) -> None:
    """Make a link of the `url` that is written in the text, and pass it."""
    state.push("link_open", "a", 1).attrs = {"href": state.md.normalizeLink(scheme + url)}
    state.push("text", "", 0).content = url
    state.push("link_close", "a", -1)
    state.pos += len(url)


def text_before_www(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - its form there
    """Read text up to where it may be marked up, or where `bare_www` is to look."""
    begin = state.pos
    matched = unmarked(state, silent)
    if found := _MAYBE_WWW.search(state.src, begin + 1, state.pos):
        if not silent:
            state.pending = state.pending[: found.start() - state.pos]
        state.pos = found.start()
    return matched


def _has_host(state: StateInline, begin: int) -> bool:
    """Return whether GitHub takes for a host what a URL in the text has (cmark-gfm, autolink.c)."""
    host = _HOST(state.src, begin, state.posMax)
    return host is not None and "_" not in "".join(host["name"].split(".")[-_COUNTED:])


def _without_end(url: str) -> str:
    """Return a URL that stands in a text without the signs behind it that are the text's."""
    surplus = {end: url.count(end) - url.count(begin) for begin, end in _PAIRS}
    length = len(url)
    while (last := url[length - 1]) in _ENDS or surplus.get(last, 0) > 0:
        if last in surplus:
            surplus[last] -= 1
        start = max(0, length - _LONGEST_ENTITY)
        entity = _ENTITY.search(url, start, length) if last == ";" else None
        length = entity.start() if entity else length - 1
    return url[:length]
