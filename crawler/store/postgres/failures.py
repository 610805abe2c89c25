"""What asyncpg raises, as ours; and which of it means that the server went away."""

from collections.abc import Generator
from contextlib import contextmanager

import asyncpg

from crawler.errors import StoreError

FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"All that a database can fail with."

LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    OSError,
)
"The server is not there, or is no more: it may come back."

CONFLICTS = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    # Another crawl wrote the same document, or made the same index, meanwhile: now it is known.
    asyncpg.UniqueViolationError,
)
"Somebody else was faster: done once more, it goes well."

UNWRITABLE = (
    asyncpg.CharacterNotInRepertoireError,
    asyncpg.UntranslatableCharacterError,
    UnicodeEncodeError,
)
"A text has characters that PostgreSQL does not keep."


@contextmanager
def translated() -> Generator[None]:
    """Raise StoreError for whatever a statement in the block fails with."""
    try:
        yield
    except FAILURES as error:
        raise StoreError(f"the database failed: {said(error)}") from error


def said(error: BaseException) -> str:
    """Return what an error says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__
