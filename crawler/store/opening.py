"""Opening a database file: is it ours, is it new, is it of our version."""

import sqlite3
from pathlib import Path

import aiosqlite

from crawler.errors import UsageError
from crawler.store import steps
from crawler.store.asking import views, views_by_name
from crawler.store.lock import writing

# Marks the file as ours; the letters are CRWL.
APPLICATION_ID = 0x4352574C

# Foreign keys are declared for who reads, and not enforced: two look-ups for every link took a
# third of the time of writing it, and what a row refers to is written before it.
_PRAGMAS = (
    "PRAGMA busy_timeout = 5000",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA cache_size = -16384",
    "PRAGMA temp_store = MEMORY",
)


async def connect(path: Path) -> aiosqlite.Connection:
    """Return a connection that writes to the database at `path`, which `refuse` let pass.

    UsageError where it is no database of ours or of this version, or cannot be written.
    """
    connection = await _connect(path, str(path), uri=False)
    try:
        await _prepare(connection, path)
    except BaseException:
        await connection.close()
        raise
    return connection


async def connect_to_read(path: Path) -> aiosqlite.Connection:
    """Return a connection that only reads; UsageError where no database of ours is.

    One of an older version, or with other views, is brought up to date before.
    """
    connection = await _connect(path, existing(path), uri=True)
    try:
        await _be_current(connection, path)
        await connection.execute("PRAGMA query_only = ON")
    except BaseException:
        await connection.close()
        raise
    return connection


async def _be_current(connection: aiosqlite.Connection, path: Path) -> None:
    version = await _version(connection, path)
    if version == 0:
        raise UsageError(f"{path}: is not a database of the crawler")
    if version < steps.VERSION or await _views_there(connection) != views_by_name():
        with writing(path):
            await (await connect(path)).close()


async def _connect(path: Path, database: str, *, uri: bool) -> aiosqlite.Connection:
    """Return a connection; UsageError where there can be none.

    That is tried without aiosqlite first: when it cannot connect, it does not wait for its thread.
    """
    try:
        sqlite3.connect(database, uri=uri).close()
        return await aiosqlite.connect(database, uri=uri, isolation_level=None)
    except sqlite3.Error as error:
        raise UsageError(f"{path}: cannot be opened: {error}") from error


def refuse(path: Path) -> None:
    """Raise UsageError where no database can be; make the folders that it needs."""
    try:
        if path.is_dir():
            raise UsageError(f"{path}: is a folder, not a database")
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{path}: cannot be opened: {error}") from error


def existing(path: Path) -> str:
    """Return the URI by which SQLite opens a file that exists, in no case a new one.

    Not `mode=ro`: a connection that cannot write leaves the files of the WAL behind when it closes;
    `query_only` forbids the rest.
    """
    if not path.is_file():
        raise UsageError(f"{path}: there is no database")
    return f"{path.resolve().as_uri()}?mode=rw"


async def _prepare(connection: aiosqlite.Connection, path: Path) -> None:
    version = await _version(connection, path)
    try:
        await connection.execute("PRAGMA journal_mode = WAL")
        for pragma in _PRAGMAS:
            await connection.execute(pragma)
        await connection.execute("BEGIN IMMEDIATE")
        await connection.execute("ROLLBACK")
        if version == 0:
            await _create(connection)
        else:
            await _bring_up_to_date(connection, version)
    except sqlite3.Error as error:
        raise UsageError(f"{path}: cannot be written: {error}") from error


async def _version(connection: aiosqlite.Connection, path: Path) -> int:
    """Return the version of the tables, 0 for an empty file."""
    try:
        version = await _number(connection, "PRAGMA user_version")
        application = await _number(connection, "PRAGMA application_id")
        tables = await _number(connection, "SELECT count(*) FROM sqlite_schema")
    except sqlite3.Error as error:
        raise UsageError(f"{path}: is not a database: {error}") from error
    if tables and application != APPLICATION_ID:
        raise UsageError(f"{path}: is the database of another program")
    if version > steps.VERSION:
        raise UsageError(
            f"{path}: was written by a newer crawler"
            f" (version {version}, this one knows {steps.VERSION})"
        )
    return version


async def _number(connection: aiosqlite.Connection, query: str) -> int:
    async with connection.execute(query) as cursor:
        row = await cursor.fetchone()
    return 0 if row is None else int(row[0])


async def _create(connection: aiosqlite.Connection) -> None:
    schema = Path(__file__).with_name("schema.sql").read_text("utf-8")
    await connection.executescript(
        f"BEGIN IMMEDIATE;\n{schema}\n{views()}\n"
        f"PRAGMA application_id = {APPLICATION_ID};\n"
        f"PRAGMA user_version = {steps.VERSION};\nCOMMIT;"
    )


async def _bring_up_to_date(connection: aiosqlite.Connection, version: int) -> None:
    """Take the tables from `version` to ours, one step after the other, and write the views anew.

    All of it in one transaction: what fails leaves the file as it was.
    """
    there = await _views_there(connection)
    if version == steps.VERSION and there == views_by_name():
        return
    script = ["BEGIN IMMEDIATE;", *(f"DROP VIEW {name};" for name in there)]
    script += [steps.STEPS[each] for each in range(version, steps.VERSION)]
    script += [views(), f"PRAGMA user_version = {steps.VERSION};", "COMMIT;"]
    try:
        await connection.executescript("\n".join(script))
    except sqlite3.Error:
        await connection.execute("ROLLBACK")
        raise


async def _views_there(connection: aiosqlite.Connection) -> dict[str, str]:
    query = "SELECT name, sql FROM sqlite_schema WHERE type = 'view'"
    async with connection.execute(query) as cursor:
        return {name: sql async for name, sql in cursor}
