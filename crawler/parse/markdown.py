"""The links and anchors of a Markdown document, as GitHub shows it."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import (
    StateInline,
    autolink,
    backtick,
    escape,
    html_inline,
    image,
    link,
    newline,
)
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_ref
from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.document import Document, Signs
from crawler.parse.anchors import HEADINGS
from crawler.parse.bare_urls import bare_url, bare_www, text_before_www
from crawler.parse.lines import Lines
from crawler.parse.references import OF_SEVERAL, References
from crawler.parse.sources import ignored, sources_of

_FRONT_MATTER = re.compile(
    r"\A---[ \t]*\r?\n.*?^(?:---|\.\.\.)[ \t]*\r?$", re.DOTALL | re.MULTILINE
)
_HREF = re.compile(r"\shref\s*=", re.IGNORECASE).search
# Attributes that the writer gave to a heading, a block or a span, and the ids among them: `{#id}`,
# `{: .class #id }`, `{/* #id */}`, as Pandoc, MkDocs, kramdown, Hugo and Docusaurus have them.
_ATTRIBUTES = re.compile(r"\{:?([^{}\n]*+)\}")
_OWN_ID = re.compile(r"(?<!\S)#(\S++)")
_WORD = ("L", "M", "Nd", "Nl", "Pc")
# In words of Persian, and in emoji of several signs (UTS 18, "word": Join_Control).
_JOINERS = "\u200c\u200d"
# Letters in circles and squares: signs by their category, alphabetic by their property.
_FRAMED = re.compile("[Ⓐ-ⓩ🄰-🅉🅐-🅩🅰-🆉]").match
# What GitHub leaves of HTML that refers to something.
_REFERRING = "a[href],img,source,video,audio"
_LINKS = {"link_open": ("md link", "href"), "image": ("md image", "src")}
# A list is two of them. Below the deepest the parser passes over all that is left of the document,
# and GitHub's takes a hundred lists. Of brackets each is tried at all depths.
_DEEPEST_BLOCK = 200
_DEEPEST_BRACKET = 20
# Rules of the parser that read beyond the end of a line, and those that find links.
_POSITIONED = {
    "newline": newline,
    "backticks": backtick,
    "escape": escape,
    "link": link,
    "image": image,
    "autolink": autolink,
}
_FOOTNOTE = re.compile(r"\[\^[^\s\[\]]+\]")
_HEADING = re.compile(r"<!--.*?(?:-->|\Z)|<(/?)(h[1-6])\b", re.IGNORECASE | re.DOTALL)


def read_markdown(source: str, found: References) -> Document:
    """Return the links and anchors of the Markdown text `source`; links are added to `found`."""
    parser = _parser()
    page = _Page(found)
    page.read(parser.parse(_without_front_matter(source)))
    return found.document(Signs(page.title), page.anchors)


class _AsWritten(MarkdownIt):
    """Leaves URLs as they are written, but for what GitHub escapes: what they mean we say."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - its name there
        return bool(url)

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - its name there
        return url.replace("\\", "%5C")


def _parser() -> MarkdownIt:
    parser = _AsWritten("commonmark").enable(["table", "strikethrough"])
    parser.options["maxNesting"] = _DEEPEST_BLOCK
    parser.core.ruler.before("inline", "shallow", _shallow)
    for name, rule in _POSITIONED.items():
        parser.inline.ruler.at(name, _positioned(rule))
    parser.inline.ruler.at("html_inline", _positioned(_html_inline))
    parser.inline.ruler.after("text", "bare_url", _positioned(bare_url))
    parser.inline.ruler.at("text", text_before_www)
    parser.inline.ruler.before("text", "bare_www", _positioned(bare_www))
    parser.use(footnote_plugin, inline=False)
    parser.inline.ruler.at("footnote_ref", _footnote)
    return parser


def _shallow(state: StateCore) -> None:
    """Let what stands in the blocks, which have been read, not be as deep as they are."""
    state.md.options["maxNesting"] = _DEEPEST_BRACKET


