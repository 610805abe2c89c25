"""SQLite behind the seam `Database`: a connection each for who writes and for who reads beside."""

import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from crawler.store import statements as sql
from crawler.store.database import NOTHING, Owned, Parameters, Result, Row
from crawler.store.failures import translated
from crawler.store.lock import writing
from crawler.store.many import inserts
from crawler.store.opening import Connection, connect, connect_to_read, existing, refuse

# Rows of an index that are looked at to learn how it is spread.
_ANALYSED = 400


class SqliteDatabase:
    """The protocol `Database` over a connection; only one task may call what writes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def rows(self, statement: str, values: Parameters = NOTHING) -> list[Row]:
        return await self._do(lambda base: base.execute(statement, values).fetchall())

    async def run(self, statement: str, values: Parameters = NOTHING) -> None:
        await self._do(lambda base: base.execute(statement, values))

    async def run_many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        if rows:
            await self._do(lambda base: base.executemany(statement, rows))

    async def insert(self, statement: str, width: int, owned: Sequence[Owned]) -> None:
        def insert(base: sqlite3.Connection) -> None:
            for rows_of_one_size in inserts(statement, width, owned):
                base.executemany(*rows_of_one_size)

        await self._do(insert)

    async def stream(self, statement: str, values: Parameters = NOTHING) -> AsyncGenerator[Row]:
        with translated():
            async with self._connection.execute(statement, values) as cursor:
                async for row in cursor:
                    yield tuple(row)

    async def transact(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Do `work` in the connection's thread, at one go; who is cancelled leaves it whole."""
        return await self._connection.call(partial(_transact, work))

    async def _do(self, ask: Callable[[sqlite3.Connection], Result]) -> Result:
        with translated():
            return await self._connection.call(ask)

    async def hold(self) -> None:
        await self.run("BEGIN")

    async def index_links(self) -> None:
        await self.run(sql.INDEX_LINKS)
        await self.run(sql.INDEX_LINK_PLACES)
        await self.run(sql.INDEX_LINK_TEXTS)
        await self.run(sql.DROP_LINK_TARGETS)

    async def count(self, table: str) -> None:
        """Leave that to `_tidy`: the order of joins is what the statements say."""

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


def _transact(work: Callable[[], Awaitable[Result]], base: sqlite3.Connection) -> Result:
    with translated():
        base.execute("BEGIN IMMEDIATE")
        try:
            done = _done(work())
            base.execute("COMMIT")
        except BaseException:
            if base.in_transaction:  # it is not after some errors, as of a full disk
                base.execute("ROLLBACK")
            raise
    return done


def _done(work: Awaitable[Result]) -> Result:
    """Return what `work` comes to without ever waiting."""
    steps = work.__await__()
    try:
        next(steps)
    except StopIteration as end:
        result: Result = end.value
        return result
    raise RuntimeError("a transaction waits for nothing but its database")


async def _close(writer: Connection) -> None:
    try:
        await writer.call(_tidy)
    except sqlite3.Error:
        pass  # what is committed stays in the WAL, and the next one to open the file takes it in
    finally:
        await writer.close()


def _tidy(base: sqlite3.Connection) -> None:
    base.execute(f"PRAGMA analysis_limit = {_ANALYSED}")
    base.execute("PRAGMA optimize")
    base.execute("ANALYZE run")  # optimize skips so small a table, and the planner fears the worst
    base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
