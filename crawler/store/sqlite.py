"""SQLite behind the seam `Database`: a connection each for who writes and for who reads beside."""

import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiosqlite

from crawler.store import statements as sql
from crawler.store.database import NOTHING, Owned, Parameters, Result, Row
from crawler.store.failures import translated
from crawler.store.lock import writing
from crawler.store.many import inserts
from crawler.store.opening import connect, connect_to_read, existing, refuse

# Rows of an index that are looked at to learn how it is spread.
_ANALYSED = 400


class SqliteDatabase:
    """The protocol `Database` over a connection; only one task may call what writes."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def rows(self, statement: str, values: Parameters = NOTHING) -> list[Row]:
        with translated():
            return [
                tuple(row) for row in await self._connection.execute_fetchall(statement, values)
            ]

    async def run(self, statement: str, values: Parameters = NOTHING) -> None:
        with translated():
            await self._connection.execute(statement, values)

    async def run_many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        if not rows:
            return
        with translated():
            await self._connection.executemany(statement, rows)

    async def insert(self, statement: str, width: int, owned: Sequence[Owned]) -> None:
        with translated():
            for rows_of_one_size in inserts(statement, width, owned):
                await self._connection.executemany(*rows_of_one_size)

    async def stream(self, statement: str, values: Parameters = NOTHING) -> AsyncGenerator[Row]:
        with translated():
            async with self._connection.execute(statement, values) as cursor:
                async for row in cursor:
                    yield tuple(row)

    async def transact(self, work: Callable[[], Awaitable[Result]]) -> Result:
        try:
            await self.run("BEGIN IMMEDIATE")
            done = await work()
        except BaseException:
            # Who is cancelled while it begins does not know whether it has begun.
            with suppress(sqlite3.OperationalError):
                await self._connection.execute("ROLLBACK")
            raise
        await self.run("COMMIT")
        return done

    async def index_links(self) -> None:
        await self.run(sql.INDEX_LINKS)
        await self.run(sql.INDEX_LINK_TARGETS)

    async def size(self) -> int:
        query = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        ((size,),) = await self.rows(query)
        return int(size)

    async def give_back(self) -> None:
        await self.run("VACUUM")


@asynccontextmanager
async def opened(
    path: Path, *, must_exist: bool = False
) -> AsyncGenerator[tuple[SqliteDatabase, SqliteDatabase]]:
    """Open the database at `path`, made where it may be new, to be the only one who writes to it.

    What comes is for who writes and for who reads beside. UsageError where it cannot be used, or
    somebody else writes to it.
    """
    if must_exist:
        existing(path)
    refuse(path)
    with writing(path):
        writer = await connect(path)
        try:
            reader = await connect_to_read(path)
            try:
                yield SqliteDatabase(writer), SqliteDatabase(reader)
            finally:
                await reader.close()
        finally:
            await _close(writer)


@asynccontextmanager
async def opened_to_read(path: Path) -> AsyncGenerator[SqliteDatabase]:
    """Open the database at `path` to read; UsageError where there is none of ours."""
    connection = await connect_to_read(path)
    try:
        yield SqliteDatabase(connection)
    finally:
        await connection.close()


async def _close(writer: aiosqlite.Connection) -> None:
    try:
        await writer.execute(f"PRAGMA analysis_limit = {_ANALYSED}")
        await writer.execute("PRAGMA optimize")
        await writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error:
        pass  # what is committed stays in the WAL, and the next one to open the file takes it in
    finally:
        await writer.close()
