"""What a person makes of an HTML document: its texts, and signs that it is not the page."""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.parse.charset import text_of

# Bytes of a page that has nothing of its own on it: a larger one is not looked through.
_LARGEST = 64 * 1024
_ROOTS = (
    *("root", "app", "__next", "__nuxt", "___gatsby", "svelte", "q-app", "react-root"),
    *("redoc", "redoc-container", "swagger-ui"),
)
# The others are Angular's, and of tools that draw an API: Redoc, RapiDoc, Stoplight's, and Scalar's
# script.
_EMPTY_ROOT = re.compile(
    rb"<(?:(?:div|main|body)\b[^<>]*\bid\s*=\s*[\"']?(?:%b)[\"']?|"
    rb"app-root|redoc|rapi-doc|elements-api|"
    rb"script\b[^<>]*\bid\s*=\s*[\"']?api-reference[\"']?)[\s>]" % "|".join(_ROOTS).encode()
)
# What shows something, or leads somewhere, without a script and without a text.
_SHOWN = (
    "a[href],img,svg,iframe,frame,object,embed,video,audio,input,select,textarea,button,"
    'meta[http-equiv="refresh" i]'
)
_LITTLE_TEXT = 200
_SOME_LINKS = 2
_LONGEST = 1000
_FEW_ANCHORS = 5
_PARKED = {
    "parked": (
        *(b"sedoparking.com", b"parkingcrew.net", b"bodis.com/", b"parklogic.com"),
        *(b"this domain is parked", b"this web page is parked", b"buy this domain"),
    ),
    "for sale": (b"domain is for sale", b"domain may be for sale", b"domain name is for sale"),
}
# Where a domain is for sale, no page leads to so many places.
_MANY_PLACES = 100
# Between the texts of an element, for a moment: no text has it.
_SEAM = "\0"
_GLUED = re.compile(r"\S\0+\S").search
# Elements whose text stands nowhere on a page; a drawing has its title in one, and shows none.
_UNSEEN = frozenset(("style", "script", "iframe", "title", "desc"))
_MAY_HIDE = re.compile(r"<(?:style|script|iframe|svg)[\s>]").search  # the quickest way to know
_BLOCKS = "h1,h2,h3,h4,h5,h6,p,div,li,dt,dd,td,th,br,figcaption,blockquote"


def lowered(utf8: bytes) -> bytes:
    """Return a page in lower case, for those that look for its signs; nothing of a large one.

    Bytes are lowered, and searched, ten times as fast as a text that is not all ASCII.
    """
    return utf8.lower() if len(utf8) <= _LARGEST else b""


def is_drawn_by_script(page: bytes, tree: LexborHTMLParser, anchors: int) -> bool:
    """Return whether a page with so many anchors is an empty stage for a script.

    It has scripts, an element that frameworks fill, and next to no text; one that was filled before
    it came, and is short, has a heading and links. Without such an element it has nothing at all.
    `tree` is that of the `lowered` page, and may lack its scripts afterwards.
    """
    if anchors > _FEW_ANCHORS or b"<script" not in page:
        return False
    if not _EMPTY_ROOT.search(page):
        return tree.css_first(_SHOWN) is None and not _text(tree)
    is_short = len(_text(tree)) < _LITTLE_TEXT
    return is_short and not (tree.css_first("h1,h2") and len(tree.css("a[href]")) >= _SOME_LINKS)


def refreshes(page: bytes, tree: LexborHTMLParser) -> bool:
    """Return whether a `lowered` page leads on to another by itself."""
    return b"refresh" in page and tree.css_matches('meta[http-equiv="refresh" i]')


def parked(page: bytes, places: int) -> str | None:
    """Return what a `lowered` page says of its domain, if it is there for that: "parked", say.

    None where nothing is said, and where it leads to too many places.
    """
    if places > _MANY_PLACES:
        return None
    said = (how for how, words in _PARKED.items() if any(each in page for each in words))
    return next(said, None)


def visible_text(body: bytes, content_type: str) -> str:
    """Return the text of an HTML document, blanks folded, without scripts, styles and the like."""
    return _text(LexborHTMLParser(text_of(body, content_type).utf8, scripting=True))


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
    if _MAY_HIDE(node.html or ""):
        text = _shown(node) or _titled(node)
    words = text.replace(_SEAM, "")
    if not words or words.isspace():
        return _told(node)
    if _GLUED(text) and node.css_first(_BLOCKS) is not None:
        return text.replace(_SEAM, " ")
    return words


def _shown(node: LexborNode) -> str:
    """Return the texts that a browser shows, with seams; empty where they are blank."""
    texts = node.traverse(include_text=True)
    shown = [
        text.text()
        for text in texts
        if text.tag == "-text" and (text.parent is None or text.parent.tag not in _UNSEEN)
    ]
    return _SEAM.join(shown) if any(map(str.strip, shown)) else ""


def _titled(node: LexborNode) -> str:
    title = node.css_first("svg title")
    return "" if title is None else title.text()


def _told(node: LexborNode) -> str:
    picture = node.css_first("img[alt]")
    own = node.attributes
    alt = "" if picture is None else picture.attributes["alt"]
    return alt or own.get("aria-label") or own.get("title") or ""
