"""The verdict on a fragment, by the anchors of the document it leads to (HTML, 7.4.6.3)."""

from collections.abc import Collection
from urllib.parse import unquote

from crawler.model import Judgement, Verdict

# A fragment that begins so is no anchor but a route, which a script takes care of.
_ROUTES = ("/", "!")
_DIRECTIVE = ":~:"


def judge_fragment(fragment: str, anchors: Collection[str]) -> Judgement:
    """Return the verdict on a link to `fragment` in a document that has `anchors`.

    The empty fragment and `top` are always there, text directives (`:~:text=`) are no part of the
    name, and a name counts as written or percent-decoded once.
    """
    name = fragment.partition(_DIRECTIVE)[0]
    if not name or name.lower() == "top" or name in anchors:
        return Judgement(Verdict.OK)
    decoded = unquote(name)
    if decoded in anchors or decoded.lower() == "top":
        return Judgement(Verdict.OK)
    if name.startswith(_ROUTES):
        return Judgement(Verdict.UNVERIFIABLE, "hash-route")
    return Judgement(Verdict.BROKEN, "fragment")
