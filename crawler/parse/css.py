"""The URLs of a style sheet, by a CSS tokenizer: never those in comments."""

import re
from collections.abc import Iterable, Iterator

import tinycss2
from tinycss2.ast import (
    AtKeywordToken,
    CurlyBracketsBlock,
    FunctionBlock,
    LiteralToken,
    Node,
    ParenthesesBlock,
    SquareBracketsBlock,
    StringToken,
    URLToken,
    WhitespaceToken,
)

from crawler.parse.reference import Reference

# Blocks in blocks that are read; deeper ones are an attack.
_DEEPEST = 100
# What stands in front of an at-rule's block, or behind the URL of an import, is not fetched.
_CONDITION = "condition"
# What begins so is in the page that is styled, whatever the base URL (CSS Values 4, "local url
# flag"), maybe in a template; or Internet Explorer had it built in (`#default#VML`).
_LOCAL = "#"
# A backslash can hide any of them.
_REFERRING = re.compile(r"url\(|src\(|image-set\(|@import|\\", re.IGNORECASE).search
# A style sheet can write them as escapes, text for a database cannot hold them.
_SURROGATE = re.compile("[\ud800-\udfff]")


def references(sheet: str) -> list[Reference]:
    """Return what `sheet` refers to elsewhere: `url()`, `src()`, `image-set()` and `@import`."""
    try:
        nodes = tinycss2.parse_component_value_list(sheet, skip_comments=True)
    except ValueError:  # a number of more digits than Python reads, which no person wrote
        return []
    return [
        found._replace(url=_SURROGATE.sub("\ufffd", found.url))
        for found in _in_rules(nodes, 0)
        if found.url and not found.url.startswith(_LOCAL)
    ]


def may_refer(style: str) -> bool:
    """Return whether `style` can have a URL in it at all; most have none, which is soon told."""
    return _REFERRING(style) is not None


def _in_rules(nodes: Iterable[Node], depth: int) -> Iterator[Reference]:
    rule = ""  # the at-rule whose block, or whose end, is awaited
    for node in nodes:
        if isinstance(node, AtKeywordToken):
            rule = node.lower_value
        elif not rule or _ends(node):
            rule = ""
            yield from _in_value(node, depth)
        elif rule == "import" and isinstance(node, (StringToken, URLToken, FunctionBlock)):
            yield from _imported(node, depth)
            rule = _CONDITION
        elif not isinstance(node, WhitespaceToken):
            rule = _CONDITION


def _ends(node: Node) -> bool:
    """Return whether what stands in front of an at-rule's block, or all the rule, ends here."""
    return isinstance(node, CurlyBracketsBlock) or (
        isinstance(node, LiteralToken) and node.value == ";"
    )


def _imported(node: StringToken | URLToken | FunctionBlock, depth: int) -> Iterator[Reference]:
    if isinstance(node, StringToken):
        yield Reference("css import", node.value, node.source_line)
    else:
        for found in _in_value(node, depth):
            yield found._replace(kind="css import")


def _in_value(node: Node, depth: int) -> Iterator[Reference]:
    if depth > _DEEPEST:
        return
    if isinstance(node, URLToken):
        yield Reference("css url", node.value, node.source_line)
    elif isinstance(node, FunctionBlock):
        takes_strings = node.lower_name in ("url", "src", "image-set", "-webkit-image-set")
        for argument in node.arguments:
            if takes_strings and isinstance(argument, StringToken):
                yield Reference("css url", argument.value, argument.source_line)
            else:
                yield from _in_value(argument, depth + 1)
    elif isinstance(node, (ParenthesesBlock, SquareBracketsBlock, CurlyBracketsBlock)):
        yield from _in_rules(node.content, depth + 1)
