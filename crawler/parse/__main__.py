"""A process that parses: frames of documents in, frames of what is in them out.

It lives beside the crawl, so that the parse runs on another core, and so that a page that hangs or
kills the parser, which is C, costs that page only. It ends when its input does.
"""

import os
import signal
import sys
from contextlib import suppress
from typing import BinaryIO

from crawler.parse.document import Parser
from crawler.parse.gate import TooComplexError
from crawler.parse.reading import Task, read
from crawler.parse.wire import TOO_COMPLEX, pack_reading, read_task, write_frame

if sys.platform != "win32":
    import resource

# Bytes of address space: twice what the worst page of 8 MiB takes.
_MEMORY = 1024**3
# The crawl goes first where there are fewer cores than processes: what it does alone, all wait for.
_NICENESS = 5
# Bytes of a body that takes much memory: 15 times as many, of which malloc would keep most.
_LARGE = 512 * 1024


def serve(tasks: BinaryIO, readings: BinaryIO) -> None:
    """Answer each task in `tasks` with a reading, in order, until the end of input."""
    parser = Parser()
    while (task := read_task(tasks)) is not None:
        for content in _answer(parser, task):
            write_frame(readings, content)
        readings.flush()
        if len(task.body) > _LARGE:
            del task, content
            _give_back_memory()


def _answer(parser: Parser, task: Task) -> list[bytes]:
    try:
        return pack_reading(read(parser, task))
    except TooComplexError:
        return [TOO_COMPLEX]


def _give_back_memory() -> None:
    """Let the system have what malloc keeps for later; glibc's, no other keeps so much."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - few sites have so large a page

        with suppress(AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


def give_way() -> None:
    """Let the crawl have a core before this process does."""
    if sys.platform != "win32":
        with suppress(OSError):  # a sandbox may forbid it
            os.nice(_NICENESS)


def limit_memory() -> None:
    """Let this process be refused memory, and so end, before the machine has none."""
    if sys.platform != "win32":
        with suppress(OSError, ValueError):  # not every system knows this limit
            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    # Ctrl-C is for the crawl to act upon: it closes the input in its own time.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    give_way()
    limit_memory()
    # Not sys.stdout: under PYTHONUNBUFFERED that loses what is left of a write that a pause ends.
    with open(sys.stdout.fileno(), "wb", closefd=False) as readings:
        write_frame(readings, b"ready")
        readings.flush()
        serve(sys.stdin.buffer, readings)
