"""A URL in a document, before it is known where it leads."""

from typing import NamedTuple


class Reference(NamedTuple):
    """`kind` says where it stands, `url` is what is written there, `line` counts from 1.

    The line is None where the format does not tell it.
    """

    kind: str
    url: str
    line: int | None = None
