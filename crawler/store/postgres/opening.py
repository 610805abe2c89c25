"""Opening a database on a server: is it ours, is it new, is it of our version."""

import logging
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

from asyncpg import Connection

from crawler.errors import UnwritableError, UsageError
from crawler.location import Server
from crawler.store import steps
from crawler.store.database import PATIENCE
from crawler.store.postgres.conflicts import past_conflicts
from crawler.store.postgres.connecting import connect, first_connection, refused
from crawler.store.postgres.database import PostgresDatabase
from crawler.store.postgres.renewal import renew
from crawler.store.postgres.schema import additions, tables, views, views_digest

logger = logging.getLogger(__name__)

# What tells our tables from others', with their version, and which views are there.
_MARK = re.compile(r"crawler (\d+) (\w+)")

# The mark, and whether there are tables of our names, where they would be made: in one statement,
# as they come in one transaction, which may end between two.
_STANDING = """
SELECT
    obj_description(to_regclass(quote_ident(current_schema()) || '.run'), 'pg_class'),
    EXISTS (
        SELECT 1
        FROM pg_class
        WHERE relnamespace = to_regnamespace(quote_ident(current_schema()))
            AND relname IN ('run', 'host', 'url', 'page', 'link')
    )
"""

# On a standby, and for some roles, every transaction is there to read only.
_WRITABLE = """
SELECT has_table_privilege('run', 'INSERT') AND current_setting('transaction_read_only') = 'off'
"""

# What keeps every text that a page may have; the second keeps bytes, whatever they mean.
_ENCODINGS = ("UTF8", "SQL_ASCII")

# For who only wanted to read, as on a standby.
_OUTDATED = "is of another version, and cannot be brought up to date"

# One at a time makes the tables of a schema, or brings them up to date.
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('crawler ' || current_schema(), 0))"


@asynccontextmanager
async def opened(
    server: Server, *, must_exist: bool, patience: float
) -> AsyncGenerator[tuple[PostgresDatabase, PostgresDatabase]]:
    """Open the database on `server`; the tables are made where they may be new.

    What comes is for who writes and for who reads beside. UsageError where it cannot be used.
    Others may write to it at the same time.
    """
    async with _database(server, patience=patience) as writer:
        if must_exist:
            await _existing(writer.connection, server)
        await _be_current(writer.connection, server)
        async with _database(server, read_only=True, patience=patience) as reader:
            yield writer, reader


@asynccontextmanager
async def opened_to_read(
    server: Server, *, awaited: float = 0.0
) -> AsyncGenerator[PostgresDatabase]:
    """Open the database on `server` to read; UsageError where there is none of ours.

    One of an older version, or with other views, is brought up to date before. A server that is
    away is waited for, as long as `awaited` (seconds) says.
    """
    async with _database(server, read_only=True, awaited=awaited) as reader:
        if await _existing(reader.connection, server) != _ours():
            async with _database(server) as writer:
                await _be_current(writer.connection, server, _OUTDATED)
        with refused(server, "cannot be read"):
            await reader.connection.execute("SELECT FROM run LIMIT 0")
        yield reader


@asynccontextmanager
async def _database(
    server: Server, *, read_only: bool = False, patience: float = PATIENCE, awaited: float = 0.0
) -> AsyncGenerator[PostgresDatabase]:
    connection = await first_connection(server, read_only=read_only, awaited=awaited)
    again = partial(connect, server, read_only=read_only)
    database = PostgresDatabase(connection, again, patience)
    try:
        yield database
    finally:
        await database.close()


async def _existing(connection: Connection, server: Server) -> tuple[int, str]:
    with refused(server):
        there = await _mark(connection, server)
    if there is None:
        raise UsageError(f"{server}: there is no database of the crawler")
    return there


async def _be_current(
    connection: Connection, server: Server, refusal: str = "cannot be written"
) -> None:
    """Make the tables, or take them to our version, and renew the views, all or nothing."""
    with refused(server, refusal, UnwritableError):
        if await _mark(connection, server) == _ours():
            if not await connection.fetchval(_WRITABLE):
                raise UnwritableError(f"{server}: cannot be written: it is there to be read only")
            return
        await past_conflicts(partial(_renewed, connection, server))


async def _renewed(connection: Connection, server: Server) -> None:
    async with connection.transaction():
        await connection.execute(_ALONE)
        there = await _mark(connection, server)
        if there is None:
            _refuse_encoding(connection, server)
            await connection.execute(tables() + views())
        elif there != _ours():  # another may have done it meanwhile
            for each in range(there[0], steps.VERSION):
                await connection.execute(steps.STEPS[each])
            await connection.execute(additions())
            await renew(connection, server)
        await connection.execute(_marking())


def _refuse_encoding(connection: Connection, server: Server) -> None:
    """Raise UsageError where a crawl would end at the first page with a letter from elsewhere."""
    encoding = connection.get_settings().server_encoding
    if encoding not in _ENCODINGS:
        raise UsageError(
            f"{server}: its encoding is {encoding}, which has not all that pages are written in;"
            " createdb --template template0 --encoding UTF8 makes one that does"
        )


async def _mark(connection: Connection, server: Server) -> tuple[int, str] | None:
    """Return version and views of our tables, None where there are none; UsageError if others."""
    ((comment, taken),) = await connection.fetch(_STANDING)
    match = _MARK.fullmatch(comment or "")
    if match is None:
        if taken:
            raise UsageError(f"{server}: is the database of another program")
        return None
    version = int(match[1])
    if version > steps.VERSION:
        raise UsageError(
            f"{server}: was written by a newer crawler"
            f" (version {version}, this one knows {steps.VERSION})"
        )
    return version, match[2]


def _ours() -> tuple[int, str]:
    return steps.VERSION, views_digest()


def _marking() -> str:
    return "COMMENT ON TABLE run IS 'crawler {} {}'".format(*_ours())
