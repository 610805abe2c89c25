"""The links and anchors of a Markdown document, as GitHub shows it."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.document import Document, Signs
from crawler.parse.anchors import HEADINGS
from crawler.parse.references import References
from crawler.parse.sources import sources_of

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?^(?:---|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE)
# A URL that stands in the text as it is (GFM, 6.9), with what may end the sentence.
_BARE = re.compile(r"(?<![^\W_])(?:https?://(?=\w)|www\.(?=[^\s<.]+\.))[^\s<]+")
_ENDS = "?!.,:;*_~'\""
_OPENED_BY = {")": "(", "]": "["}
# An id that the writer chose, as Docusaurus, MkDocs and kramdown have it.
_OWN_ID = re.compile(r"\{:?\s*+#([^\s}]++)[^}]*+\}\s*+$")
_WORD = ("L", "M", "Nd", "Pc")
# What GitHub leaves of HTML that refers to something.
_REFERRING = "a[href],img,source,video,audio"
_LINKS = {"link_open": ("md link", "href"), "image": ("md image", "src")}


def read_markdown(source: str, found: References) -> Document:
    """Return the links and anchors of the Markdown text `source`; links are added to `found`."""
    parser = (
        _AsWritten("commonmark")
        .enable(["table", "strikethrough"])
        .use(footnote_plugin, inline=False)
    )
    page = _Page(found)
    page.read(parser.parse(_without_front_matter(source)))
    return found.document(Signs(page.title), page.anchors)


class _AsWritten(MarkdownIt):
    """Leaves URLs as they are written: what they mean is ours to say."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - its name there
        return bool(url)

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - its name there
        return url


class _Page:
    """One way through the tokens of a document; what it found so far is its state."""

    def __init__(self, found: References) -> None:
        self.title: str | None = None
        self.anchors: dict[str, None] = {}
        self._found = found
        self._slugs: Counter[str] = Counter()

    def read(self, tokens: Sequence[Token]) -> None:
        """Read the blocks of the document, in their order."""
        line, heading = 1, False
        for token in tokens:
            line = token.map[0] + 1 if token.map else line
            heading = token.type == "heading_open" or (heading and token.type == "inline")
            if token.type == "html_block":
                self._read_html(token.content, line)
            elif token.type == "inline":
                children = token.children or []
                if heading:
                    self._note_heading(children)
                self._read_inline(children, line)

    def _note_heading(self, children: Sequence[Token]) -> None:
        text = "".join(child.content for child in children if child.type in ("text", "code_inline"))
        self.title = self.title or text.strip()
        anchor = slug = slug_of(text)
        while anchor in self._slugs:  # the slug of another heading may end in a number, too
            self._slugs[slug] += 1
            anchor = f"{slug}-{self._slugs[slug]}"
        self._slugs[anchor] = 0
        self.anchors[anchor] = None
        self._found.section = anchor
        if own := _OWN_ID.match(text, text.rfind("{")):
            self.anchors[own[1]] = None

    def _read_inline(self, children: Sequence[Token], line: int) -> None:
        linked = 0
        for number, child in enumerate(children):
            linked += {"link_open": 1, "link_close": -1}.get(child.type, 0)
            if child.type in ("softbreak", "hardbreak"):
                line += 1
            elif child.type in _LINKS:
                kind, name = _LINKS[child.type]
                text = child.content or "".join(_text(children[number + 1 :]))
                self._found.add(kind, str(child.attrs[name]), text.__str__, line)
            elif child.type == "html_inline":
                self._read_html(child.content, line)
            elif child.type == "text" and not linked:
                for url in map(_without_end, _BARE.findall(child.content)):
                    href = f"http://{url}" if url.startswith("www.") else url
                    self._found.add("md link", href, url.__str__, line)

    def _read_html(self, source: str, line: int) -> None:
        tree = LexborHTMLParser(source)
        for node in tree.css(_REFERRING):
            for kind, href in _referred(node):
                where = line + source.count("\n", 0, max(0, source.find(href)))
                self._found.add(kind, href, node.text, where)
        for node in tree.css("[id],a[name],h1,h2,h3,h4,h5,h6"):
            if (node.tag or "") in HEADINGS and (text := node.text()).strip():
                self.anchors.update({slug_of(text): None, slug_of(text.strip()): None})
            for name in ("id", "name"):
                if anchor := node.attributes.get(name):
                    self.anchors[anchor] = None


def _referred(node: LexborNode) -> Iterator[tuple[str, str]]:
    """Yield what an element refers to, each after its kind."""
    sources = sources_of(node.tag or "", node.attributes)
    for name, value in node.attributes.items():
        if name in sources:
            yield from ((sources[name].kind, href) for href in sources[name].read(value or ""))


def _without_end(url: str) -> str:
    """Return a URL that stands in a text without the signs behind it that are the text's."""
    while (last := url[-1]) in _ENDS or url.count(last) > url.count(_OPENED_BY.get(last, last)):
        url = url[:-1]
    return url


def slug_of(heading: str) -> str:
    """Return the anchor that GitHub gives to a heading with this text.

    Blanks at its ends count, as a picture leaves them that stands there.
    """
    kept = (
        character
        for character in heading.lower()
        if character in "- " or unicodedata.category(character).startswith(_WORD)
    )
    return "".join(kept).replace(" ", "-")


def _text(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield the text up to the end of the link that has just begun."""
    for token in tokens:
        if token.type == "link_close":
            return
        yield " " if token.type == "softbreak" else token.content


def _without_front_matter(source: str) -> str:
    return _FRONT_MATTER.sub(lambda matter: "\n" * matter[0].count("\n"), source, count=1)
