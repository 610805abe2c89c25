"""What is on file of a URL: whether it can still be used, and how to ask for news."""

import re
from collections.abc import Callable, Mapping

from crawler.model import Known, Request, Scope
from crawler.parse.gate import format_of, media_type
from crawler.parse.reading import document_id_of

NOT_MODIFIED = 304
"The status that says so of what is on file."

# What an answer to a request is to be read as, by the Content-Type that it has.
TypeOf = Callable[[Request, str], str]

# Types in which nobody serves a page by mistake. Of others servers make use for files of which they
# know nothing, pages too, until somebody tells them: of those by the name alone.
_MEDIA = ("image/", "audio/", "video/", "font/")
_FILES = frozenset(
    (
        *("application/pdf", "application/zip", "application/gzip", "application/x-gzip"),
        *("application/javascript", "application/x-javascript", "text/javascript"),
        "application/wasm",
    )
)
_PLAIN = (".txt", ".rst", ".md")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]").search
# Apache adds this to the ETag of what it compresses, but compares what it is sent with the ETag of
# the file, and so would send all of it on every night (its bug 45023): it is sent that one as well.
# A cache before it has the longer one, and Varnish understands no list.
_CACHES = {"via", "age", "x-varnish", "x-cache"}
_COMPRESSED = re.compile(r'\A((?:W/)?"[^"]*)-(?:gzip|br|zstd)"\Z')


def known_to(request: Request, type_of: TypeOf) -> Known | None:
    """Return what is on file, where it was read as it would be read now.

    That is with its links or without them and by this version of the parser, or not at all.
    """
    known = request.known
    if known is None or request.method != "GET":
        return None
    read_as = type_of(request, known.content_type or "")
    if known.document_id is None:
        return known if _is_no_document(request.url, read_as) else None
    follow = request.scope is Scope.FOLLOW
    wanted = document_id_of(request.url, known.digest, read_as, follow=follow)
    return known if known.document_id == wanted else None


def etag_of(headers: Mapping[str, str]) -> str | None:
    """Return the ETag of an answer as it is to be sent back, in the form of If-None-Match."""
    etag = headers.get("etag")
    if not etag or not headers.get("server", "").startswith("Apache") or _CACHES & headers.keys():
        return etag
    return _COMPRESSED.sub(r'\g<0>, \1"', etag)


def conditions_of(known: Known | None) -> Mapping[str, str]:
    """Return the headers that ask for a body only if it has changed (RFC 9110, 13.1)."""
    if known is None:
        return {}
    conditions = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    # A server that calls an ETag "*" would say of anything that it is unchanged; what has control
    # characters in it cannot be sent.
    return {
        name: value
        for name, value in conditions.items()
        if value and value != "*" and not _CONTROLS(value)
    }


def _is_no_document(url: str, content_type: str) -> bool:
    """Return whether what has this type is for certain nothing that could be read.

    Who mends a wrong Content-Type does not touch the file, and so its ETag stays.
    """
    if format_of(content_type, url) is not None:
        return False
    media = media_type(content_type)
    if media.startswith(_MEDIA) or media in _FILES:
        return True
    return url.partition("?")[0].lower().endswith(_PLAIN)
