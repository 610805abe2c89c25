"""Text from the web, made harmless for a terminal or a log."""

import unicodedata

# Control characters could move the cursor or colour the screen, format characters (bidirectional
# overrides, zero-width marks) make a URL look like another.
_HARMFUL = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def printable(text: str) -> str:
    """Return `text` with each character that does more than to be seen replaced by U+FFFD."""
    if text.isascii() and text.isprintable():
        return text
    return "".join("\N{REPLACEMENT CHARACTER}" if _is_harmful(each) else each for each in text)


def _is_harmful(character: str) -> bool:
    return unicodedata.category(character) in _HARMFUL
