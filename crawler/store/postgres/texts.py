"""What no text can be for PostgreSQL, and what is kept in its place."""

import re
from collections.abc import Iterable

# What PostgreSQL keeps in no text.
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")
# What JSON may escape and PostgreSQL cannot read: NUL, and halves of characters without the other
# half, as the name of a folder may have.
_HALVES = re.compile(
    r"\\u0000|\\ud[89ab][0-9a-f]{2}(?!\\ud[c-f][0-9a-f]{2})"
    r"|(?<!\\ud[89ab][0-9a-f]{2})\\ud[c-f][0-9a-f]{2}"
)


def mended(row: Iterable[object]) -> tuple[object, ...]:
    """Return a row whose texts can be written."""
    return tuple(
        _UNWRITABLE.sub("\ufffd", value) if isinstance(value, str) else value for value in row
    )


def readable(value: object) -> object:
    """Return a value which, if it is JSON, is so for PostgreSQL too; it is rarely another one."""
    if isinstance(value, str) and "\\u" in value:
        return _HALVES.sub(r"\\ufffd", value)
    return value
