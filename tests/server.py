"""A PostgreSQL server for the tests: their own, in a folder that goes with it."""

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg

from crawler.location import Server
from crawler.store.postgres.dialect import query_of

# What is written need not outlive the machine.
_QUICK = ("fsync=off", "full_page_writes=off", "max_wal_size=2GB", "listen_addresses=127.0.0.1")
# What whoever runs a server for this would say, and nothing more.
_DURABLE = ("shared_buffers=2GB", "max_wal_size=8GB", "listen_addresses=127.0.0.1")

_EMPTY = """
DO $$
DECLARE name TEXT;
BEGIN
    CREATE SCHEMA IF NOT EXISTS emptied;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'emptied' LOOP
        EXECUTE format('DELETE FROM emptied.%I', name);
    END LOOP;
    IF to_regclass('emptied.run') IS NOT NULL THEN
        ALTER TABLE emptied.run ALTER id RESTART;
    END IF;
END
$$
"""


def binaries() -> Path | None:
    """Return the folder with the newest `initdb` and `pg_ctl` that there are."""
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    found = sorted(debian, key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return None if on_path is None else Path(on_path).resolve().parent


class PostgresServer:
    """A server on a socket and a port of its own; whoever finds it may be anybody."""

    def __init__(self, folder: Path, user: str | None, settings: Sequence[str] = _QUICK) -> None:
        self.folder = folder
        self.port = _free_port()
        self._user = user
        self._settings = settings
        self._schemas = 0

    @classmethod
    @contextmanager
    def running(cls, *, durable: bool = False) -> Generator["PostgresServer"]:
        """Yield a new server, which ends with the block; it does not run as root.

        A `durable` one writes as one does whose data are wanted tomorrow.
        """
        user = _ordinary_user()
        with TemporaryDirectory(prefix="pg") as folder:
            if user is not None:
                shutil.chown(folder, user)
            server = cls(Path(folder), user, _DURABLE if durable else _QUICK)
            server._do("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
            rules = Path(folder) / "data" / "pg_hba.conf"
            rules.write_text(f"host all guarded 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
            server.start()
            try:
                yield server
            finally:
                server._do("pg_ctl", "stop", "-m", "immediate")

    @property
    def process(self) -> int:
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def start(self) -> None:
        settings = [f"-c {each}" for each in (*self._settings, f"port={self.port}")]
        options = " ".join([f"-k {self.folder}", *settings])
        self._do("pg_ctl", "start", "-w", "-l", str(self.folder / "log"), "-o", options)

    def kill(self) -> None:
        """End the server as a power cut would, and start it again."""
        os.kill(self.process, signal.SIGKILL)
        self._do("pg_ctl", "stop", "-m", "immediate", check=False)
        self.start()

    def dsn(self, schema: str, user: str = "postgres", password: str | None = None) -> str:
        who = user if password is None else f"{user}:{password}"
        place = f"127.0.0.1:{self.port}/postgres"
        return f"postgresql://{who}@{place}?options=-csearch_path%3D{schema}"

    def schema(self) -> Server:
        """Return where nothing is yet."""
        self._schemas += 1
        name = f"s{self._schemas}"
        query(Server(self.dsn("public")), f"CREATE SCHEMA {name}")
        return Server(self.dsn(name))

    def emptied(self) -> Server:
        """Return where no run is yet: the same for every test, as to make the tables takes time."""
        server = Server(self.dsn("emptied"))
        query(server, _EMPTY)
        return server

    def _do(self, program: str, *arguments: str, check: bool = True) -> None:
        there = binaries()
        assert there is not None
        command = [str(there / program), "-D", str(self.folder / "data"), *arguments]
        with (self.folder / "said").open("ab") as said:
            subprocess.run(
                command, user=self._user, cwd=self.folder, check=check, stdout=said, stderr=said
            )


def query(
    server: Server, statement: str, values: Mapping[str, object] | None = None
) -> list[tuple[Any, ...]]:
    """Return what a statement brings, beside whatever loop is running."""

    async def ask() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(server.dsn)
        try:
            text, arguments = query_of(statement, values or {})
            return [tuple(row) for row in await connection.fetch(text, *arguments)]
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, ask()).result()


async def waiting(server: Server, number: int, *tasks: asyncio.Task[object]) -> None:
    """Wait until so many wait for locks, or one of `tasks` does for nothing any more."""
    waits = "SELECT 1 FROM pg_locks WHERE NOT granted"
    while not any(each.done() for each in tasks):
        if len(query(server, waits)) >= number:
            return
        await asyncio.sleep(0.01)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ordinary_user() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
