"""Text from the web, made harmless for a terminal, a log or a file that a program opens."""

import re
import unicodedata
from itertools import pairwise

# Control characters could move the cursor or colour the screen, format characters (bidirectional
# overrides, zero-width marks) make a URL look like another.
_HARMFUL = {"Cc", "Cf", "Cs", "Zl", "Zp"}
# Without these two, Persian and scripts of India are misspelt, and an emoji made of several falls
# apart. Behind ASCII they join nothing, and would only hide there.
_JOINERS = {"\N{ZERO WIDTH NON-JOINER}", "\N{ZERO WIDTH JOINER}"}
# What XML cannot hold, though it can be written.
_NO_CHARACTER = re.compile("[\ufffe\uffff]")
# Runners of jobs take commands from what is printed: `##[group]` anywhere, `::error::` first.
_COMMAND = re.compile(r"##(?=\w*\[)|^\s*::")
# A spreadsheet takes what begins so for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def printable(text: str) -> str:
    """Return `text` with each character that does more than to be seen replaced by U+FFFD."""
    if not text.isascii() or not text.isprintable():
        text = "".join(_shown(each, before) for before, each in pairwise(f" {text}"))
    if "##" in text or "::" in text:
        text = _COMMAND.sub(lambda found: found[0][:-1] + "\N{REPLACEMENT CHARACTER}", text)
    return text


def cell(text: str) -> str:
    """Return `text` as a spreadsheet shows it and does not run it."""
    return "'" + printable(text) if text.lstrip(" ").startswith(_FORMULA) else printable(text)


def _shown(character: str, before: str) -> str:
    if character in _JOINERS and not before.isascii():
        return character
    return "\N{REPLACEMENT CHARACTER}" if _is_harmful(character) else character


def _is_harmful(character: str) -> bool:
    return unicodedata.category(character) in _HARMFUL or bool(_NO_CHARACTER.match(character))
