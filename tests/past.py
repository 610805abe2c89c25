"""Databases as each version wrote them: `python -m tests.past` writes that of the newest."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from crawler.store import steps
from tests.night import Night

ROOT = Path(__file__).parent
SITE = ROOT.parent / "seeds" / "site"


def dump_of(version: int) -> Path:
    """Return the file with the SQL that makes a database of `version`."""
    return ROOT / "data" / f"version-{version}.sql"


def restore(version: int, path: Path) -> None:
    """Make the database of `version` at `path`."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(dump_of(version).read_text("utf-8"))


async def _write(path: Path) -> None:
    night = Night(path)
    for day in range(2):
        await night.crawl(str(SITE), day=day)


def main() -> None:
    """Write what two nights on the sample site leave behind, as this version stores it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "crawl.db"
        asyncio.run(_write(path))
        with closing(sqlite3.connect(path)) as connection:
            numbers = {
                name: connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("application_id", "user_version")
            }
            lines = [f"PRAGMA {name} = {number};" for name, number in numbers.items()]
            lines += connection.iterdump()
    script = "\n".join(lines).replace(str(path), "data/crawl.db").replace(str(SITE), "seeds/site")
    dump_of(steps.VERSION).write_text(f"{script}\n", "utf-8")


if __name__ == "__main__":
    main()
