"""Which engine is behind the seam: the location says so, and only that one is loaded."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from crawler.errors import UsageError
from crawler.location import Location, Server
from crawler.store import sqlite
from crawler.store.database import PATIENCE, Database


class _Engine(Protocol):
    def opened(
        self, server: Server, *, must_exist: bool, patience: float
    ) -> AbstractAsyncContextManager[tuple[Database, Database]]: ...

    def opened_to_read(
        self, server: Server, *, awaited: float
    ) -> AbstractAsyncContextManager[Database]: ...


def opened(
    location: Location, *, must_exist: bool = False, patience: float = PATIENCE
) -> AbstractAsyncContextManager[tuple[Database, Database]]:
    """Open a database, made where it may be new: a connection to write, one to read beside.

    UsageError where it cannot be used. A server that goes away is waited for, as long as `patience`
    (seconds) says.
    """
    if isinstance(location, Server):
        return _postgres().opened(location, must_exist=must_exist, patience=patience)
    return sqlite.opened(location, must_exist=must_exist)


def opened_to_read(
    location: Location, *, awaited: float = 0.0
) -> AbstractAsyncContextManager[Database]:
    """Open a database to read; UsageError where there is none of ours.

    A server that is away is waited for, as long as `awaited` (seconds) says.
    """
    if isinstance(location, Server):
        return _postgres().opened_to_read(location, awaited=awaited)
    return sqlite.opened_to_read(location)


def _postgres() -> _Engine:
    try:
        from crawler.store import postgres  # noqa: PLC0415 - a file does without
    except ModuleNotFoundError as error:
        raise UsageError(
            f"a PostgreSQL database needs {error.name}: pip install '.[postgres]'"
        ) from error
    return postgres
