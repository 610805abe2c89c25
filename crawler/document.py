"""What is read in a document: the nouns that a parser process shares with the crawl.

They are apart from the others so that such a process starts at once: no dataclass is among them.
"""

from collections.abc import Collection
from typing import NamedTuple


class Link(NamedTuple):
    """A reference in a document, in the order of the columns of the table `link`.

    `href` is what was written, `text` what a reader sees, `line` counts from 1. References of one
    kind to one target and fragment are one link; `occurrences` counts them. `section` is the id of
    the nearest heading or section above the first.
    """

    target_id: int
    fragment: str
    kind: str
    href: str
    text: str
    line: int | None
    occurrences: int
    section: str | None = None


# The values of links, one after the other: a list of them costs far less than a list of links.
LinkValues = list[int | str | None]


class Signs(NamedTuple):
    """What an HTML document says of itself beside its links.

    `heading` is the text of the first one; `drawn`: a script draws the page; `twice`: ids that more
    than one element has, the first few of them; `parked`: what is said of the domain in the place
    of a page, "parked" or "for sale".
    """

    title: str | None = None
    heading: str = ""
    drawn: bool = False
    twice: tuple[str, ...] = ()
    parked: str | None = None


class Document(NamedTuple):
    """One version of a page's content.

    `places` are target id, fragment and kind of each link, `targets` has the URL of every target.
    """

    signs: Signs
    values: LinkValues
    anchors: list[str]
    places: Collection[tuple[int, str, str]]
    targets: dict[int, str]

    @property
    def links(self) -> list[Link]:
        """The links, made of their values."""
        values, width = self.values, len(Link._fields)
        return [Link._make(values[start : start + width]) for start in range(0, len(values), width)]


class Reading(NamedTuple):
    """A document as it is stored: its links as values, and the names of its anchors.

    `document_id` is a hash of URL, content and whether links were read, `digest` one of content;
    `targets` has the URL of every target id, `named` the ids that some fragment may point into;
    `directed` are target and fragment of links with a fragment directive (`:~:`), `fingerprint` is
    one of the words of a page that is not followed.
    """

    document_id: int
    digest: bytes
    signs: Signs
    links: LinkValues
    anchors: list[str]
    targets: dict[int, str]
    named: list[int]
    directed: list[tuple[int, str]]
    fingerprint: int | None = None
