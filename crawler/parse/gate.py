"""Whether a body may be parsed, and as what."""

import re
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple


class TooComplexError(Exception):
    """A document is made to keep a parser busy."""


class _Opened(NamedTuple):
    """An element that is open, and `svg` or `math` where its content is of one, not of HTML."""

    name: bytes
    root: bytes


_NOTHING = _Opened(b"", b"")


class Format(StrEnum):
    """What a document is written in."""

    HTML = "html"
    MARKDOWN = "markdown"
    CSS = "css"
    XML = "xml"
    FEED = "feed"
    MANIFEST = "manifest"
    JSON = "json"
    PACKED_SITEMAP = "packed sitemap"
    TEXT_SITEMAP = "text sitemap"


LISTED_TEXT = "text/x-sitemap"
"The type of a text file that a robots.txt calls a sitemap, however it is named."

_FORMATS = {
    "text/html": Format.HTML,
    "application/xhtml+xml": Format.HTML,
    "text/css": Format.CSS,
    "application/xml": Format.XML,
    "text/xml": Format.XML,
    "application/rss+xml": Format.FEED,
    "application/atom+xml": Format.FEED,
    "application/rdf+xml": Format.FEED,
    "application/manifest+json": Format.MANIFEST,
    "application/json": Format.JSON,
    LISTED_TEXT: Format.TEXT_SITEMAP,
}
# Formats that only the URL tells from all else that is of this type.
_PACKED = ("application/gzip", "application/x-gzip", "application/octet-stream")
_PACKED_SITEMAP = re.compile(r"[^?#]*\.xml\.gz(?:\?|$)", re.IGNORECASE).match
_TEXT_SITEMAP = re.compile(r"[^?#]*/[^/?#]*sitemap[^/?#]*\.txt(?:\?|$)", re.IGNORECASE).match
_MANIFEST = re.compile(r"[^?#]*\.webmanifest(?:\?|$)", re.IGNORECASE).match
# What servers send that do not know the type of a file.
_UNTOLD = ("application/octet-stream", "text/plain")
_SITEMAP_ROOTS = (b"<urlset", b"<sitemapindex")
_FEED_ROOTS = (b"<rss", b"<feed", b"<rdf:RDF")
PROLOGUE = 2048
"Bytes of an XML document in which its root is looked for."

# The HTML parser's time grows with depth times tags, and with the square of a tag's attributes. No
# page of people is half as deep (20 is much); with so few tags any page is parsed in 0.3 s.
_DEEPEST = 2000
_FEW_TAGS = 8192
_STEP = 64 * 1024
# Behind what has an end in time, so that nothing is looked through twice.
_LONG_TAG = re.compile(
    rb"(?:[^<]++|<[a-zA-Z/!?][^>]{0,4095}+>|<(?![a-zA-Z/!?]))*+<[a-zA-Z/!?][^>]{4096}"
).match
_LONGEST_TAG = 4096
_TAG = re.compile(
    rb"""<!--(?:>|.*?-->|.*)|<(title|desc|style)\b[^<>]{0,200}>[^<]*</\1>|"""
    rb"""<(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*+)(?:[^>"']++|"[^"]*+"|'[^']*+')*+""",
    re.DOTALL,
)
# In a drawing or a formula they hold no HTML, and a slash ends them, as it ends no element of HTML.
_DRAWN = frozenset(
    (
        *b"g defs symbol use path rect circle ellipse line polyline polygon image text".split(),
        *b"tspan textpath marker pattern mask clippath lineargradient radialgradient".split(),
        *b"stop filter animate animatemotion animatetransform set mpath switch view a".split(),
        *b"metadata".split(),
        *b"mrow mspace mfrac msqrt mroot mstyle mpadded mphantom merror menclose mfenced".split(),
        *b"msub msup msubsup munder mover munderover mmultiscripts mprescripts none".split(),
        *b"mtable mtr mtd mlabeledtr maligngroup malignmark maction semantics annotation".split(),
    )
)
# What a drawing and a formula begin with, and the elements in them that do hold HTML.
_HOLDING_HTML = {
    b"svg": (b"foreignobject", b"title", b"desc"),
    b"math": (b"mi", b"mo", b"mn", b"ms", b"mtext"),
}
_VALUE = re.compile(rb"""\"[^\"]*\"|'[^']*'|=\s*+[^\s\"'>]++""")
# Elements of text alone, in which no tag begins, but for their own end; in a drawing they are none.
_ENDS_OF_TEXT = {
    name: re.compile(rb"</" + name + rb"(?=[\s/>])", re.IGNORECASE)
    for name in b"script style textarea title xmp iframe noembed noframes noscript".split()
}
EMPTY = frozenset(b"area base br col embed hr img input link meta param source track wbr".split())
"Elements that HTML knows to be empty."

# Those, and others that end by themselves where the next one begins.
_SHALLOW = frozenset(
    (
        *EMPTY,
        *b"p li dt dd td th tr option optgroup thead tbody tfoot colgroup rt rp caption".split(),
        *b"a button nobr html head body".split(),
    )
)


