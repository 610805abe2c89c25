"""One writer at a time: a lock beside the database, which dies with the process that holds it."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from crawler.errors import BusyError, UsageError

# Where the byte that is locked lies: behind all that is written, as Windows bars reading it too.
_LOCKED_BYTE = 1 << 20

if sys.platform == "win32":  # pragma: no cover - the tests run elsewhere
    import msvcrt

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def writing(database: Path) -> Generator[None]:
    """Be the only one who writes to `database` while the block lasts; readers are not affected.

    BusyError where somebody else is, UsageError where there can be no lock. It is on a file of its
    own: closing a second descriptor of the database itself would take SQLite's own locks away
    (POSIX).
    """
    there = database.resolve()
    path = there.with_name(f"{there.name}-lock")
    descriptor = _held(path, database)
    try:
        yield
    finally:
        with suppress(OSError):  # Windows removes no file that is open
            path.unlink()
        os.close(descriptor)


def _held(path: Path, database: Path) -> int:
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            what = f"its lock {path} " if os.access(path, os.F_OK) else ""
            raise UsageError(f"{database}: {what}cannot be opened: {error.strerror}") from error
        try:
            _lock(descriptor)
        except OSError:
            holder = _written(descriptor)
            os.close(descriptor)
            raise BusyError(f"{database}: another crawl{holder} is writing to it") from None
        if _is_still(path, descriptor):
            with suppress(OSError):  # a full disk: of that the database has better words
                os.ftruncate(descriptor, 0)
                os.lseek(descriptor, 0, os.SEEK_SET)
                os.write(descriptor, b"%d" % os.getpid())
            return descriptor
        os.close(descriptor)  # who held it has removed it meanwhile


def _is_still(path: Path, descriptor: int) -> bool:
    """Return whether the file that is locked is the one that others will find."""
    try:
        there, ours = path.stat(), os.fstat(descriptor)
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)


def _written(descriptor: int) -> str:
    with suppress(OSError):
        if written := os.read(descriptor, 20).decode("ascii", "replace"):
            return f" (process {written})"
    return ""
