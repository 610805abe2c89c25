"""The standard streams, as whoever began the process left them.

They may be non-blocking, as those that a Node program hands on can be: a write then takes less than
it is given, and a read finds nothing yet. Under PYTHONUNBUFFERED, which containers set, Python
writes once, and says nothing of what a pause or a full disk cut off.
"""

import io
import select
import sys
from typing import Protocol, TextIO

from crawler.errors import UsageError

_PIECE = 64 * 1024


class _Source(Protocol):
    """What can be read of, and may have nothing yet; typeshed does not say so of its own."""

    def fileno(self) -> int: ...
    def read(self, size: int, /) -> bytes | None: ...


if sys.platform != "win32":

    class _Waiting(io.FileIO):
        """A file to write to that waits for its reader, where the system would not."""

        def write(self, content: memoryview, /) -> int:  # type: ignore[override]
            while (written := super().write(content)) is None:
                select.select([], [self], [])
            return written


def steady(out: TextIO) -> TextIO:
    """Return what leads to where `out` does and writes all that it is given, or raises OSError."""
    if sys.platform == "win32" or not isinstance(out, io.TextIOWrapper):
        return out
    out.flush()
    there = _Waiting(out.fileno(), "wb", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(there),  # type: ignore[type-var]
        encoding=out.encoding,
        errors=out.errors,
        line_buffering=out.line_buffering or out.write_through,
    )


def read_standard_input() -> bytes:
    """Return what comes on standard input until it ends; UsageError where it cannot be read."""
    if sys.stdin is None:  # the caller closed it
        return b""
    try:
        return b"".join(iter(lambda: _piece(sys.stdin.buffer), b""))
    except OSError as error:
        raise UsageError(f"standard input: cannot be read: {error.strerror}") from error


def _piece(stream: _Source) -> bytes:
    while (piece := stream.read(_PIECE)) is None:
        select.select([stream], [], [])
    return piece
