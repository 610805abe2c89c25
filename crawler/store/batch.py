"""One transaction's worth of pages, written with a call for each table, not each row."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence

from crawler.document import Link
from crawler.model import Page, Request, Scope
from crawler.store import rows
from crawler.store import statements as sql
from crawler.store.database import Database

# Requests of which rows are made in one go: a page may link to 20,000 URLs, and the loop has more
# to do meanwhile.
_AT_ONCE = 250

# Hosts that are remembered to be stored: where many URLs are new, to write them again takes 7 %.
_MOST_HOSTS = 10_000

# Whether what becomes of a host's pages is ours to say: others may ask it, and know better.
Mine = Callable[[str], bool]


def everything(_host: str) -> bool:
    """Say that nobody else asks hosts."""
    return True


class StoredHosts:
    """The hosts that are stored, as far as is remembered: these need not be written again."""

    def __init__(self) -> None:
        self._stored: set[str] = set()
        self._written: set[str] = set()

    def begin(self) -> None:
        """Let a transaction begin; what the last one wrote counts for nothing if it did not end."""
        self._written = set()

    def to_write(self, requests: Iterable[Request]) -> set[str]:
        """Return the hosts of `requests` that are to be written, which the transaction now does."""
        hosts = {request.host for request in requests} - self._stored - self._written
        self._written |= hosts
        return hosts

    def end(self) -> None:
        """Remember what the transaction wrote."""
        if len(self._stored) > _MOST_HOSTS:
            self._stored = set()
        self._stored |= self._written


async def write_batch(
    database: Database,
    hosts: StoredHosts,
    run_id: int,
    pages: Sequence[Page],
    mine: Mine = everything,
) -> list[Request]:
    """Write `pages` inside the open transaction; return the requests that were new and are open."""
    robots_urls = [page.request for page in pages if page.request.robots_for]
    found = [found for page in pages for found in page.found]
    await _write_urls(database, hosts, [*robots_urls, *found])
    sources = _sources(pages)
    added = [page.request for page in sources.values()]
    brought = await _add(database, run_id, [*found, *added], mine)
    new = [request for request in brought if request.robots_for is None]
    told = [sources[request.url_id] for request in brought if request.robots_for is not None]
    await _write_documents(database, pages)
    real = [page for page in pages if page.request.robots_for is None]
    await _write_pages(database, run_id, real + told)
    fetches = [
        rows.fetch_row(run_id, page.request.url_id, page.fetch)
        for page in pages
        if page.fetch and not page.retold
    ]
    await database.run_many(sql.INSERT_FETCH, fetches)
    notes = [(run_id, page.request.url_id, *note) for page in pages for note in page.notes]
    await database.run_many(sql.INSERT_NOTE, notes)
    same = [(page.request.url_id, page.unchanged.run_id) for page in pages if page.unchanged]
    await database.run_many(sql.COPY_NOTES, [(run_id, had, url_id) for url_id, had in same])
    robots = [rows.robots_row(run_id, page.robots) for page in pages if page.robots]
    await database.run_many(sql.INSERT_ROBOTS, robots)
    again = [page.reopened for page in pages if page.reopened is not None]
    reopened = [
        request
        for request in again
        if mine(request.host)
        and await database.rows(sql.REOPEN_WITH_COOKIES, {"run": run_id, "url": request.url_id})
    ]
    return new + reopened


async def _write_urls(database: Database, hosts: StoredHosts, requests: Sequence[Request]) -> None:
    """Write hosts, and then URLs, in the order of their ids.

    Nobody who writes the same beside holds then what we wait for while it waits for what we hold.
    """
    named = [(rows.host_id(host), host) for host in hosts.to_write(requests)]
    await database.run_many(sql.INSERT_HOST, named)
    urls = {request.url_id: request for request in requests}
    for part in _parts(urls):
        columns = [(each, rows.host_id(urls[each].host), urls[each].url) for each in part]
        await database.run_many(sql.INSERT_URL, columns)


def _parts(url_ids: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(url_ids)
    return (ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE))


async def _write_documents(database: Database, pages: Sequence[Page]) -> None:
    brought = {page.reading.document_id: page for page in pages if page.reading is not None}
    if not brought:
        return
    values = {"ids": json.dumps(list(brought))}
    known = {document_id for (document_id,) in await database.rows(sql.KNOWN_DOCUMENTS, values)}
    new = [brought[document_id] for document_id in sorted(brought.keys() - known)]
    await database.run_many(sql.INSERT_DOCUMENT, [rows.document_row(page) for page in new])
    readings = [page.reading for page in new if page.reading is not None]
    links = [(reading.document_id, reading.links) for reading in readings]
    await database.insert(sql.INSERT_LINKS, len(Link._fields), links)
    anchors = [(reading.document_id, reading.anchors) for reading in readings]
    await database.insert(sql.INSERT_ANCHORS, 1, anchors)


async def _write_pages(database: Database, run_id: int, pages: Sequence[Page]) -> None:
    # In this order: what was put off may have come to its end within the same batch.
    await database.run_many(
        sql.DEFER_PAGE,
        [rows.deferred_page(run_id, page.request) for page in pages if not page.done],
    )
    await database.run_many(
        sql.FINISH_PAGE, [rows.finished_page(run_id, page) for page in pages if page.done]
    )


def _sources(pages: Iterable[Page]) -> dict[int, Page]:
    """Return each robots.txt that links to sitemaps, by the id of its URL.

    It is done with its row. Where there was one, which is open, that has its end from the frontier.
    """
    return {
        page.request.url_id: page
        for page in pages
        if page.request.robots_for is not None and page.reading is not None
    }


async def add_requests(
    database: Database,
    hosts: StoredHosts,
    run_id: int,
    requests: Sequence[Request],
    mine: Mine = everything,
) -> list[Request]:
    """Write requests with their URLs inside the open transaction; return those that were new.

    Among them are those that are nearer than was known, with their old depth in `was_depth`.
    What is skipped becomes a row too, but is not returned.
    """
    await _write_urls(database, hosts, requests)
    return await _add(database, run_id, requests, mine)


async def _add(
    database: Database, run_id: int, requests: Sequence[Request], mine: Mine
) -> list[Request]:
    """Write the pages of requests whose URLs are written, in the order of these too."""
    found: dict[int, Request] = {}
    for request in requests:
        known = found.setdefault(request.url_id, request)
        if request.depth < known.depth:
            found[request.url_id] = request
    new: set[int] = set()
    for part in _parts(found):
        values = {"run": run_id, "rows": rows.new_pages(found[each] for each in part)}
        new |= {url_id for (url_id,) in await database.rows(sql.INSERT_PAGES, values)}
    hops = [r for r in found.values() if r.hops and r.scope is Scope.FOLLOW and mine(r.host)]
    brought = await _move_up(database, run_id, hops)
    brought += [request for url_id, request in found.items() if url_id in new]
    return [request for request in brought if request.scope is not Scope.SKIP]


async def _move_up(database: Database, run_id: int, hops: Sequence[Request]) -> list[Request]:
    """Give pages the depth that redirects now show; return the requests for them."""
    if not hops:
        return []
    found = {request.url_id: request for request in hops}
    values = {"run": run_id, "rows": rows.new_pages(hops)}
    deeper = await database.rows(sql.DEEPER_PAGES, values)
    nearer = [
        found[url_id]._replace(was_depth=depth, hops=hops_there, via_id=via_id)
        for url_id, depth, hops_there, via_id in deeper
    ]
    columns = [(r.depth, r.scope, r.method, run_id, r.url_id) for r in nearer]
    await database.run_many(sql.MOVE_PAGE_UP, columns)
    return nearer