def _positioned(
    rule: Callable[[StateInline, bool], bool],
) -> Callable[[StateInline, bool], bool]:
    """Return `rule` with a note of where it began and ended, in the tokens that come of it.

    The first of them may be the text that stands before it.
    """

    def noted(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - its form there
        number, begin = len(state.tokens), state.pos
        matched = rule(state, silent)
        if matched and len(state.tokens) > number:
            state.tokens[number].meta["begin"] = begin
            state.tokens[-1].meta["end"] = state.pos
        return matched

    return noted


def _footnote(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - its form there
    """Read a reference to a footnote; the rule itself looks for its end in all that follows."""
    return _FOOTNOTE.match(state.src, state.pos) is not None and footnote_ref(state, silent)


def _html_inline(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - its form there
    """Read a tag; no URL in `<a href>` is a link of its own, but one behind `<a name>` is.

    Many never close that, and the rule itself takes it for the other.
    """
    level = state.linkLevel
    matched = html_inline(state, silent)
    if state.linkLevel > level and not _HREF(state.tokens[-1].content):
        state.linkLevel = level
    state.linkLevel = max(0, state.linkLevel)
    return matched


class _Cursor:
    """Counts lines on one way through a text, of which the first is `line`."""

    def __init__(self, text: str, line: int) -> None:
        self._text = text
        self._line = line
        self._position = 0

    def at(self, position: int) -> int:
        """Go on to `position`, where it is not behind, and return the line there."""
        self._line += self._text.count("\n", self._position, position)
        self._position = max(self._position, position)
        return self._line


class _Page:
    """One way through the tokens of a document; what it found so far is its state."""

    def __init__(self, found: References) -> None:
        self.title: str | None = None
        self.anchors: dict[str, None] = {}
        self._found = found
        self._slugs: dict[str, int] = {}
        self._open_headings = 0  # of HTML, behind whose tag a blank line stands

    def read(self, tokens: Sequence[Token]) -> None:
        """Read the blocks of the document, in their order."""
        line, heading = 1, False
        for token in tokens:
            line = token.map[0] + 1 if token.map else line
            heading = token.type == "heading_open" or (heading and token.type == "inline")
            if token.type == "heading_open":  # another one was never closed
                self._open_headings = 0
            elif token.type == "html_block":
                self._read_html(token.content, line)
                for end, name in _HEADING.findall(token.content):
                    change = 0 if not name else -1 if end else 1
                    self._open_headings = max(0, self._open_headings + change)
            elif token.type == "inline":
                children = token.children or []
                if heading or self._open_headings:
                    self._note_heading(_shown(children))
                else:
                    self._note_headings_within(children)
                self._note_own_ids(token.content)
                self._read_inline(token.content, children, line)

    def _note_headings_within(self, children: Sequence[Token]) -> None:
        """Note headings of HTML that stand behind something on their line: `<a id=x></a><h2>`."""
        begin: int | None = None
        for number, child in enumerate(children):
            tag = _HEADING.match(child.content) if child.type == "html_inline" else None
            if tag is None or not tag[2]:
                continue
            if tag[1] and begin is not None and (text := _shown(children[begin:number])).strip():
                self.anchors[slug_of(text)] = None
                self._note_heading(text.strip())
            begin = None if tag[1] else number

    def _note_heading(self, text: str) -> None:
        self.title = self.title or text.strip()
        anchor = self._note_slug(slug_of(text))
        self._found.section = anchor

    def _note_own_ids(self, source: str) -> None:
        for attributes in _ATTRIBUTES.findall(source):
            self.anchors.update(dict.fromkeys(_OWN_ID.findall(attributes)))

    def _note_slug(self, slug: str) -> str:
        """Take in the anchor of another heading, and return it: with a number where it is taken."""
        anchor = slug
        while anchor in self._slugs:  # the slug of another heading may end in a number, too
            self._slugs[slug] += 1
            anchor = f"{slug}-{self._slugs[slug]}"
        self._slugs[anchor] = 0
        self.anchors[anchor] = None
        return anchor

    def _read_inline(self, source: str, children: Sequence[Token], line: int) -> None:
        lines = _Cursor(source, line)
        for number, child in enumerate(children):
            line = lines.at(child.meta.get("begin", 0))
            if child.type in _LINKS:
                kind, name = _LINKS[child.type]
                is_image = child.type == "image"
                text = child.content if is_image else "".join(_text(children, number + 1))
                self._found.add(kind, str(child.attrs[name]), text.__str__, line)
            elif child.type == "html_inline":
                self._read_html(child.content, line)
            lines.at(child.meta.get("end", 0))

    def _read_html(self, source: str, line: int) -> None:
        tree = LexborHTMLParser(source)
        left_alone = ignored(tree) if "-ignore" in source else set()
        lines = Lines(source.encode())
        for node in tree.css(_REFERRING):
            if node.mem_id not in left_alone:
                for kind, href, several in _referred(node):
                    where = line - 1 + (lines.of(href, several) or 1)
                    self._found.add(kind, href, node.text, where)
        for node in tree.css("[id],a[name],h1,h2,h3,h4,h5,h6"):
            # Whether blanks at its ends count, which Markdown's heading has none of, nobody says.
            if (node.tag or "") in HEADINGS and (text := node.text()).strip():
                self.anchors[slug_of(text)] = None
                self._note_slug(slug_of(text.strip()))
            for name in ("id", "name"):
                if anchor := node.attributes.get(name):
                    self.anchors[anchor] = None


def _shown(children: Sequence[Token]) -> str:
    return "".join(child.content for child in children if child.type in ("text", "code_inline"))


def _referred(node: LexborNode) -> Iterator[tuple[str, str, bool]]:
    """Yield what an element refers to: kind, URL, and whether it is one of several."""
    sources = sources_of(node.tag or "", node.attributes)
    for name, value in node.attributes.items():
        if name in sources:
            kind = sources[name].kind
            several = kind.endswith(OF_SEVERAL)
            yield from ((kind, href, several) for href in sources[name].read(value or ""))


def slug_of(heading: str) -> str:
    """Return the anchor that GitHub gives to a heading with this text.

    Blanks at its ends count, as a picture leaves them that stands there.
    """
    kept = (
        character
        for character in heading.lower()
        if character in "- "
        or character in _JOINERS
        or unicodedata.category(character).startswith(_WORD)
        or _FRAMED(character)
    )
    return "".join(kept).replace(" ", "-")


def _text(tokens: Sequence[Token], start: int) -> Iterator[str]:
    """Yield the text of the link that has begun before the token `start`."""
    for number in range(start, len(tokens)):
        token = tokens[number]
        if token.type == "link_close":
            return
        yield " " if token.type == "softbreak" else token.content


def _without_front_matter(source: str) -> str:
    return _FRONT_MATTER.sub(lambda matter: "\n" * matter[0].count("\n"), source, count=1)
