"""The protocol `Database` over a connection to a server, which may go away and come back."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from random import getrandbits

import asyncpg
from asyncpg import Connection

from crawler.store import statements as sql
from crawler.store.database import NOTHING, PATIENCE, Owned, Parameters, Result, Row
from crawler.store.postgres.bulk import copy_owned, write_many
from crawler.store.postgres.conflicts import past_conflicts
from crawler.store.postgres.dialect import query_of
from crawler.store.postgres.failures import FAILURES, LOST, UNWRITABLE, said, translated
from crawler.store.postgres.outages import past_outages
from crawler.store.postgres.schema import table_names
from crawler.store.postgres.texts import mended, readable

logger = logging.getLogger(__name__)

# What is built when the first run ends, and kept.
_INDEXES = {
    "link_document": sql.INDEX_LINKS,
    "link_place": sql.INDEX_LINK_PLACES,
    "link_text": sql.INDEX_LINK_TEXTS,
}
# Not just any in the search path.
_INDEX = """
SELECT 1 WHERE to_regclass(quote_ident(current_schema()) || '.' || :name) IS NOT NULL
"""
# Whoever may write may not yet make an index, as a crawl of the owner has done that long since.
_OWNED = """
SELECT pg_has_role(relowner, 'USAGE') FROM pg_class
WHERE oid = to_regclass(quote_ident(current_schema()) || '.link')
"""
# Tables with what is kept beside them, and indexes, without the maps of their room: VACUUM makes
# those, 32 KiB for each of ours, so that a small database that forgot something would seem to grow.
_SIZE = """
SELECT
    CAST(
        coalesce(sum(pg_relation_size(oid) + coalesce(pg_relation_size(reltoastrelid), 0)), 0)
        AS BIGINT
    )