def media_type(content_type: str) -> str:
    """Return the media type in a Content-Type header, in lower case and without parameters.

    Of several, as a proxy may join them, the last one counts (Fetch, "extract a MIME type").
    """
    last = content_type.rpartition(",")[2]
    said = last if "/" in last else content_type
    return said.partition(";")[0].strip().lower()


def format_of(content_type: str, url: str = "") -> Format | None:
    """Return what the header promises of `url`; None where nothing can be found in such a body."""
    media = media_type(content_type)
    if media in _PACKED and _PACKED_SITEMAP(url):
        return Format.PACKED_SITEMAP
    if media == "text/plain" and _TEXT_SITEMAP(url):
        return Format.TEXT_SITEMAP
    if media in _UNTOLD and _MANIFEST(url):
        return Format.MANIFEST
    if media == "text/markdown":  # on the web it is a download, with links for another place
        return Format.MARKDOWN if "variant=gfm" in content_type.lower() else None
    return _FORMATS.get(media)


def is_sitemap(body: bytes) -> bool:
    """Return whether an XML `body` begins as a sitemap does."""
    return any(root in body[:PROLOGUE] for root in _SITEMAP_ROOTS)


def is_feed(body: bytes) -> bool:
    """Return whether an XML `body` begins as a feed does."""
    return any(root in body[:PROLOGUE] for root in _FEED_ROOTS)


def check_html(body: bytes) -> None:
    """Raise TooComplexError where parsing `body` would take more than its size makes fair.

    It takes a small part of the time of a parse, and finds no trap that is hidden on purpose: the
    parser's process is there for those.
    """
    if (_may_be_long(body) and _LONG_TAG(body) is not None) or _may_be_deep(body):
        _check_tags(body)


def _may_be_long(body: bytes) -> bool:
    """Return whether there is a long stretch without the end of a tag, a tag or a text."""
    half = _LONGEST_TAG // 2
    return any(body.find(b">", at, at + half) < 0 for at in range(0, len(body) - half, half))


def _may_be_deep(body: bytes) -> bool:
    """Return whether more tags than are fair stand open somewhere, if all of them have an end."""
    if body.count(b"<") <= _FEW_TAGS:
        return False
    opened = 0
    for start in range(0, len(body), _STEP):
        end = start + _STEP
        opened += body.count(b"<", start, end) - 2 * body.count(b"</", start, end)
        if opened > _DEEPEST:
            return True
    return False


def _check_tags(body: bytes) -> None:
    opened: Counter[bytes] = Counter()
    depth = 0
    for tag, name, is_drawn in _tags(body):
        if _is_too_long(tag[0]):
            raise TooComplexError
        if name in _SHALLOW or (is_drawn and _is_closed(tag[0])):
            continue
        if not tag["end"]:
            opened[name] += 1
            depth += 1
        elif opened[name]:
            opened[name] -= 1
            depth -= 1
        if depth > _DEEPEST:
            raise TooComplexError


def _tags(body: bytes) -> Iterator[tuple[re.Match[bytes], bytes, bool]]:
    """Yield the tags, each with its name and whether it is in a drawing; none that are text."""
    position = 0
    opened: list[_Opened] = []
    while (tag := _TAG.search(body, position)) is not None:
        position = tag.end()
        if tag["name"] is None:
            continue
        name = tag["name"].lower()
        if name in _ENDS_OF_TEXT and not (tag["end"] or _is_drawn(opened)):
            end = _ENDS_OF_TEXT[name].search(body, position)
            position = len(body) if end is None else end.start()
        _follow(opened, name, tag)
        yield tag, name, _is_drawn(opened)


def _is_drawn(opened: list[_Opened]) -> bool:
    return bool(opened) and opened[-1].root != b""


def _follow(opened: list[_Opened], name: bytes, tag: re.Match[bytes]) -> None:
    """Keep `opened`: what is open behind a tag from the first drawing or formula on.

    Nothing is behind a tag that may leave one, or where something does not end as it begins: a
    parser looks for its end elsewhere.
    """
    within, root = opened[-1] if opened else _NOTHING
    if tag["end"]:
        if name == within:
            opened.pop()
        else:
            opened.clear()
    elif (root and not _stays_in(root, name)) or len(opened) > _DEEPEST:
        opened.clear()
    elif root or name in _HOLDING_HTML:
        if not _is_closed(tag[0]):
            holds_html = root and name in _HOLDING_HTML[root]
            opened.append(_Opened(name, b"" if holds_html else root or name))
    elif opened and name not in EMPTY:
        opened.append(_Opened(name, b""))


def _stays_in(root: bytes, name: bytes) -> bool:
    is_drawn = name in _DRAWN or name.startswith(b"fe") or b":" in name
    return is_drawn or name == root or name in _HOLDING_HTML[root]


def _is_closed(tag: bytes) -> bool:
    """Return whether a tag ends in a slash that belongs to no value without quotes."""
    before = tag[:-1].rstrip()
    if not tag.endswith(b"/") or before.endswith(b"="):
        return False
    return len(before) < len(tag) - 1 or before.endswith((b'"', b"'")) or b"=" not in before


def _is_too_long(tag: bytes) -> bool:
    """Return whether a tag is long by its attributes' number, not by their values."""
    return len(tag) > _LONGEST_TAG and len(_VALUE.sub(b"", tag)) > _LONGEST_TAG
