"""The anchors of an HTML document: what a fragment may name."""

import re
from collections.abc import Iterator
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.parse.references import shortened
from crawler.parse.sources import Attributes

HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_SECTIONS = HEADINGS | {"section", "article", "dt"}
_MOST_TWICE = 20
# Each costs a look at the source.
_MOST_COPIED = 100
_MOST_LINES = 20_000
# In the HTML of a README that stands as a string in JSON.
_EMBEDDED = re.compile(r'\bid=\\"(user-content-[^"\\]++)\\"').findall


class Anchors:
    """The anchors met so far; `names` says of each whether it is an id."""

    def __init__(self) -> None:
        self.names: dict[str, bool] = {}
        self._twice: dict[str, None] = {}
        self._maps: set[str | None] | None = None

    def note(self, node: LexborNode, tag: str, attributes: Attributes) -> str | None:
        """Take in the anchors that an element is; return its id where it begins a section."""
        section = None
        if identifier := attributes.get("id"):
            if self.names.get(identifier):
                self._twice[shortened(identifier)] = None
            self.names[identifier] = True
            if tag in _SECTIONS or (tag == "div" and _begins_with_heading(node)):
                section = identifier
        if tag == "a" and (name := attributes.get("name")):
            self.names.setdefault(name, False)
        return section

    def note_map(self, name: str, tree: LexborHTMLParser | LexborNode) -> None:
        """Take in the name of an image's map, where the document has such a map."""
        if name in self.names:
            return
        if self._maps is None:
            self._maps = {node.attributes["name"] for node in tree.css("map[name]")}
        if name in self._maps:
            self.names[name] = False

    def note_lines(self, tree: LexborHTMLParser) -> None:
        """Take in the lines of a source's listing, to which a script of JSDoc's gives ids."""
        listing = tree.css_first("pre.prettyprint.source.linenums")
        if listing is not None:
            lines = min(listing.text().count("\n") + 1, _MOST_LINES)
            self.names.update((f"line{number}", False) for number in range(1, lines + 1))

    def note_embedded(self, tree: LexborHTMLParser) -> None:
        """Take in the headings of a README that a script of GitHub's draws from its own data."""
        for script in tree.css('script[data-target$=".embeddedData"]'):
            self.names.update((name, False) for name in _EMBEDDED(script.text(deep=False)))

    def written_twice(self, source: bytes) -> tuple[str, ...]:
        """Return ids that a person wrote twice in the `source`, the first few of them."""
        return tuple(islice(self._written_twice(source), _MOST_TWICE))

    def _written_twice(self, source: bytes) -> Iterator[str]:
        """Yield them; the parser copies some elements.

        Of an `<a id="x"/>` that nothing ends, say, there is one in each block behind it.
        """
        for name in islice(self._twice, _MOST_COPIED):
            if source.count(f'"{name}"'.encode()) != 1:
                yield name


def _begins_with_heading(node: LexborNode) -> bool:
    child = node.first_child
    while child is not None and not child.is_element_node:
        child = child.next
    return child is not None and child.tag in HEADINGS
