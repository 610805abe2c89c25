"""The links and anchors of an HTML document."""

import re
from collections.abc import Callable, Mapping
from functools import partial

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.document import Document, Signs
from crawler.parse.anchors import Anchors
from crawler.parse.charset import UTF_8, Text
from crawler.parse.css import may_refer, references
from crawler.parse.forms import Forms
from crawler.parse.gate import check_html
from crawler.parse.import_map import import_map_references
from crawler.parse.json_ld import json_ld_references
from crawler.parse.metadata import REFRESH, meta_reference
from crawler.parse.reference import Reference
from crawler.parse.references import References
from crawler.parse.sources import (
    ANCHORS,
    BACKGROUND,
    EVERYTHING,
    LATE,
    TAGS,
    Attributes,
    Source,
    has_data,
    ignored,
    picture,
    sources_of,
)
from crawler.parse.visible import (
    first_heading,
    is_drawn_by_script,
    link_text,
    lowered,
    parked,
    refreshes,
)
from crawler.urls import is_http, resolve

# A document in a document, a template in a template: deeper ones are an attack.
_DEEPEST = 5

# What a script puts something in place of, in a template: of Mustache and its like, of JavaScript,
# of Underscore and of Polymer.
_BLANK = re.compile(r"\{\{|\$\{|<%|\[\[").search

# Attributes that refer to nothing, but for the `href` of `a`.
_PLAIN = frozenset(("href", "id", "name", "class", "title", "rel", "target", "role", "accesskey"))

_Tree = LexborHTMLParser | LexborNode


def read_html(source: Text, url: str, found: References, *, follow: bool) -> Document:
    """Return the links and anchors of the HTML `source` that canonical `url` answered with.

    The links are added to `found`. Where `follow` is false only title and anchors are read.
    """
    # Given a str, it takes nearly twice as long.
    tree = LexborHTMLParser(source.utf8, scripting=True)
    if source.encoding != UTF_8:
        found.base(url, source.encoding)
    page = _Pass(tree, url, found, late=has_data(source.utf8))
    if follow:
        page.read()
    else:
        page.read_leaf()
    if b"linenums" in source.utf8:
        page.anchors.note_lines(tree)
    if b".embeddedData" in source.utf8:
        page.anchors.note_embedded(tree)
    places = len(found.targets if follow else tree.css("a[href]"))
    small = lowered(source.utf8)
    signs = Signs(
        title=None if page.title is None else " ".join(page.title.split())[:300],
        heading=first_heading(tree),
        drawn=is_drawn_by_script(small, tree, len(page.anchors.names))
        or (not follow and refreshes(small, tree)),
        twice=page.anchors.written_twice(source.utf8),
        parked=parked(small, places),
    )
    return found.document(signs, page.anchors.names)


