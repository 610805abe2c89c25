"""How a task and what is read of it look between two processes: a length, then plain values.

The values are written by marshal: it is the fastest, and unlike pickle it can only make plain
values of what a parser sends that a page has taken over. Both ends are always the same interpreter.
"""

import marshal
from typing import BinaryIO

from crawler.model import Reading
from crawler.parse.reading import Task

# Bytes of the number that says how long a frame is.
LENGTH = 4


def pack_task(task: Task) -> bytes:
    """Return `task` as a frame's content."""
    return marshal.dumps(tuple(task))


def unpack_task(content: bytes) -> Task:
    """Return the task that `pack_task` made into `content`."""
    return Task(*marshal.loads(content))  # noqa: S302 - plain values only, see above


def pack_reading(reading: Reading | None) -> bytes:
    """Return `reading` as a frame's content."""
    return marshal.dumps(None if reading is None else tuple(reading))


def unpack_reading(content: bytes) -> Reading | None:
    """Return the reading that `pack_reading` made into `content`."""
    values = marshal.loads(content)  # noqa: S302 - plain values only, see above
    return None if values is None else Reading(*values)


def write_frame(stream: BinaryIO, content: bytes) -> None:
    """Write `content` as a frame."""
    stream.write(len(content).to_bytes(LENGTH, "big"))
    stream.write(content)
    stream.flush()


def read_frame(stream: BinaryIO) -> bytes | None:
    """Return the content of the next frame; None at the end of the stream."""
    length = stream.read(LENGTH)
    if len(length) < LENGTH:
        return None
    return stream.read(int.from_bytes(length, "big"))