FROM pg_class
WHERE relkind IN ('r', 'i') AND relnamespace = to_regnamespace(quote_ident(current_schema()))
"""
# A transaction that writes leaves a receipt, which is there if and only if it was committed: ids of
# transactions, of which `txid_status` knows that too, come again after the server has crashed.
_LEAVE_RECEIPT = """
INSERT INTO receipt (writer, number, at)
SELECT $1, $2, now()
WHERE txid_current_if_assigned() IS NOT NULL
ON CONFLICT (writer) DO UPDATE SET number = excluded.number, at = excluded.at
RETURNING number
"""
# It waits for a transaction that is still under way.
_RECEIPT = """
INSERT INTO receipt (writer, number, at) VALUES ($1, 0, now())
ON CONFLICT (writer) DO UPDATE SET at = now()
RETURNING number
"""
# Also of who died: nobody waits so long for a server.
_NO_RECEIPT = "DELETE FROM receipt WHERE writer = $1 OR at < now() - INTERVAL '7 days'"
# Rows that a stream asks for at once.
_CHUNK = 500
# Seconds for what is said last.
_PARTING = 5.0


class PostgresDatabase:
    """The protocol `Database`; its state is the connection, and which transaction is open.

    Whatever fails because the server went away is done once more when it is there again. Only one
    task may call what writes.
    """

    def __init__(
        self,
        connection: Connection,
        connect: Callable[[], Awaitable[Connection]],
        patience: float = PATIENCE,
    ) -> None:
        self.connection = connection
        self._connect = connect
        self._patience = patience
        self._turn = asyncio.Lock()
        self._in_transaction = False
        self._mended = False
        self._analysed = False
        self._held = False
        self._types: dict[str, list[str]] = {}
        self._writer, self._written_last = getrandbits(63), 0

    async def close(self) -> None:
        """Close the connection, whatever has become of it."""
        if self._written_last:
            with suppress(*FAILURES):
                await self.connection.execute(_NO_RECEIPT, self._writer, timeout=_PARTING)
        with suppress(*FAILURES):
            await self.connection.close(timeout=_PARTING)

    async def rows(self, statement: str, values: Parameters = NOTHING) -> list[Row]:
        async def work() -> list[Row]:
            query, arguments = query_of(statement, self._written(values))
            async with self._turn:
                return [tuple(row) for row in await self.connection.fetch(query, *arguments)]

        return await self._done(work)

    async def run(self, statement: str, values: Parameters = NOTHING) -> None:
        async def work() -> None:
            query, arguments = query_of(statement, self._written(values))
            async with self._turn:
                await self.connection.execute(query, *arguments)

        await self._done(work)

    async def run_many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        async def work() -> None:
            async with self._turn:
                written = [mended(row) for row in rows] if self._mended else rows
                await write_many(self.connection, statement, written, self._types)

        if rows:
            await self._done(work)

    async def insert(self, statement: str, width: int, owned: Sequence[Owned]) -> None:
        async def work() -> None:
            async with self._turn:
                written = (
                    [(owner, mended(values)) for owner, values in owned] if self._mended else owned
                )
                await copy_owned(self.connection, statement, width, written)

        await self._done(work)

    async def stream(self, statement: str, values: Parameters = NOTHING) -> AsyncGenerator[Row]:
        query, arguments = query_of(statement, values)
        with translated():
            async with self.connection.transaction():
                cursor = await self.connection.cursor(query, *arguments)
                while True:
                    async with self._turn:
                        batch = await cursor.fetch(_CHUNK)
                    for row in batch:
                        yield tuple(row)
                    if len(batch) < _CHUNK:
                        return

    async def transact(self, work: Callable[[], Awaitable[Result]]) -> Result:
        with translated():
            return await self._again(lambda: self._without_conflict(work))

    async def hold(self) -> None:
        await self._done(self._hold)
        self._held = True

    async def index_links(self) -> None:
        missing = [name for name in _INDEXES if not await self._has(name)]
        ((owned,),) = await self.rows(_OWNED)
        if owned:
            for name in missing:
                await self.run(_INDEXES[name])
            if await self._has("link_target"):
                await self.run(sql.DROP_LINK_TARGETS)
        elif missing and not self._analysed:
            logger.warning("only who owns the tables may index them; without that, runs end slowly")
        if not self._analysed:
            await self.run("ANALYZE page, link, document, anchor, url")
            self._analysed = True

    async def _has(self, name: str) -> bool:
        """Return whether there is such an index: to ask takes no lock that who writes waits for."""
        return bool(await self.rows(_INDEX, {"name": name}))

    async def count(self, table: str) -> None:
        await self.run(f"ANALYZE {table}")

    async def size(self) -> int:
        ((size,),) = await self.rows(_SIZE)
        return int(size)

    async def give_back(self) -> None:
        vacuum = f"VACUUM ANALYZE {', '.join(table_names())}"  # not all that others have beside
        with translated():
            await self._again(lambda: self.connection.execute(vacuum))

    async def _done(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Do `work` as part of the transaction that is open, or as one of its own."""
        if self._in_transaction:
            return await work()
        with translated():
            return await self._again(partial(past_conflicts, work))

    async def _again(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Do `work` until the server does not go away meanwhile; raises what it raises then."""

        async def once() -> Result:
            await self._ready()
            try:
                return await work()
            except LOST:
                self.connection.terminate()
                raise
            except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
                # What was cut off in the middle of an operation may be left in any state.
                if isinstance(error, asyncpg.InternalClientError):
                    self.connection.terminate()
                if self.connection.is_closed():
                    raise ConnectionResetError(said(error)) from error
                raise

        return await past_outages(once, self._patience)

    async def _ready(self) -> None:
        if self.connection.is_closed():
            async with self._turn:
                if self.connection.is_closed():
                    self.connection = await self._connect()
                    if self._held:
                        await self._hold()

    async def _hold(self) -> None:
        await self.connection.transaction(isolation="repeatable_read", readonly=True).start()

    async def _without_conflict(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Do `work` in a transaction; once more where another was in its way, or a text cannot be.

        What PostgreSQL keeps in no text is replaced then: to look for it always takes time.
        """
        try:
            return await past_conflicts(partial(self._writable, work))
        finally:
            self._mended = False

    async def _writable(self, work: Callable[[], Awaitable[Result]]) -> Result:
        try:
            return await self._once(work)
        except UNWRITABLE:
            self._mended = True
            return await self._once(work)

    async def _once(self, work: Callable[[], Awaitable[Result]]) -> Result:
        transaction = self.connection.transaction()
        await transaction.start()
        self._in_transaction = True
        try:
            done = await work()
            self._written_last += 1
            has_written = await self.connection.fetchval(
                _LEAVE_RECEIPT, self._writer, self._written_last
            )
        except BaseException:
            with suppress(*FAILURES):
                await transaction.rollback()
            raise
        finally:
            self._in_transaction = False
        try:
            await transaction.commit()
        except LOST:
            if not has_written or not await self._again(self._is_committed):
                raise
        return done

    async def _is_committed(self) -> bool:
        """Return whether the last transaction came to its end, though nobody could say so."""
        number = await self.connection.fetchval(_RECEIPT, self._writer)
        return bool(number == self._written_last)

    def _written(self, values: Parameters) -> Parameters:
        given = {name: readable(value) for name, value in values.items()}
        return dict(zip(given, mended(given.values()), strict=True)) if self._mended else given