class _Pass:
    """One way through the elements of `tree`, in their order; what it found so far is its state.

    `depth` counts the documents and templates around this one; `late` says that the attributes for
    scripts may be in it, `apart` of an inner document that its fragments are its own.
    """

    def __init__(
        self,
        tree: _Tree,
        url: str,
        found: References,
        depth: int = 0,
        *,
        late: bool,
        apart: bool = False,
    ) -> None:
        self.title: str | None = None
        self.anchors = Anchors()
        self._tree = tree
        self._forms = Forms(tree)
        self._url = self._base = url
        self._found = found
        self._depth = depth
        self._apart = apart
        self._to_fill = False
        self._late = late

    def read_leaf(self) -> None:
        """Read title and anchors."""
        for node in self._tree.css(ANCHORS):
            tag = node.tag or ""
            self.anchors.note(node, tag, node.attributes)
            if tag == "title":
                self.read_title(node, {})

    def read(self) -> None:
        """Read all, links too."""
        nodes = self._tree.css(LATE if self._late else EVERYTHING)
        tags = [node.tag or "" for node in nodes]
        if "base" in tags and (self._apart or not self._depth):  # else it is no document's
            self._find_base(nodes, tags)
        left_alone = ignored(self._tree) if self._late else set()
        self._read_nodes(nodes, tags, left_alone)

    def _read_nodes(self, nodes: list[LexborNode], tags: list[str], left_alone: set[int]) -> None:
        written = self._found.written("a href")
        place, counts = self._found.place, self._found.counts
        plain = frozenset[str]() if self._to_fill else _PLAIN
        for node, tag in zip(nodes, tags, strict=True):
            attributes = node.attributes
            if "id" in attributes or (tag == "a" and "name" in attributes):
                self._note_anchors(node, tag, attributes)
            if left_alone and node.mem_id in left_alone:
                continue
            if plain.issuperset(attributes):  # nearly all are: the short way
                if tag == "a" and not self._apart and "href" in attributes:
                    href = attributes["href"] or ""
                    number = written.get(href)
                    if number is None:
                        number = written[href] = place("a href", href, partial(link_text, node))
                    counts[number] += 1
                    continue
                if tag not in _REFERRING:
                    continue
            self._read_element(node, tag, attributes)

    def _note_anchors(self, node: LexborNode, tag: str, attributes: Attributes) -> None:
        section = self.anchors.note(node, tag, attributes)
        if section is not None and not self._depth:
            self._found.section = section

    def _find_base(self, nodes: list[LexborNode], tags: list[str]) -> None:
        """Take the base URL from the first `<base>` with an href, wherever it is, if it is http(s).

        HTML standard, "the base element": of what is invalid, `data:` or `javascript:`, the
        document's own URL takes the place, and no later element is asked.
        """
        for node, tag in zip(nodes, tags, strict=True):
            if tag == "base" and "href" in (attributes := node.attributes):
                target = resolve(self._base, attributes["href"] or "")
                if target is not None and is_http(target.url):
                    self._base = target.url
                    self._found.base(self._base)
                return

    def _read_element(self, node: LexborNode, tag: str, attributes: Attributes) -> None:
        special = _ELEMENTS.get(tag)
        if special is not None:
            special(self, node, attributes)
        sources = sources_of(tag, attributes)
        for name, value in attributes.items():
            if name in sources:
                self._read_source(node, sources[name], value, attributes)
            elif value and name in _ATTRIBUTES:
                _ATTRIBUTES[name](self, node, value)

    def _read_source(
        self, node: LexborNode, source: Source, value: str | None, attributes: Attributes
    ) -> None:
        if source.kind == "a href":
            if not (self._apart and (value or "#").startswith("#")):
                self._add("a href", value or "", partial(link_text, node))
        elif value:
            for url in source.read(value):
                self._add(source.kind, url, lambda: _caption(attributes))
        elif source.kind == "area href":
            self._add(source.kind, "")  # the page itself, as for `a`; elsewhere it is nothing

    def _add(self, kind: str, url: str, text: Callable[[], str | None] = str) -> None:
        if not (self._to_fill and _BLANK(url)):
            self._found.add(kind, url, text)

    def read_title(self, node: LexborNode, _attributes: Attributes) -> None:
        if self.title is None:
            self.title = node.text()

    def read_meta(self, _node: LexborNode, attributes: Attributes) -> None:
        reference = meta_reference(attributes)
        if reference is None:
            return
        kind = reference.kind
        if kind == REFRESH and self._depth:  # of a frame, say, or for who has no scripts
            kind = f"inner {REFRESH}"
        self._add(kind, reference.url)

    def read_script(self, node: LexborNode, attributes: Attributes) -> None:
        data = _DATA.get((attributes.get("type") or "").strip().lower())
        if data is not None:
            for reference in data(node.text(deep=False)):
                self._add(reference.kind, reference.url)

    def read_sheet(self, node: LexborNode, attributes: Attributes) -> None:
        if (attributes.get("type") or "text/css").lower() == "text/css":
            self.read_style(node, node.text(deep=False))  # in SVG it may hold others

    def read_style(self, _node: LexborNode, style: str) -> None:
        if may_refer(style):
            for reference in references(style):
                self._add(reference.kind.replace("css", "style"), reference.url)

    def read_template(self, node: LexborNode, _attributes: Attributes) -> None:
        """Read what a script may put into the page; its ids are no anchors yet."""
        if self._depth < _DEEPEST:
            for fragment in node.template_fragments():
                self._inner(fragment, to_fill=True).read()

    def read_noscript(self, node: LexborNode, _attributes: Attributes) -> None:
        """Read what only a browser without scripts would show: a text, to all others.

        So what it leaves open ends with it.
        """
        written = node.text(deep=False)
        if self._depth < _DEEPEST and "<" in written:
            tree = LexborHTMLParser(written.encode(), is_fragment=True)
            self._inner(tree, to_fill=self._to_fill).read()

    def read_srcdoc(self, _node: LexborNode, source: str) -> None:
        """Read a document in an attribute: its base URL is that of the page, until it has one.

        Its encoding is UTF-8, whatever that of the page is.
        """
        if self._depth < _DEEPEST:
            written = source.encode()
            check_html(written)
            tree, late = LexborHTMLParser(written, scripting=True), has_data(written)
            inner = _Pass(tree, self._base, self._found, self._depth + 1, late=late, apart=True)
            encoding = self._found.encoding
            self._found.base(self._base, UTF_8)
            inner.read()
            self._found.base(self._base, encoding)

    def _inner(self, tree: _Tree, *, to_fill: bool) -> "_Pass":
        """Return the way through what stands aside in this document, and is a part of it.

        There may be blanks in its URLs where a script is `to_fill` them.
        """
        inner = _Pass(tree, self._base, self._found, self._depth + 1, late=self._late)
        inner._to_fill = to_fill
        return inner

    def read_formaction(self, node: LexborNode, url: str) -> None:
        if self._forms.gets(node):
            self._add(f"{node.tag} formaction", url)

    def read_drawing(self, node: LexborNode, url: str) -> None:
        """Read `xlink:href`, where there is no `href` that goes before it (SVG 2, 16.1.5)."""
        if "href" not in node.attributes and not (url.startswith("#") and node.tag != "a"):
            self._add(f"svg {node.tag} href", url)

    def read_script_of_drawing(self, node: LexborNode, url: str) -> None:
        if node.tag == "script" and _is_drawn(node):
            self._add("svg script href", url)

    def read_map(self, node: LexborNode, name: str) -> None:
        """Read `usemap`, which names a map of this very document, whatever the base URL is."""
        if self._depth or not name.startswith("#"):
            return
        self.anchors.note_map(name[1:], self._tree)
        self._add(f"{node.tag} usemap", name if self._base == self._url else self._url + name)

    def read_background(self, node: LexborNode, value: str) -> None:
        for url in picture(value):
            self._add(f"{node.tag} {BACKGROUND}", url)


