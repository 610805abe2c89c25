"""The verdict on a fragment, by the document it leads to (HTML, 7.4.6.3)."""

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from rapidfuzz import fuzz, process

from crawler.model import Judgement, Verdict

OK = Judgement(Verdict.OK)
BROKEN = Judgement(Verdict.BROKEN, "fragment")
CHALLENGE = Judgement(Verdict.BLOCKED, "challenge")

# A fragment that begins so is no anchor but a route, which a script takes care of; the last is
# Zulip's.
_ROUTES = ("/", "!", "narrow/")
# So are states: of sheets (`gid=0`), maps, notebooks, tabs.
_STATE = re.compile(r"[\w.-]+=.*", re.DOTALL)
_DIRECTIVE = ":~:"
# Lines of a listing, which a script marks as far as both ends are there: rustdoc, Pygments.
_RANGE = re.compile(r"(L?\d+)-(L?\d+)")
# Of the standards for media fragments and PDF (W3C Media Fragments 1.0; RFC 8118, 3).
_MEDIA = re.compile(r"(?:t|xywh|track|id|page|zoom|view|nameddest|search)=.*", re.DOTALL)
# Sanitised Markdown: the server writes the prefix, its script finds the name without it.
_SANITISED = "user-content-"
_FOLDING = {"github.com", "gist.github.com"}
_FORGES = {*_FOLDING, "gitlab.com"}
# Where GitHub shows a README, which is below the files of a folder, and on what pages.
_SHOWN = {"readme", "readme-ov-file"}
_SHOWING = re.compile(r"/[^/]+/[^/]+/?(?:(?<=/)(?:tree|blob)/.*)?")
_SOURCE_LINES = re.compile(r"L\d+(?:C\d+)?(?:-L?\d+(?:C\d+)?)?")
_SOURCE_FILE = re.compile("/(?:blob|blame|raw)/")
# Comments and lines of diffs, which the script of a forge loads as they are scrolled to.
_LOADED = re.compile(r"(?:issuecomment|issue|discussion_?r|pullrequestreview|diff|note)[-_]?\w+")

_LEAST_LIKENESS = 70


class Place(NamedTuple):
    """What is known of a document that fragments lead to.

    `drawn`: a script draws the page; `absent`: text directives whose text it surely has not;
    `folded`: it is Markdown, in which GitHub finds a name in any case; `barred`: it is a login that
    stands in the place of the one that links lead to.
    """

    url: str
    anchors: Collection[str]
    drawn: bool = False
    absent: Collection[str] = ()
    folded: bool = False
    barred: bool = False


def judge_fragment(fragment: str, place: Place) -> Judgement:
    """Return the verdict on a link to `fragment` in the document at `place`.

    The empty fragment and `top` are always there, text directives (`:~:text=`) are no part of the
    name, and a name counts as written or percent-decoded once; its case counts, but on GitHub.
    """
    name, _, directive = fragment.partition(_DIRECTIVE)
    if not _is_there(name, place):
        return _judge_missing(name, place)
    if directive in place.absent:
        return Judgement(Verdict.UNVERIFIABLE, "script" if place.drawn else "text-fragment")
    return OK


def directive_of(fragment: str) -> str:
    """Return the directive in `fragment`, such as `text=word`; an empty string without one."""
    return fragment.partition(_DIRECTIVE)[2]


def is_text_absent(directive: str, text: str) -> bool:
    """Return whether `text`, all that a page shows, surely has not what `directive` asks for.

    Of `text=[prefix-,]start[,end][,-suffix]` every part must be there, whatever its case; that
    they also stand in their order is not looked at.
    """
    shown = _folded(text)
    for written in directive.split("&"):
        if written.startswith("text="):
            parts = written.removeprefix("text=").split(",")
            if any(_folded(unquote(part.strip("-"))) not in shown for part in parts):
                return True
    return False


def nearest_anchor(fragment: str, anchors: Sequence[str]) -> str | None:
    """Return the anchor most like the name in `fragment`, if one is like it; the first of such."""
    name = unquote(fragment.partition(_DIRECTIVE)[0])
    found = process.extractOne(
        name, anchors, scorer=fuzz.ratio, processor=_plain, score_cutoff=_LEAST_LIKENESS
    )
    return None if found is None else str(found[0])


def _is_there(name: str, place: Place) -> bool:
    anchors, decoded = place.anchors, unquote(name)
    folded = decoded.lower()
    if not name or name in anchors or folded == "top":
        return True
    address = urlsplit(place.url)
    folds = place.folded or address.hostname in _FOLDING
    if folds and folded in _SHOWN and (place.folded or _SHOWING.fullmatch(address.path)):
        return True
    return any(
        each in anchors or _SANITISED + each in anchors or each.removeprefix(_SANITISED) in anchors
        for each in ((decoded, folded) if folds else (decoded,))
    )


def _judge_missing(name: str, place: Place) -> Judgement:
    address = urlsplit(place.url)
    if _MEDIA.fullmatch(name) and address.path.lower().endswith(".pdf"):
        return OK
    if name.startswith(_ROUTES) or _STATE.fullmatch(name):
        return Judgement(Verdict.UNVERIFIABLE, "hash-route")
    ends = _RANGE.fullmatch(name)
    if ends and ends[1] in place.anchors and ends[2] in place.anchors:
        return Judgement(Verdict.UNVERIFIABLE, "script")
    if _SOURCE_LINES.fullmatch(name) and _has_lines(place, address):
        return OK
    if address.hostname in _FORGES and _LOADED.fullmatch(name):
        return Judgement(Verdict.UNVERIFIABLE, "script")
    missing = CHALLENGE if place.barred else BROKEN
    return Judgement(Verdict.UNVERIFIABLE, "script") if place.drawn else missing


def _has_lines(place: Place, address: SplitResult) -> bool:
    """Return whether a forge numbers the lines of what is there: of a file, not of a folder."""
    if address.hostname in _FORGES:
        return _SOURCE_FILE.search(address.path) is not None
    return place.folded and not address.path.endswith("/")


def _plain(name: str) -> str:
    return name.casefold().removeprefix(_SANITISED)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
