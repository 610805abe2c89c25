"""Where URLs stand in HTML: which attributes of which elements, and how they are written there."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.parse.rel import names_no_document
from crawler.parse.srcset import candidates


class Source(NamedTuple):
    """An attribute with a URL in it, or several: `read` returns them; `kind` is the links' kind."""

    kind: str
    read: Callable[[str], list[str]]


def _one(value: str) -> list[str]:
    return [value]


def _elsewhere(value: str) -> list[str]:
    """Leave out the parts of a drawing itself: scripts put them in, and nobody follows them."""
    return [] if value.strip().startswith("#") else [value]


# Scripts that load a background take a colour in the same place.
_FILE = re.compile(r"(?!#)[^(\s]*[/.][^(\s]*").fullmatch


def picture(value: str) -> list[str]:
    """Return the URL in a `data-background`, if it has one."""
    return [value] if _FILE(value.strip()) else []


_READERS: dict[str, Callable[[str], list[str]]] = {
    "srcset": candidates,
    "imagesrcset": candidates,
    "data-srcset": candidates,
    "ping": str.split,
}

# What browsers load or let a reader follow (HTML standard, "Attributes" index; `longdesc`, `frame`
# and `background` are of its obsolete features). Not here: what needs more than its value to be
# understood, as do `usemap`, `srcdoc`, `style`, `formaction`, `xlink:href`, and `<meta>`.
_HTML: Mapping[str, tuple[str, ...]] = {
    "a": ("href", "ping"),
    "area": ("href", "ping"),
    "link": ("href", "imagesrcset"),
    "img": ("src", "srcset", "longdesc"),
    "source": ("src", "srcset"),
    "script": ("src",),
    "iframe": ("src", "longdesc"),
    "frame": ("src", "longdesc"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "embed": ("src",),
    "input": ("src",),
    "object": ("data",),
    "form": ("action",),
    "blockquote": ("cite",),
    "q": ("cite",),
    "ins": ("cite",),
    "del": ("cite",),
    **dict.fromkeys(
        ("body", "table", "thead", "tbody", "tfoot", "tr", "td", "th"), ("background",)
    ),
}

# Elements of SVG that refer to something; `a` is in the table above, as is `script`, whose `href`
# counts in a drawing only.
_SVG = (
    *("use", "image", "feImage", "linearGradient", "radialGradient", "pattern", "textPath"),
    *("mpath", "animate", "animateMotion", "animateTransform", "set"),
)

# Where scripts that load late expect it; no standard has them.
_LATE = ("data-src", "data-srcset", "data-lazy-src", "data-original")
_LATE_TAGS = ("img", "source", "iframe", "video", "audio", "embed", "object")
BACKGROUND = "data-background"
"The one of them that any element may have."

Attributes = Mapping[str, str | None]


def is_get(method: str | None) -> bool:
    """Return whether a `method` attribute means GET, as its absence does.

    What is no method at all means GET too (HTML standard, "form submission attributes").
    """
    return (method or "").strip().lower() not in ("post", "dialog")


# What must hold of an element, that its sources count.
_CONDITIONS: Mapping[str, Callable[[Attributes], bool]] = {
    "link": lambda attributes: (
        "rel" in attributes and not names_no_document(attributes["rel"] or "")
    ),
    "form": lambda attributes: is_get(attributes.get("method")),
    "input": lambda attributes: (attributes.get("type") or "").lower() == "image",
}


def _sources(tag: str, names: tuple[str, ...]) -> dict[str, Source]:
    return {name: Source(f"{tag} {name}", _READERS.get(name, _one)) for name in names}


_SOURCES: Mapping[str, dict[str, Source]] = {
    **{tag: _sources(tag, names) for tag, names in _HTML.items()},
    **{tag: {"href": Source(f"svg {tag} href", _elsewhere)} for tag in _SVG},
}
for _tag in _LATE_TAGS:
    _SOURCES[_tag].update(_sources(_tag, _LATE))
TAGS = frozenset(_SOURCES)
"The elements that may have `sources_of` their own."

_NONE: Mapping[str, Source] = {}


def sources_of(tag: str, attributes: Attributes) -> Mapping[str, Source]:
    """Return the attributes of an element that hold URLs, if it has them."""
    condition = _CONDITIONS.get(tag)
    return _NONE if condition and not condition(attributes) else _SOURCES.get(tag, _NONE)


ANCHORS = ":is([id],a[name],title)"
"The selector of the elements that matter in a leaf."

# What else refers to something; left out is what stands only beside another, as `ping` beside
# `href`. Each part costs a fiftieth of the parse, so the commonest elements are spared the rest.
_RARE = (
    *("a[name]", "[srcset]", "[imagesrcset]", "[poster]", "[data]", "[cite]", "[background]"),
    *("[action]", "[formaction]", "iframe", "title", "meta", "style", "script", "template"),
    "noscript",
)
# By local name: `[href]` has `xlink:href` too. A list in `:is()` has each element once, whatever it
# matches; a bare list has it once for each match.
_EVERYTHING = f"[href],[src],[id],[style],:not(span,p,li,code,em):is({','.join(_RARE)})"
EVERYTHING = f":is({_EVERYTHING})"
"The selector of the elements that matter in a page."

LATE = f":is({_EVERYTHING},{','.join(f'[{name}]' for name in (*_LATE, BACKGROUND))})"
"The same for a page in which `has_data`."

_OF_DATA = re.compile(
    rb"data-(?:src|lazy-src|original|background|proofer-ignore|crawler-ignore)", re.IGNORECASE
).match


def has_data(source: bytes) -> bool:
    """Say whether `source` may have the attributes for scripts and for checkers of links."""
    return any(_has(source, prefix) for prefix in (b"data-", b"DATA-", b"Data-"))


def _has(source: bytes, prefix: bytes) -> bool:
    """Search as the regular expression alone would, but a hundred times as fast."""
    place = source.find(prefix)
    while place >= 0:
        if _OF_DATA(source, place):
            return True
        place = source.find(prefix, place + 1)
    return False


def ignored(tree: LexborHTMLParser | LexborNode) -> set[int]:
    """Return the elements that a writer wants to be left alone, with all that is in them."""
    found: set[int] = set()
    for node in tree.css("[data-proofer-ignore],[data-crawler-ignore]"):
        if node.mem_id not in found:
            found.add(node.mem_id)
            found.update(each.mem_id for each in node.css("*"))
    return found
