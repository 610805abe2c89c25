"""Pages as workers hand them to the store, and what the file says afterwards."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

from crawler.document import Link, Reading, Signs
from crawler.location import Location, Server
from crawler.model import Fetch, Judgement, Page, Request, Scope, Verdict
from crawler.store.ledger import Ledger
from crawler.urls import host_of, url_id
from tests import server

NOW = 1_800_000_000.0
"It is 2027-01-15 08:00:00."

HOST = "https://a.test"
SEEDS = '["https://a.test/"]'
SETTINGS = '{"seeds":["https://a.test/"],"depth":2}'


def rows(
    location: Location, query: str, values: Mapping[str, object] | None = None
) -> list[tuple[Any, ...]]:
    """Return what a query brings; its parameters are named."""
    if isinstance(location, Server):
        return server.query(location, query, values)
    with closing(sqlite3.connect(location)) as connection:
        return connection.execute(query, values or {}).fetchall()


def settings_of(location: Location) -> dict[str, Any]:
    """Return the settings of the newest run."""
    ((stored,),) = rows(location, "SELECT settings FROM run ORDER BY id DESC LIMIT 1")
    found: dict[str, Any] = json.loads(stored)
    return found


def change(location: Location, statement: str) -> None:
    """Change what is stored, as another program might."""
    if isinstance(location, Server):
        server.query(location, statement)
        return
    with closing(sqlite3.connect(location)) as connection, connection:
        connection.execute(statement)


def request(
    url: str, depth: int = 0, scope: Scope = Scope.FOLLOW, reason: str | None = None
) -> Request:
    return Request(
        url=url,
        url_id=url_id(url),
        host=host_of(url),
        depth=depth,
        scope=scope,
        reason=reason,
        method="GET" if scope is Scope.FOLLOW else "HEAD",
    )


def fetch(status: int | None = 200, error: str | None = None, total_ms: float = 12.5) -> Fetch:
    return Fetch(method="GET", started_at=NOW, total_ms=total_ms, status=status, error=error)


def link(target: str, fragment: str = "", kind: str = "a href", line: int = 3) -> Link:
    return Link(url_id(target), fragment, kind, target, "text", line, 1)


def page(url: str, *links: Link, anchors: Sequence[str] = ()) -> Page:
    """Return a followed page that was read well; other links or anchors are another document."""
    document_id = url_id(repr((url, links, anchors)))
    reading = Reading(
        document_id=document_id,
        digest=b"digest",
        signs=Signs("title"),
        links=[value for link in links for value in link],
        anchors=list(anchors),
        targets={},
        named=[],
        directed=[],
    )
    return Page(
        request=request(url),
        done=True,
        fetch=fetch(),
        judgement=Judgement(Verdict.OK),
        content_type="text/html; charset=utf-8",
        reading=reading,
    )


def leaf(
    url: str,
    verdict: Verdict = Verdict.OK,
    reason: str | None = None,
    *,
    attempt: Fetch | None = None,
    content_type: str = "text/html",
) -> Page:
    """Return a page that was only asked for its headers."""
    return Page(
        request=request(url, 1, Scope.CHECK),
        done=True,
        fetch=attempt,
        judgement=Judgement(verdict, reason),
        content_type=content_type,
    )


def redirect(url: str, to: str, fragment: str | None = None, status: int = 302) -> Page:
    return Page(
        request=request(url, 1, Scope.CHECK),
        done=True,
        fetch=fetch(status),
        content_type="text/html",
        redirect_to=url_id(to),
        redirect_fragment=fragment,
    )


async def begun(store: Ledger, *pages: Page, now: float = NOW, series: str = SEEDS) -> int:
    """Begin a run, and store `pages` as if each had been found before; return the run's id."""
    run = await store.begin(series, SETTINGS, now, resume=False)
    await store.add(run.id, [each.request for each in pages])
    await store.write(run.id, pages)
    return run.id
