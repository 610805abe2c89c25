"""A connection to a PostgreSQL server, as every part of the store wants it."""

from collections.abc import Generator
from contextlib import contextmanager

import asyncpg
from asyncpg import Connection

from crawler.errors import UsageError
from crawler.location import Server
from crawler.store.postgres.failures import FAILURES, said

# The oldest that is still looked after.
_OLDEST = 13

# Seconds until a server that says nothing is none.
_TIMEOUT = 10.0

# The statements are short, or worth their time; to compile them is not.
_SETTINGS = {
    "application_name": "crawler",
    "jit": "off",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "timezone": "UTC",
    "client_min_messages": "warning",
}


async def connect(server: Server, *, read_only: bool = False) -> Connection:
    """Return a connection; raises what asyncpg raises."""
    settings = _SETTINGS | ({"default_transaction_read_only": "on"} if read_only else {})
    return await asyncpg.connect(server.dsn, timeout=_TIMEOUT, server_settings=settings)


async def first_connection(server: Server, *, read_only: bool = False) -> Connection:
    """Return a connection; UsageError where none can be had, or to a server that is too old."""
    with refused(server):
        connection = await connect(server, read_only=read_only)
    version = connection.get_server_version()
    if version.major < _OLDEST:
        await connection.close()
        raise UsageError(f"{server}: PostgreSQL {_OLDEST} or newer is needed, not {version.major}")
    return connection


@contextmanager
def refused(server: Server, what: str = "cannot be opened") -> Generator[None]:
    """Raise UsageError, which names `server`, for what the block fails with."""
    try:
        yield
    except TimeoutError as error:
        raise UsageError(f"{server}: {what}: it does not answer") from error
    except (*FAILURES, ValueError) as error:
        raise UsageError(f"{server}: {what}: {said(error)}") from error
