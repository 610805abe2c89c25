"""Which engine is behind the seam: the location says so, and only that one is loaded."""

from contextlib import AbstractAsyncContextManager

from crawler.location import Location, Server
from crawler.store import sqlite
from crawler.store.database import Database


def opened(
    location: Location, *, must_exist: bool = False
) -> AbstractAsyncContextManager[tuple[Database, Database]]:
    """Open a database, made where it may be new: a connection to write, one to read beside.

    UsageError where it cannot be used.
    """
    if isinstance(location, Server):
        from crawler.store import postgres  # noqa: PLC0415 - an extra that a file does not need

        return postgres.opened(location, must_exist=must_exist)
    return sqlite.opened(location, must_exist=must_exist)


def opened_to_read(location: Location) -> AbstractAsyncContextManager[Database]:
    """Open a database to read; UsageError where there is none of ours."""
    if isinstance(location, Server):
        from crawler.store import postgres  # noqa: PLC0415 - an extra that a file does not need

        return postgres.opened_to_read(location)
    return sqlite.opened_to_read(location)