def _is_drawn(node: LexborNode) -> bool:
    parent = node.parent
    while parent is not None and parent.tag not in ("svg", "foreignObject"):
        parent = parent.parent
    return parent is not None and parent.tag == "svg"


def _caption(attributes: Attributes) -> str | None:
    return attributes.get("alt") or attributes.get("title")


# Scripts that are none, by their type.
_DATA: Mapping[str, Callable[[str], list[Reference]]] = {
    "application/ld+json": json_ld_references,
    "importmap": import_map_references,
}
_ELEMENTS: Mapping[str, Callable[[_Pass, LexborNode, Attributes], None]] = {
    "title": _Pass.read_title,
    "meta": _Pass.read_meta,
    "script": _Pass.read_script,
    "style": _Pass.read_sheet,
    "template": _Pass.read_template,
    "noscript": _Pass.read_noscript,
}
_ATTRIBUTES: Mapping[str, Callable[[_Pass, LexborNode, str], None]] = {
    "style": _Pass.read_style,
    "srcdoc": _Pass.read_srcdoc,
    "formaction": _Pass.read_formaction,
    "href": _Pass.read_script_of_drawing,
    "xlink:href": _Pass.read_drawing,
    "usemap": _Pass.read_map,
    BACKGROUND: _Pass.read_background,
}
_REFERRING = {*TAGS, *_ELEMENTS}
