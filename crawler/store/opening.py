"""Opening a database file: is it ours, is it new, is it of our version."""

import asyncio
import errno
import os
import sqlite3
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import current_thread
from typing import TypeVar

import aiosqlite

from crawler.errors import BusyError, StoreError, UnwritableError, UsageError
from crawler.store import steps
from crawler.store.asking import views, views_by_name
from crawler.store.lock import writing

# Marks the file as ours; the letters are CRWL.
APPLICATION_ID = 0x4352574C
# Rows that come at once from a query that is read row by row.
_ROWS = 64

# Foreign keys are declared for who reads, and not enforced: two look-ups for every link took a
# third of the time of writing it, and what a row refers to is written before it.
# The WAL is taken over after 16 MiB, not 4: most pages in it are written again and again.
_PRAGMAS = (
    "PRAGMA synchronous = NORMAL",
    "PRAGMA cache_size = -8192",  # KiB; twice as much is no faster at 300,000 URLs
    "PRAGMA wal_autocheckpoint = 4096",
)

# Milliseconds for which what somebody else writes is waited for, in the middle of a night.
_PATIENCE = 60_000
# Milliseconds between two looks at whether somebody else has brought a file up to date.
_PAUSE = 50

_OLDER = "it is of an older version, and has to be brought up to date before it can be read"

# Where SQLite puts what has no room in memory: in the first of these that may be written to.
_TEMPORARY = (
    os.environ.get("SQLITE_TMPDIR"),
    os.environ.get("TMPDIR"),
    "/var/tmp",  # noqa: S108 - SQLite names it, and makes its files safely
    "/usr/tmp",
    "/tmp",  # noqa: S108 - as above
    ".",
)

Said = TypeVar("Said")


class Connection(aiosqlite.Connection):
    """A connection that does more than one statement for each way to its thread and back."""

    async def call(self, ask: Callable[[sqlite3.Connection], Said]) -> Said:
        """Return what `ask` says of the connection in its thread; at once, where this is it."""
        if current_thread() is self._thread:
            return ask(self._conn)
        said: Said = await self._execute(ask, self._conn)  # type: ignore[no-untyped-call]
        return said

    async def begun(self) -> None:
        """Connect; who is cancelled meanwhile leaves no thread behind that still needs the loop."""
        try:
            _ = await self
        except asyncio.CancelledError:
            await asyncio.to_thread(self._thread.join)  # it was told to stop
            raise


async def connect(path: Path) -> Connection:
    """Return a connection that writes to the database at `path`, which `refuse` let pass.

    UsageError where it is no database of ours or of this version; UnwritableError.
    """
    connection = await _connect(path, _to_write(path), uri=False)
    try:
        await connection.call(partial(_prepare, path))
        await connection.execute(f"PRAGMA busy_timeout = {_PATIENCE}")
    except BaseException:
        await connection.close()
        raise
    return connection


async def connect_to_read(path: Path) -> Connection:
    """Return a connection that only reads; UsageError where no database of ours is.

    One of an older version, or with other views, is brought up to date before.
    """
    existing(path)
    connection = await _connect(path, _to_read(path), uri=True)
    try:
        await _be_current(path, connection)
        await connection.execute("PRAGMA query_only = ON")
    except BaseException:
        await connection.close()
        raise
    return connection


async def _be_current(path: Path, connection: Connection) -> None:
    """Bring the database up to date, unless it is, or somebody else does so meanwhile.

    Where only its views are others, and it cannot be written, the connection has ours for itself.
    """
    left = _PATIENCE
    while not await connection.call(partial(_is_current, path)):
        try:
            with writing(path):
                await (await connect(path)).close()
        except (UsageError, UnwritableError) as error:
            if await connection.call(partial(_gets_our_views, path)):
                return
            if not isinstance(error, BusyError) or left <= 0:
                raise type(error)(f"{error}; {_OLDER}") from error
            await asyncio.sleep(_PAUSE / 1000)
            left -= _PAUSE


def _gets_our_views(path: Path, base: sqlite3.Connection) -> bool:
    """Return whether the tables are of our version; hide the file's views behind ours if so."""
    if _version(base, path) < steps.VERSION:
        return False
    for statement in views_by_name().values():
        base.execute(statement.replace("CREATE VIEW", "CREATE TEMP VIEW", 1))
    return True


def _is_current(path: Path, base: sqlite3.Connection) -> bool:
    version = _version(base, path)
    if version == 0:
        raise UsageError(f"{path}: is not a database of the crawler")
    return version >= steps.VERSION and _views_there(base) == views_by_name()


