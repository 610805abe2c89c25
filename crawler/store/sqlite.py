"""The store in one SQLite file: one connection writes, another reads beside it."""

import json
import sqlite3
from collections.abc import AsyncGenerator, Collection, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiosqlite

from crawler.errors import StoreError, UsageError
from crawler.model import Judgement, Note, Page, Request, Run, Scope
from crawler.store import rows
from crawler.store import statements as sql
from crawler.store.batch import add_requests, write_batch
from crawler.store.moments import moment
from crawler.store.opening import connect, connect_to_read
from crawler.store.protocol import FragmentVerdict, IllPage, OpenPages, Totals, Unmatched
from crawler.store.totals import totals_of
from crawler.version import __version__

# Deeper than any page: SQLite knows no infinity that JSON could say.
_DEEPEST = 2**62

Parameters = Sequence[object] | Mapping[str, object]


@asynccontextmanager
async def open_store(path: Path) -> AsyncGenerator["SqliteStore"]:
    """Open the database at `path`, made where there is none; UsageError where it cannot be used."""
    writer = await connect(path)
    try:
        reader = await connect_to_read(path)
        try:
            yield SqliteStore(writer, reader)
        finally:
            await reader.close()
    finally:
        await _close(writer)


async def _close(writer: aiosqlite.Connection) -> None:
    try:
        await writer.execute("PRAGMA optimize")
        await writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error:
        pass  # what is committed stays in the WAL, and the next one to open the file takes it in
    finally:
        await writer.close()


