"""What SQLite raises, as ours: nobody outside the store needs to know it."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from crawler.errors import StoreError


@contextmanager
def translated() -> Generator[None]:
    """Raise StoreError for whatever a statement in the block fails with."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"the database failed: {error}") from error
