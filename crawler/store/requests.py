"""From rows back to requests, and to the numbers of those that are open."""

from collections.abc import Iterable, Sequence
from typing import Any

from crawler.model import Request, Scope
from crawler.store.database import Row
from crawler.store.protocol import OpenPages


def request_of(host: str, row: Sequence[Any]) -> Request:
    """Return the request in a row with the columns of WINDOW."""
    url, url_id, depth, scope, method, tries, hops, via_id, not_before, *first = row
    return Request(
        url=url,
        url_id=url_id,
        host=host,
        depth=depth,
        scope=Scope(scope),
        method=method,
        tries=tries,
        hops=hops,
        via_id=via_id,
        not_before=not_before,
        priority=bool(first and first[0]),
    )


def requests_of(found: Iterable[Row]) -> list[Request]:
    """Return the requests in rows of a host's key, and the columns of WINDOW."""
    return [request_of(host, row) for host, *row in found]


def open_pages_of(found: Iterable[Row]) -> list[OpenPages]:
    """Return what is in rows with the columns of OPEN_PAGES."""
    return [OpenPages(host, depth, Scope(scope), *rest) for host, depth, scope, *rest in found]
