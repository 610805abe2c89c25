"""The document that a request knows of: whether it can still be used, and how to ask for news."""

from collections.abc import Mapping

from crawler.model import Known, Request, Scope
from crawler.parse.reading import document_id_of


def known_to(request: Request) -> Known | None:
    """Return the document on file, where it was read as it would be read now.

    That is with its links or without them, and by this version of the parser.
    """
    known = request.known
    if known is None or request.method != "GET":
        return None
    follow = request.scope is Scope.FOLLOW
    wanted = document_id_of(request.url, known.digest, follow=follow)
    return known if known.document_id == wanted else None


def conditions_of(request: Request) -> Mapping[str, str]:
    """Return the headers that ask for a body only if it has changed (RFC 9110, 13.1)."""
    known = known_to(request)
    if known is None:
        return {}
    conditions = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in conditions.items() if value}
