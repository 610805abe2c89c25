"""A connection to a PostgreSQL server, as every part of the store wants it."""

import socket
from asyncio import BaseTransport
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial

import asyncpg
from asyncpg import Connection

from crawler.errors import CrawlerError, UsageError
from crawler.location import Server
from crawler.store.postgres.failures import FAILURES, said
from crawler.store.postgres.outages import past_outages

# The oldest that is still looked after.
_OLDEST = 13

# Seconds until a server that says nothing is none.
_TIMEOUT = 10.0

# More than there are: each is planned once.
_STATEMENTS = 500

_UNREADABLE = "its address makes no sense (in a password, / ? # @ are written %2F %3F %23 %40)"

# How soon a server is asked that has nothing to say, how often, and after how many milliseconds
# without an answer it is gone; the server asks us the same.
_SILENCE = {
    "TCP_KEEPIDLE": 30,
    "TCP_KEEPINTVL": 10,
    "TCP_KEEPCNT": 3,
    "TCP_USER_TIMEOUT": 60_000,
}
_SERVERS_SILENCE = {
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "60000",
}

# The statements are short, or worth their time; to compile them is not. Tables are joined in the
# order in which the statements name them, which is made for it: where the planner looked for a
# better one, what an unchanged night asks for fragments took 2.9 s in place of 0.3 s. Who begins a
# transaction and is never heard of again keeps nobody waiting; a report may wait for its reader.
# Whatever is the default there: who waited for a lock sees what was done meanwhile, and a backslash
# in a statement is one.
_SETTINGS = _SERVERS_SILENCE | {
    "application_name": "crawler",
    "default_transaction_isolation": "read committed",
    "standard_conforming_strings": "on",
    "jit": "off",
    "join_collapse_limit": "1",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "30s",
    "timezone": "UTC",
    "client_min_messages": "warning",
}
_TO_READ = {"idle_in_transaction_session_timeout": "0"}
# Said when the connection is there: who asks for `target_session_attrs=read-write` would take the
# server for a standby.
_READ_ONLY = "SET default_transaction_read_only = on"


async def connect(server: Server, *, read_only: bool = False) -> Connection:
    """Return a connection; raises what asyncpg raises."""
    settings = _SETTINGS | _TO_READ if read_only else _SETTINGS
    connection = await asyncpg.connect(
        server.dsn,
        timeout=_TIMEOUT,
        server_settings=settings,
        statement_cache_size=_STATEMENTS,
        max_cached_statement_lifetime=0,
    )
    _watch(connection)
    if read_only:
        try:
            await connection.execute(_READ_ONLY, timeout=_TIMEOUT)
        except BaseException:
            connection.terminate()
            raise
    return connection


async def first_connection(
    server: Server, *, read_only: bool = False, awaited: float = 0.0
) -> Connection:
    """Return a connection; UsageError where none can be had, or to a server that is too old.

    One that is away is waited for, as long as `awaited` (seconds) says.
    """
    with refused(server):
        connection = await past_outages(partial(connect, server, read_only=read_only), awaited)
    version = connection.get_server_version()
    if version.major < _OLDEST:
        await connection.close()
        raise UsageError(f"{server}: PostgreSQL {_OLDEST} or newer is needed, not {version.major}")
    return connection


def _watch(connection: Connection) -> None:
    """Have a connection lost when nothing has been heard of the server for a minute.

    asyncpg hands its socket to nobody; where it has none any more, or the system does not know how,
    the system's patience counts.
    """
    transport = getattr(connection, "_transport", None)
    there = transport.get_extra_info("socket") if isinstance(transport, BaseTransport) else None
    if there is None or there.family not in (socket.AF_INET, socket.AF_INET6):
        return
    there.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _SILENCE.items():
        if (option := getattr(socket, name, None)) is not None:
            there.setsockopt(socket.IPPROTO_TCP, option, value)


@contextmanager
def refused(
    server: Server, what: str = "cannot be opened", kind: type[CrawlerError] = UsageError
) -> Generator[None]:
    """Raise a `kind` of error, which names `server`, for what the block fails with."""
    try:
        yield
    except TimeoutError as error:
        raise kind(f"{server}: {what}: it does not answer") from error
    except FAILURES as error:
        raise kind(f"{server}: {what}: {said(error)}") from error
    except (ValueError, OverflowError) as error:
        # The error itself may name a part of the password.
        raise kind(f"{server}: {what}: {_UNREADABLE}") from error