async def _connect(path: Path, database: str, *, uri: bool) -> Connection:
    """Return a connection; UsageError where there can be none, StoreError where no thread can be.

    That is tried without aiosqlite first: when it cannot connect, it does not wait for its thread.
    """
    try:
        sqlite3.connect(database, uri=uri).close()
        opened = partial(sqlite3.connect, database, uri=uri, isolation_level=None)
        connection = Connection(opened, iter_chunk_size=_ROWS)
        await connection.begun()
    except sqlite3.Error as error:
        raise UsageError(f"{path}: cannot be opened: {error}") from error
    except RuntimeError as error:  # the system has no thread left for it
        raise StoreError(f"{path}: cannot be opened: {error}") from error
    if not _may_spill():
        await connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def _may_spill() -> bool:
    """Return whether there is a folder for temporary files; a container may be read-only."""
    if sys.platform == "win32":  # it always has one
        return True
    return any(folder and os.access(folder, os.W_OK | os.X_OK) for folder in _TEMPORARY)


def refuse(path: Path) -> None:
    """Raise UsageError where no database can be; make the folders that it needs."""
    try:
        if path.is_dir():
            raise UsageError(f"{path}: is a folder, not a database")
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{path}: cannot be opened: {error}") from error


def existing(path: Path) -> None:
    """Raise UsageError where no database is."""
    try:
        there = path.is_file()
    except OSError as error:  # no name of a file at all
        raise UsageError(f"{path}: cannot be opened: {error.strerror}") from error
    if not there:
        raise UsageError(f"{path}: there is no database")


def _to_write(path: Path) -> str:
    """Return the name by which SQLite opens a file: `:memory:` and `file:` it takes for others.

    UnwritableError where it may only be read: SQLite would leave files of the WAL behind.
    """
    if path.exists() and not _may_write(path):
        raise UnwritableError(f"{path}: cannot be written: {os.strerror(errno.EACCES)}")
    return str(path.absolute())


def _to_read(path: Path) -> str:
    """Return the URI by which SQLite reads the existing file, and in no case makes a new one.

    Not `mode=ro`: a connection that cannot write leaves the files of the WAL behind when it closes;
    `query_only` forbids the rest. Where it may not be written, or they cannot be made, on a
    read-only disk or in the folder of somebody else, it is read as one that does not change, unless
    somebody is at it.
    """
    file = path.resolve()
    may_write = _may_write(file) and _may_write(file.parent)
    if may_write or file.with_name(f"{file.name}-wal").exists():
        return f"{file.as_uri()}?mode=rw"
    return f"{file.as_uri()}?mode=ro&immutable=1"


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _prepare(path: Path, base: sqlite3.Connection) -> None:
    version = _version(base, path)
    try:
        base.execute("PRAGMA journal_mode = WAL")
        for pragma in _PRAGMAS:
            base.execute(pragma)
        base.execute("BEGIN IMMEDIATE")
        base.execute("ROLLBACK")
        if version == 0:
            _create(base)
        else:
            _bring_up_to_date(base, version)
    except sqlite3.Error as error:
        raise UnwritableError(f"{path}: cannot be written: {error}") from error


def _version(base: sqlite3.Connection, path: Path) -> int:
    """Return the version of the tables, 0 for an empty file."""
    try:
        version = _number(base, "PRAGMA user_version")
        application = _number(base, "PRAGMA application_id")
        tables = _number(base, "SELECT count(*) FROM sqlite_schema")
    except sqlite3.Error as error:
        foreign = error.sqlite_errorcode == sqlite3.SQLITE_NOTADB
        said = "is not a database" if foreign else "cannot be read"
        raise UsageError(f"{path}: {said}: {error}") from error
    if tables and application != APPLICATION_ID:
        raise UsageError(f"{path}: is the database of another program")
    if version > steps.VERSION:
        raise UsageError(
            f"{path}: was written by a newer crawler"
            f" (version {version}, this one knows {steps.VERSION})"
        )
    return version


def _number(base: sqlite3.Connection, query: str) -> int:
    ((number,),) = base.execute(query).fetchall()
    return int(number)


def _create(base: sqlite3.Connection) -> None:
    schema = Path(__file__).with_name("schema.sql").read_text("utf-8")
    base.executescript(
        f"BEGIN IMMEDIATE;\n{schema}\n{views()}\n"
        f"PRAGMA application_id = {APPLICATION_ID};\n"
        f"PRAGMA user_version = {steps.VERSION};\nCOMMIT;"
    )


def _bring_up_to_date(base: sqlite3.Connection, version: int) -> None:
    """Take the tables from `version` to ours, one step after the other, and write the views anew.

    All of it in one transaction: what fails leaves the file as it was.
    """
    if version == steps.VERSION and _views_there(base) == views_by_name():
        return
    script = ["BEGIN IMMEDIATE;", *(f"DROP VIEW IF EXISTS {name};" for name in views_by_name())]
    script += [steps.STEPS[each] for each in range(version, steps.VERSION)]
    script += [views(), f"PRAGMA user_version = {steps.VERSION};", "COMMIT;"]
    try:
        base.executescript("\n".join(script))
    except sqlite3.Error:
        if base.in_transaction:  # it is not after some errors, as of a full disk
            base.execute("ROLLBACK")
        raise


def _views_there(base: sqlite3.Connection) -> dict[str, str]:
    """Return the views of our names; others are their owner's."""
    found = base.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'view'").fetchall()
    return {name: statement for name, statement in found if name in views_by_name()}
