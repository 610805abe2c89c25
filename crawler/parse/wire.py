"""How a task and what is read of it look between two processes: a length, then plain values.

The values are written by marshal: it is the fastest, and unlike pickle it can only make plain
values of what a parser sends that a page has taken over. Both ends are always the same interpreter.
"""

import marshal
from typing import BinaryIO

from crawler.document import Reading, Signs
from crawler.parse.gate import TooComplexError
from crawler.parse.reading import Task

# Bytes of the number that says how long a frame is.
LENGTH = 4
# The only frame of an answer that is no reading: the document is too complex to be read.
TOO_COMPLEX = marshal.dumps(False)  # noqa: FBT003 - a value like any other
# Values in a piece: unpacking one takes a few milliseconds, and others have their turn after each.
_PIECE = 16_000


def pack_task(task: Task) -> tuple[bytes, bytes]:
    """Return `task` as the contents of two frames; the second is the body, which is not copied."""
    body, *others = task
    return marshal.dumps(others), body


def read_task(stream: BinaryIO) -> Task | None:
    """Return the next task of those that `pack_task` packed; None at the end of the stream."""
    others, body = read_frame(stream), read_frame(stream)
    if others is None or body is None:
        return None
    return Task(body, *marshal.loads(others))  # noqa: S302 - plain values only, see above


def pack_reading(reading: Reading | None) -> list[bytes]:
    """Return `reading` as the contents of frames: a head, then as many pieces as it says."""
    if reading is None:
        return [marshal.dumps(None)]
    document_id, digest, signs, links, anchors, targets, named, directed, _ = reading
    places = list(targets.items())
    longest = max(len(links), len(anchors), len(places), len(named))
    cuts = [slice(start, start + _PIECE) for start in range(0, longest, _PIECE)]
    head = marshal.dumps((document_id, digest, tuple(signs), directed, len(cuts)))
    pieces = ((links[cut], anchors[cut], places[cut], named[cut]) for cut in cuts)
    return [head, *map(marshal.dumps, pieces)]


def unpack_head(content: bytes) -> tuple[Reading, int] | None:
    """Return an empty reading and the number of its pieces, from the head that `content` is.

    TooComplexError where it says that the document was.
    """
    if content == TOO_COMPLEX:
        raise TooComplexError
    values = marshal.loads(content)  # noqa: S302 - plain values only, see above
    if values is None:
        return None
    document_id, digest, signs, directed, pieces = values
    return Reading(document_id, digest, Signs(*signs), [], [], {}, [], directed), pieces


def unpack_piece(content: bytes, reading: Reading) -> None:
    """Add the piece that `content` is to `reading`."""
    links, anchors, places, named = marshal.loads(content)  # noqa: S302 - plain values only
    reading.links.extend(links)
    reading.anchors.extend(anchors)
    reading.targets.update(places)
    reading.named.extend(named)


def length_of(content: bytes) -> bytes:
    """Return what stands before `content` in its frame."""
    return len(content).to_bytes(LENGTH, "big")


def write_frame(stream: BinaryIO, content: bytes) -> None:
    """Write `content` as a frame."""
    stream.write(length_of(content))
    stream.write(content)


def read_frame(stream: BinaryIO) -> bytes | None:
    """Return the content of the next frame; None at the end of the stream."""
    length = stream.read(LENGTH)
    if len(length) < LENGTH:
        return None
    return stream.read(int.from_bytes(length, "big"))
