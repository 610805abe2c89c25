"""The store in one SQLite file: one connection writes, another reads beside it."""

import json
import sqlite3
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiosqlite

from crawler.errors import UsageError
from crawler.model import Ending, Judgement, Note, Page, Request, RobotsFile, Run, Scope
from crawler.store import rows
from crawler.store import statements as sql
from crawler.store.batch import add_requests, write_batch
from crawler.store.failures import translated
from crawler.store.history import differences, end_run
from crawler.store.lock import writing
from crawler.store.memory import Memory
from crawler.store.moments import moment, timestamp
from crawler.store.opening import connect, connect_to_read, refuse
from crawler.store.protocol import FragmentVerdict, Hosts, IllPage, OpenPages, Totals, Unmatched
from crawler.store.totals import hosts_of, totals_of
from crawler.urls import digest64
from crawler.version import __version__

# More hops than any crawl follows: a chain that is longer goes in a circle.
_MOST_HOPS = 40
# Deeper than any page: SQLite knows no infinity that JSON could say.
_DEEPEST = 2**62
# Rows of an index that are looked at to learn how it is spread.
_ANALYSED = 400

Parameters = Sequence[object] | Mapping[str, object]


@asynccontextmanager
async def open_store(path: Path) -> AsyncGenerator["SqliteStore"]:
    """Open the database at `path`, made where there is none, to be the only one who writes to it.

    UsageError where it cannot be used, or somebody else writes to it.
    """
    refuse(path)
    with writing(path):
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
        await writer.execute(f"PRAGMA analysis_limit = {_ANALYSED}")
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
        self._memory = Memory(0, 0, (), "")
        self._recheck = 0.0

    async def begin(self, series: str, settings: str, now: float, *, resume: bool) -> Run:
        key = digest64(series.encode())
        with translated():
            if resume and (unfinished := await self._unfinished(key, settings)) is not None:
                await self._writer.execute(sql.CONTINUE_RUN, {"run": unfinished})
                run = Run(unfinished, resumed=True)
            else:
                await self._writer.execute(sql.ABANDON_RUNS, {"series": key, "now": moment(now)})
                values = {"now": moment(now), "settings": settings, "version": __version__}
                cursor = await self._writer.execute(sql.INSERT_RUN, {"series": key, **values})
                run = Run(cursor.lastrowid or 0, resumed=False)
            self._memory = await Memory.of(self._writer, run.id, key, moment(now))
            self._recheck = json.loads(settings).get("recheck_after", 0.0)
            return run

    async def add(self, run_id: int, requests: Sequence[Request]) -> list[Request]:
        with translated():
            async with self._transaction():
                return await self._remembered(await add_requests(self._writer, run_id, requests))

    async def write(self, run_id: int, pages: Sequence[Page]) -> list[Request]:
        with translated():
            async with self._transaction():
                return await self._remembered(await write_batch(self._writer, run_id, pages))

    async def seeds(self, run_id: int) -> list[str]:
        return [url for (url,) in await self._read(sql.SEEDS, {"run": run_id})]

    async def open_pages(self, run_id: int) -> list[OpenPages]:
        found = await self._read(sql.OPEN_PAGES, {"run": run_id})
        return [
            OpenPages(host, depth, Scope(scope), number) for host, depth, scope, number in found
        ]

    async def window(self, run_id: int, host: str, most: int) -> list[Request]:
        values = {"run": run_id, "host": rows.host_id(host), "most": most}
        found = [_request(host, row) for row in await self._read(sql.WINDOW, values)]
        with translated():
            return await self._memory.with_documents(self._reader, found)

    async def new_targets(self, run_id: int, document_id: int) -> list[tuple[int, str, bool]]:
        return await self._read(sql.NEW_TARGETS, {"run": run_id, "document": document_id})

    async def robots(self, run_id: int, host: str) -> RobotsFile | None:
        values = {"run": run_id, "host": rows.host_id(host)}
        for fetched_at, *rest in await self._read(sql.ROBOTS, values):
            return RobotsFile(host, timestamp(fetched_at), *rest)
        return None

    async def settle_chains(self, run_id: int, most: int) -> None:
        with translated():
            await self._writer.execute(sql.INDEX_LINKS)
            await self._writer.execute(sql.INDEX_LINK_TARGETS)
            await self._writer.execute(sql.SETTLE_CHAINS, {"run": run_id, "most": most})

    async def settle_depths(self, run_id: int, *, links: bool) -> None:
        with translated():
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
        leaves = [_request(key, row) for key, *row in found]
        with translated():
            return await self._memory.with_documents(self._reader, leaves)

    async def reopen(self, run_id: int, requests: Sequence[Request]) -> None:
        values = [(r.scope, r.method, r.hops, run_id, r.url_id) for r in requests]
        with translated():
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
        with translated():
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

    async def dead_pages(
        self, run_id: int, most: int
    ) -> list[tuple[int, str, str | None, str | None]]:
        ((before,),) = await self._read(sql.NIGHT_BEFORE, {"run": run_id})
        return await self._read(sql.DEAD_PAGES, {"run": run_id, "before": before, "most": most})

    async def moves(self, run_id: int) -> list[tuple[int, str, int, str]]:
        found = await self._read(sql.MOVES, {"run": run_id, "most": _MOST_HOPS})
        return [(old_id, old, new_id, new) for old_id, old, new_id, new, _ in found]

    async def write_moves(self, run_id: int, moves: Sequence[tuple[int, int]]) -> None:
        ((before,),) = await self._read(sql.NIGHT_BEFORE, {"run": run_id})
        with translated():
            async with self._transaction():
                values = [(new_id, run_id, old_id, before) for old_id, new_id in moves]
                await self._writer.executemany(sql.WRITE_MOVE, values)

    async def write_notes(self, run_id: int, notes: Sequence[tuple[int, Note]]) -> None:
        with translated():
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
        with translated():
            await self._writer.execute(sql.DROP_UNNAMED_DUPLICATES, {"run": run_id})

    async def condemn(self, run_id: int, verdicts: Sequence[tuple[int, Judgement]]) -> None:
        with translated():
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
        with translated():
            async with self._transaction():
                await self._writer.execute(sql.DELETE_FRAGMENTS, {"run": run_id})
                await self._writer.executemany(sql.INSERT_FRAGMENT, values)

    async def explain_open(self, run_id: int, reason: str) -> None:
        with translated():
            values = {"run": run_id, "reason": reason}
            await self._writer.execute(sql.EXPLAIN_OPEN_PAGES, values)

    async def hosts(self, run_id: int) -> Hosts:
        return await hosts_of(self._read, run_id)

    async def totals(self, run_id: int) -> Totals:
        return await totals_of(self._read, run_id)

    async def ill_pages(self, run_id: int, url_ids: Sequence[int]) -> list[IllPage]:
        values = {"run": run_id, "ids": json.dumps(list(url_ids))}
        return [IllPage._make(row) for row in await self._read(sql.ILL_PAGES, values)]

    async def end(self, run_id: int, ending: Ending) -> None:
        with translated():
            async with self._transaction():
                await end_run(self._writer, run_id, ending)

    async def _remembered(self, new: list[Request]) -> list[Request]:
        return await self._memory.of_requests(self._writer, new, self._recheck)

    async def _unfinished(self, series: int, settings: str) -> int | None:
        found = await self._read(sql.NEWEST_UNFINISHED_RUN, {"series": series})
        if not found:
            return None
        run_id, had = found[0]
        if differing := differences(had, settings):
            raise UsageError(f"run {run_id} cannot be continued: it had {'; '.join(differing)}")
        return int(run_id)

    async def _read(self, statement: str, values: Parameters) -> list[tuple[Any, ...]]:
        with translated():
            # In one go: a cursor that is open keeps all who read from what is committed meanwhile.
            return [tuple(row) for row in await self._reader.execute_fetchall(statement, values)]

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


def _request(host: str, row: Sequence[Any]) -> Request:
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
