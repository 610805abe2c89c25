"""From the nouns to the rows of the tables, in the order of the columns of the statements."""

import json
from collections.abc import Iterable
from functools import lru_cache

from crawler.model import Fetch, Page, Request, RobotsFile, Scope, Verdict
from crawler.store.moments import moment
from crawler.urls import digest64, is_http

Row = tuple[object, ...]


@lru_cache(4096)
def host_id(host: str) -> int:
    """Return the id of a host key."""
    return digest64(host.encode())


def new_pages(requests: Iterable[Request]) -> str:
    """Return the JSON array that INSERT_PAGES takes."""
    return json.dumps([_new_page(request) for request in requests])


def _new_page(request: Request) -> Row:
    skipped = request.scope is Scope.SKIP
    if not skipped:
        verdict = None
    elif is_http(request.url):
        verdict = Verdict.SKIPPED
    else:
        verdict = Verdict.BROKEN
    return (
        request.url_id,
        host_id(request.host),
        request.depth,
        request.scope,
        "done" if skipped else "ready",
        request.hops,
        request.via_id,
        request.method,
        verdict,
        request.reason,
    )


def finished_page(run_id: int, page: Page) -> Row:
    """Return the row that FINISH_PAGE takes."""
    fetch, judgement = page.fetch, page.judgement
    return (
        page.request.depth,
        page.request.scope,
        page.request.tries,
        page.request.method,
        None if fetch is None else fetch.status,
        None if judgement is None else judgement.verdict,
        None if judgement is None else judgement.reason,
        page.redirect_to,
        page.redirect_fragment,
        _document_id(page),
        page.etag,
        page.last_modified,
        page.content_type,
        run_id,
        page.request.url_id,
    )


def _document_id(page: Page) -> int | None:
    if page.unchanged is not None:
        return page.unchanged.document_id
    return None if page.reading is None else page.reading.document_id


def document_row(page: Page) -> Row:
    """Return the row that INSERT_DOCUMENT takes, of a page that brought a document."""
    reading = page.reading
    assert reading is not None
    followed = page.request.scope is Scope.FOLLOW
    signs = reading.signs
    of_url = (reading.document_id, page.request.url_id, reading.digest, followed)
    return (*of_url, signs.title, signs.drawn, reading.fingerprint)


def deferred_page(run_id: int, request: Request) -> Row:
    """Return the row that DEFER_PAGE takes."""
    return (request.tries, request.method, request.not_before, run_id, request.url_id)


def fetch_row(run_id: int, url_id: int, fetch: Fetch) -> Row:
    """Return the row that INSERT_FETCH takes."""
    return (
        *(run_id, url_id) * 2,
        fetch.method,
        moment(fetch.started_at),
        fetch.wait_ms,
        fetch.dns_ms,
        fetch.connect_ms,
        fetch.ttfb_ms,
        fetch.total_ms,
        fetch.status,
        fetch.error,
        fetch.detail,
        fetch.wire_bytes,
        fetch.body_bytes,
        fetch.truncated,
        fetch.remote_ip,
        fetch.headers,
    )


def robots_row(run_id: int, robots: RobotsFile) -> Row:
    """Return the row that INSERT_ROBOTS takes."""
    return (
        run_id,
        host_id(robots.host),
        moment(robots.fetched_at),
        robots.outcome,
        robots.status,
        robots.delay,
        robots.body,
    )
