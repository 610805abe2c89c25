"""What a person sees of an HTML document: asked of few documents, where a finding hangs on it."""

import re
from collections import Counter
from html import unescape

from selectolax.lexbor import LexborHTMLParser

from crawler.parse.charset import decode

_ROOTS = ("root", "app", "__next", "__nuxt", "___gatsby", "svelte", "q-app", "react-root")
_EMPTY_ROOT = re.compile(
    rb"<(?:div|main|body)\b[^<>]*\bid\s*=\s*[\"']?(?:%b)[\"']?[\s>]"
    % "|".join(map(re.escape, _ROOTS)).encode(),
    re.IGNORECASE,
)
_TAG = re.compile(rb"<[^>]*>")
# So much is looked through for the signs of a page that has nothing else.
_HEAD = 64 * 1024
_LITTLE_TEXT = 200
_LONGEST = 1000
_FEW_ANCHORS = 5


def is_drawn_by_script(body: bytes, content_type: str, anchors: int) -> bool:
    """Return whether a page with so many anchors is an empty stage for a script.

    It has scripts, an element that frameworks fill, and next to no text.
    """
    head = body[:_HEAD]
    if anchors > _FEW_ANCHORS or len(body) > _HEAD or b"<script" not in head.lower():
        return False
    if not _EMPTY_ROOT.search(head):
        return False
    return len(visible_text(body, content_type)) < _LITTLE_TEXT


def visible_text(body: bytes, content_type: str) -> str:
    """Return the text of an HTML document, blanks folded, without scripts, styles and the like."""
    tree = LexborHTMLParser(decode(body, content_type).encode())
    tree.strip_tags(["script", "style", "noscript", "template", "head"])
    return "" if tree.body is None else " ".join(tree.body.text(separator=" ").split())


def duplicate_ids(body: bytes, content_type: str, anchors: int) -> list[str]:
    """Return the ids that more than one element has, where `anchors` different ones were found.

    Few documents can have any: where `id=` is written no oftener than that, none is parsed.
    """
    if sum(body.count(before + b"id=") for before in (b" ", b"\n", b"\t")) <= anchors:
        return []
    tree = LexborHTMLParser(decode(body, content_type).encode())
    counts = Counter(node.attributes.get("id") for node in tree.css("[id]"))
    return [name for name, number in counts.items() if name and number > 1]


def heading(body: bytes, content_type: str) -> str:
    """Return the text of the first heading of an HTML document, an empty string without one."""
    return _text_of(b"h1", body, content_type)


def title(body: bytes, content_type: str) -> str:
    """Return the title of an HTML document, an empty string without one."""
    return _text_of(b"title", body, content_type)


def _text_of(tag: bytes, body: bytes, content_type: str) -> str:
    """Return the text of the first element with `tag`; without a parse, for it is asked often."""
    lower = body[:_HEAD].lower()
    start = lower.find(b"<" + tag)
    end = lower.find(b"</" + tag, start)
    if start < 0 or not start < end < start + _LONGEST:
        return ""
    source = decode(_TAG.sub(b" ", body[start:end]), content_type)
    return " ".join(unescape(source).split())
