"""One transaction's worth of pages, written with a call to SQLite for each table, not each row."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import aiosqlite

from crawler.document import Link
from crawler.model import Page, Request, Scope
from crawler.store import rows
from crawler.store import statements as sql
from crawler.store.many import insert

# Requests of which rows are made in one go: a page may link to 20,000 URLs, and the loop has more
# to do meanwhile.
_AT_ONCE = 250


async def write_batch(
    connection: aiosqlite.Connection, run_id: int, pages: Sequence[Page]
) -> list[Request]:
    """Write `pages` inside the open transaction; return the requests that were new and are open."""
    robots_urls = [page.request for page in pages if page.request.robots_for]
    await _write_urls(connection, robots_urls)
    new = await add_requests(connection, run_id, [found for page in pages for found in page.found])
    await _write_documents(connection, pages)
    await _write_pages(connection, run_id, pages)
    fetches = [
        rows.fetch_row(run_id, page.request.url_id, page.fetch)
        for page in pages
        if page.fetch and not page.retold
    ]
    await connection.executemany(sql.INSERT_FETCH, fetches)
    notes = [(run_id, page.request.url_id, *note) for page in pages for note in page.notes]
    await connection.executemany(sql.INSERT_NOTE, notes)
    same = [(page.request.url_id, page.unchanged.run_id) for page in pages if page.unchanged]
    await connection.executemany(sql.COPY_NOTES, [(run_id, had, url_id) for url_id, had in same])
    robots = [rows.robots_row(run_id, page.robots) for page in pages if page.robots]
    await connection.executemany(sql.INSERT_ROBOTS, robots)
    reopened = [page.reopened for page in pages if page.reopened is not None]
    await connection.executemany(sql.REOPEN_WITH_COOKIES, [(run_id, r.url_id) for r in reopened])
    return new + reopened


async def _write_urls(connection: aiosqlite.Connection, requests: Sequence[Request]) -> None:
    hosts = {request.host for request in requests}
    await connection.executemany(sql.INSERT_HOST, [(rows.host_id(host), host) for host in hosts])
    urls = {request.url_id: (rows.host_id(request.host), request.url) for request in requests}
    await connection.executemany(
        sql.INSERT_URL, [(url_id, *columns) for url_id, columns in urls.items()]
    )


async def _write_documents(connection: aiosqlite.Connection, pages: Sequence[Page]) -> None:
    brought = {page.reading.document_id: page for page in pages if page.reading is not None}
    if not brought:
        return
    values = {"ids": json.dumps(list(brought))}
    async with connection.execute(sql.KNOWN_DOCUMENTS, values) as cursor:
        known = {document_id for (document_id,) in await cursor.fetchall()}
    new = [page for document_id, page in brought.items() if document_id not in known]
    await connection.executemany(sql.INSERT_DOCUMENT, map(rows.document_row, new))
    readings = [page.reading for page in new if page.reading is not None]
    links = [(reading.document_id, reading.links) for reading in readings]
    await insert(connection, sql.INSERT_LINKS, len(Link._fields), links)
    anchors = [(reading.document_id, reading.anchors) for reading in readings]
    await insert(connection, sql.INSERT_ANCHORS, 1, anchors)


async def _write_pages(
    connection: aiosqlite.Connection, run_id: int, pages: Sequence[Page]
) -> None:
    real = [page for page in pages if page.request.robots_for is None]
    # In this order: what was put off may have come to its end within the same batch.
    await connection.executemany(
        sql.DEFER_PAGE, [rows.deferred_page(run_id, page.request) for page in real if not page.done]
    )
    await connection.executemany(
        sql.FINISH_PAGE, [rows.finished_page(run_id, page) for page in real if page.done]
    )


async def add_requests(
    connection: aiosqlite.Connection, run_id: int, requests: Sequence[Request]
) -> list[Request]:
    """Write requests with their URLs inside the open transaction; return those that were new.

    Among them are those that are nearer than was known, with their old depth in `was_depth`.
    What is skipped becomes a row too, but is not returned.
    """
    found: dict[int, Request] = {}
    for request in requests:
        known = found.setdefault(request.url_id, request)
        if request.depth < known.depth:
            found[request.url_id] = request
    brought = await _move_up(connection, run_id, found)
    rest = list(found.values())
    while rest:
        brought += await _add(connection, run_id, rest[:_AT_ONCE])
        del rest[:_AT_ONCE]
    return [request for request in brought if request.scope is not Scope.SKIP]


async def _add(
    connection: aiosqlite.Connection, run_id: int, requests: Sequence[Request]
) -> list[Request]:
    await _write_urls(connection, requests)
    found = {request.url_id: request for request in requests}
    values = {"run": run_id, "rows": rows.new_pages(requests)}
    async with connection.execute(sql.INSERT_PAGES, values) as cursor:
        return [found[url_id] for (url_id,) in await cursor.fetchall()]


async def _move_up(
    connection: aiosqlite.Connection, run_id: int, found: Mapping[int, Request]
) -> list[Request]:
    """Give pages the depth that redirects now show; return the requests for them."""
    hops = [r for r in found.values() if r.hops and r.scope is Scope.FOLLOW]
    if not hops:
        return []
    values = {"run": run_id, "rows": rows.new_pages(hops)}
    async with connection.execute(sql.DEEPER_PAGES, values) as cursor:
        deeper = await cursor.fetchall()
    nearer = [
        replace(found[url_id], was_depth=depth, hops=hops_there, via_id=via_id)
        for url_id, depth, hops_there, via_id in deeper
    ]
    columns = [(r.depth, r.scope, r.method, run_id, r.url_id) for r in nearer]
    await connection.executemany(sql.MOVE_PAGE_UP, columns)
    return nearer
