"""From a task to what is stored of its document, which is put in order where the parse ran."""

from hashlib import sha256
from typing import NamedTuple

from crawler.document import Reading
from crawler.parse.document import Parser
from crawler.parse.headers import HEADER_REFRESH, leads_on
from crawler.parse.metadata import REFRESH
from crawler.urls import digest64

# Of what is read of a document. Raise it where the same bytes come to mean something else: what an
# older version has read is read again.
_VERSION = 17

# Whatever names a place in the page names one where that leads.
_REFRESHES = {REFRESH, HEADER_REFRESH}


class Task(NamedTuple):
    """A document to be read: body, canonical URL, Content-Type, and whether to read its links.

    `headers` are kind and URL of what the response's headers refer to.
    """

    body: bytes
    url: str
    content_type: str
    follow: bool
    headers: tuple[tuple[str, str], ...] = ()


def read(parser: Parser, task: Task) -> Reading | None:
    """Return what is in the document, as it is stored; None where it is of no known format."""
    body, url, content_type, follow, headers = task
    document = parser.parse(body, url, content_type, follow=follow, headers=headers)
    if document is None:
        return None
    digest = digest_of(task)
    return Reading(
        document_id=document_id_of(url, digest, content_type, follow=follow),
        digest=digest,
        signs=document.signs,
        links=document.values,
        anchors=document.anchors,
        targets=document.targets,
        named=list(
            {to for to, fragment, kind in document.places if fragment or kind in _REFRESHES}
        ),
        directed=list({place[:2] for place in document.places if ":~:" in place[1]}),
    )


def digest_of(task: Task) -> bytes:
    """Return the hash by which the content of a document is known."""
    body, headers = task.body, task.headers
    # What the headers refer to is a part of the document: with them it is another one. Of a page
    # that is not followed, it is so only where that is what a reader is led to.
    counts = bool(headers) if task.follow else leads_on(headers)
    content = body + repr(headers).encode() if counts else body
    return sha256(content, usedforsecurity=False).digest()[:16]


def id_of(task: Task) -> int:
    """Return the id that the reading of `task` has."""
    return document_id_of(task.url, digest_of(task), task.content_type, follow=task.follow)


def document_id_of(url: str, digest: bytes, content_type: str, *, follow: bool) -> int:
    """Return the id of what this version reads of a content, by its `digest`, at canonical `url`.

    The same bytes in another encoding, or as another type, are another document.
    """
    read_as = "".join(content_type.lower().split())
    how = f"{read_as}\n{follow:d}.{_VERSION}".encode("utf-8", "replace")
    return digest64(b"%b\n%b%b" % (url.encode(), digest, how))
