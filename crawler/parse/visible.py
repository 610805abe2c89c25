"""What a person sees of an HTML document: asked of few documents, where a finding hangs on it."""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.parse.charset import decode

_ROOTS = ("root", "app", "__next", "__nuxt", "___gatsby", "svelte", "q-app", "react-root")
_EMPTY_ROOT = re.compile(
    r"<(?:div|main|body)\b[^<>]*\bid\s*=\s*[\"']?(?:" + "|".join(_ROOTS) + r")[\"']?[\s>]",
    re.IGNORECASE,
)
# So much is looked through for the signs of a page that has nothing else.
_HEAD = 64 * 1024
_LITTLE_TEXT = 200
_LONGEST = 1000
_FEW_ANCHORS = 5
_PARKED = {
    "parked": (
        *("sedoparking.com", "parkingcrew.net", "bodis.com/", "parklogic.com"),
        *("this domain is parked", "this web page is parked", "buy this domain"),
    ),
    "for sale": ("domain is for sale", "domain may be for sale", "domain name is for sale"),
}
# One of these is in each of them.
_PARTS = ("park", "bodis", "domain")
# A page with nothing of its own on it is a small one.
_LARGEST_PARKED = 64 * 1024
# Between the texts of an element, for a moment: no text has it.
_SEAM = "\0"
_GLUED = re.compile(r"\S\0+\S").search
_BLOCKS = "h1,h2,h3,h4,h5,h6,p,div,li,dt,dd,td,th,br,figcaption,blockquote"


def is_drawn_by_script(source: str, tree: LexborHTMLParser, anchors: int) -> bool:
    """Return whether a page with so many anchors is an empty stage for a script.

    It has scripts, an element that frameworks fill, and next to no text. `tree` is that of
    `source`, and may lack its scripts afterwards.
    """
    if anchors > _FEW_ANCHORS or len(source) > _HEAD or "<script" not in source.lower():
        return False
    if not _EMPTY_ROOT.search(source):
        return False
    return len(_text(tree)) < _LITTLE_TEXT


def parked(source: str) -> str | None:
    """Return what the HTML `source` says of its domain, if that is all it is there for."""
    if len(source) > _LARGEST_PARKED:
        return None
    page = source.lower()
    if not any(part in page for part in _PARTS):
        return None
    said = (how for how, words in _PARKED.items() if any(each in page for each in words))
    return next(said, None)


def visible_text(body: bytes, content_type: str) -> str:
    """Return the text of an HTML document, blanks folded, without scripts, styles and the like."""
    return _text(LexborHTMLParser(decode(body, content_type).encode()))


def _text(tree: LexborHTMLParser) -> str:
    tree.strip_tags(["script", "style", "noscript", "template", "head"])
    return "" if tree.body is None else " ".join(tree.body.text(separator=" ").split())


def first_heading(tree: LexborHTMLParser) -> str:
    """Return the text of the first `<h1>` of a document, blanks folded; empty without one."""
    found = tree.css_first("h1")
    return "" if found is None else " ".join(found.text(separator=" ")[:_LONGEST].split())


def link_text(node: LexborNode) -> str:
    """Return the text of a link, or what stands in its place: a picture's, or one of its own.

    Blocks in it are set apart, where it has any.
    """
    text = node.text(separator=_SEAM)
    if not text or text.isspace():
        return _told(node)
    if _SEAM not in text:
        return text
    words = text.replace(_SEAM, "")
    if words.isspace():
        return _told(node)
    if _GLUED(text) and node.css_first(_BLOCKS) is not None:
        return text.replace(_SEAM, " ")
    return words


def _told(node: LexborNode) -> str:
    picture = node.css_first("img[alt]")
    own = node.attributes
    alt = "" if picture is None else picture.attributes["alt"]
    return alt or own.get("aria-label") or own.get("title") or ""
