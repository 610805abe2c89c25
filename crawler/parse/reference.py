"""A URL in a document, before it is known where it leads."""

from typing import NamedTuple


class Reference(NamedTuple):
    """`kind` says where it stands, `url` is what is written there, `line` counts from 1.

    The line is None where the format does not tell it. `base`, where the document says one, is
    what the URL is relative to, and may itself be relative to the document's URL.
    """

    kind: str
    url: str
    line: int | None = None
    base: str = ""