class SqliteStore:
    """The protocol `Store` over two connections; only one task may call what writes."""

    def __init__(self, writer: aiosqlite.Connection, reader: aiosqlite.Connection) -> None:
        self._writer = writer
        self._reader = reader

    async def begin(self, seeds: str, settings: str, now: float, *, resume: bool) -> Run:
        with _translated():
            if resume and (unfinished := await self._unfinished(seeds)) is not None:
                await self._writer.execute(sql.CONTINUE_RUN, {"run": unfinished})
                return Run(unfinished, resumed=True)
            await self._writer.execute(sql.ABANDON_RUNS, {"now": moment(now)})
            values = {"now": moment(now), "settings": settings, "version": __version__}
            cursor = await self._writer.execute(sql.INSERT_RUN, values)
            return Run(cursor.lastrowid or 0, resumed=False)

    async def add(self, run_id: int, requests: Sequence[Request]) -> list[Request]:
        with _translated():
            async with self._transaction():
                return await add_requests(self._writer, run_id, requests)

    async def write(self, run_id: int, pages: Sequence[Page]) -> list[Request]:
        with _translated():
            async with self._transaction():
                return await write_batch(self._writer, run_id, pages)

    async def seeds(self, run_id: int) -> list[str]:
        return [url for (url,) in await self._read(sql.SEEDS, {"run": run_id})]

    async def open_pages(self, run_id: int) -> list[OpenPages]:
        found = await self._read(sql.OPEN_PAGES, {"run": run_id})
        return [
            OpenPages(host, depth, Scope(scope), number) for host, depth, scope, number in found
        ]

    async def window(self, run_id: int, host: str, most: int) -> list[Request]:
        values = {"run": run_id, "host": rows.host_id(host), "most": most}
        return [_request(host, row) for row in await self._read(sql.WINDOW, values)]

    async def settle_chains(self, run_id: int, most: int) -> None:
        with _translated():
            await self._writer.execute(sql.INDEX_LINK_TARGETS)
            await self._writer.execute(sql.SETTLE_CHAINS, {"run": run_id, "most": most})

    async def settle_depths(self, run_id: int, *, links: bool) -> None:
        with _translated():
            await self._writer.execute(sql.SETTLE_DEPTHS, {"run": run_id, "links": links})

    async def misjudged(self, run_id: int, hosts: Collection[str], deepest: float) -> list[Request]:
        values = {
            "run": run_id,
            "hosts": json.dumps(list(hosts)),
            "deepest": min(deepest, _DEEPEST),
        }
        found = await self._read(sql.MISJUDGED_PAGES, values)
        return [_request(key, row) for key, *row in found]

    async def cut_chains(self, run_id: int, most: int) -> list[Request]:
        found = await self._read(sql.CUT_CHAINS, {"run": run_id, "most": most})
        return [_request(key, row) for key, *row in found]

    async def unread_leaves(self, run_id: int) -> list[Request]:
        found = await self._read(sql.UNREAD_LEAVES, {"run": run_id})
        return [_request(key, row) for key, *row in found]

    async def reopen(self, run_id: int, requests: Sequence[Request]) -> None:
        values = [(r.scope, r.method, r.hops, run_id, r.url_id) for r in requests]
        with _translated():
            async with self._transaction():
                await self._writer.executemany(sql.REOPEN_PAGE, values)

    async def cookie_loops(self, run_id: int) -> list[tuple[Request, bool]]:
        found = await self._read(sql.COOKIE_LOOPS, {"run": run_id})
        return [(_request(key, row), bool(sets)) for sets, key, *row in found]

    async def soft_leaves(self, run_id: int) -> list[Request]:
        found = await self._read(sql.SOFT_LEAVES, {"run": run_id})
        return [_request(key, row) for key, *row in found]

    async def unread_texts(self, run_id: int) -> list[tuple[Request, str]]:
        found = await self._read(sql.UNREAD_TEXTS, {"run": run_id})
        return [(_request(key, row), directive) for directive, key, *row in found]

    async def absent_texts(self, run_id: int) -> list[tuple[str, str]]:
        return await self._read(sql.ABSENT_TEXTS, {"run": run_id})

    async def transient_pages(self, run_id: int, not_before: float, tries: int) -> list[Request]:
        with _translated():
            found = await self._read(sql.TRANSIENT_PAGES, {"run": run_id})
            pages = [
                replace(_request(key, row), not_before=not_before, tries=tries)
                for key, *row in found
            ]
            reopened = [(each.tries, not_before, run_id, each.url_id) for each in pages]
            async with self._transaction():
                await self._writer.executemany(sql.REOPEN_LATER, reopened)
            return pages

    async def home_redirects(self, run_id: int) -> list[tuple[int, str, str]]:
        return await self._read(sql.HOME_REDIRECTS, {"run": run_id})

    async def write_notes(self, run_id: int, notes: Sequence[tuple[int, Note]]) -> None:
        with _translated():
            async with self._transaction():
                values = [(run_id, url_id, *note) for url_id, note in notes]
                await self._writer.executemany(sql.INSERT_NOTE, values)

    async def suspicious_hosts(self, run_id: int) -> list[str]:
        return [key for (key,) in await self._read(sql.SUSPICIOUS_HOSTS, {"run": run_id})]

    async def confirmed_suspects(self, run_id: int) -> list[tuple[int, str]]:
        return await self._read(sql.CONFIRMED_SUSPECTS, {"run": run_id})

    async def dead_refreshes(self, run_id: int) -> list[tuple[int, str]]:
        return await self._read(sql.DEAD_REFRESHES, {"run": run_id})

    async def settle_notes(self, run_id: int) -> None:
        with _translated():
            await self._writer.execute(sql.DROP_UNNAMED_DUPLICATES, {"run": run_id})

    async def condemn(self, run_id: int, verdicts: Sequence[tuple[int, Judgement]]) -> None:
        with _translated():
            async with self._transaction():
                values = [(verdict, reason, run_id, id_) for id_, (verdict, reason) in verdicts]
                await self._writer.executemany(sql.JUDGE_PAGE, values)

    async def unmatched_fragments(self, run_id: int) -> list[Unmatched]:
        found = await self._read(sql.UNMATCHED_FRAGMENTS, {"run": run_id})
        return [Unmatched._make((*row, bool(drawn))) for *row, drawn in found]

    async def anchors(self, document_id: int) -> list[str]:
        return [name for (name,) in await self._read(sql.ANCHORS, (document_id,))]

    async def write_fragments(self, run_id: int, verdicts: Sequence[FragmentVerdict]) -> None:
        values = [
            (run_id, target_id, fragment, judgement.verdict, judgement.reason, nearest)
            for target_id, fragment, judgement, nearest in verdicts
        ]
        with _translated():
            async with self._transaction():
                await self._writer.execute(sql.DELETE_FRAGMENTS, {"run": run_id})
                await self._writer.executemany(sql.INSERT_FRAGMENT, values)

    async def explain_open(self, run_id: int, reason: str) -> None:
        with _translated():
            values = {"run": run_id, "reason": reason}
            await self._writer.execute(sql.EXPLAIN_OPEN_PAGES, values)

    async def totals(self, run_id: int) -> Totals:
        return await totals_of(self._read, run_id)

    async def ill_pages(self, run_id: int, url_ids: Sequence[int]) -> list[IllPage]:
        values = {"run": run_id, "ids": json.dumps(list(url_ids))}
        return [IllPage._make(row) for row in await self._read(sql.ILL_PAGES, values)]

    async def end(
        self, run_id: int, state: str, reason: str | None, now: float, doubts: Sequence[str] = ()
    ) -> None:
        values = {"run": run_id, "state": state, "reason": reason, "now": moment(now)}
        values["doubts"] = json.dumps(doubts)
        with _translated():
            await self._writer.execute(sql.END_RUN, values)

    async def _unfinished(self, seeds: str) -> int | None:
        found = await self._read(sql.NEWEST_UNFINISHED_RUN, ())
        if not found:
            return None
        run_id, its_seeds = found[0]
        if its_seeds != seeds:
            raise UsageError(f"run {run_id}, the newest unfinished one, has other seeds")
        return int(run_id)

    async def _read(self, statement: str, values: Parameters) -> list[tuple[Any, ...]]:
        with _translated():
            async with self._reader.execute(statement, values) as cursor:
                return [tuple(row) for row in await cursor.fetchall()]

    @asynccontextmanager
    async def _transaction(self) -> AsyncGenerator[None]:
        try:
            await self._writer.execute("BEGIN IMMEDIATE")
            yield
        except BaseException:
            # Who is cancelled while it begins does not know whether it has begun.
            with suppress(sqlite3.OperationalError):
                await self._writer.execute("ROLLBACK")
            raise
        await self._writer.execute("COMMIT")


@contextmanager
def _translated() -> Generator[None]:
    """Raise what SQLite raises as ours: nobody else needs to know it."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"the database failed: {error}") from error


def _request(host: str, row: Sequence[Any]) -> Request:
    url, url_id, depth, scope, method, tries, hops, via_id, not_before = row
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
    )
