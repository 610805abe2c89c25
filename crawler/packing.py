"""What gzip packed (RFC 1952): one member after the other."""

import zlib
from contextlib import suppress

GZIP = b"\x1f\x8b"
"What each member begins with."

# Each costs a little, and a body may be of nothing else.
_MOST_MEMBERS = 10_000
# What follows a member in a step is copied.
_STEP = 4096


def unpacked(packed: bytes, most: int) -> bytes:
    """Return the first `most` bytes of what is packed, as far as it goes where it is cut.

    What follows a member and is none is left out. zlib.error where the first is no gzip.
    """
    content = bytearray()
    at = _unpack(packed, 0, content, most)
    with suppress(zlib.error):
        for _ in range(_MOST_MEMBERS - 1):
            if not packed.startswith(GZIP, at):
                break
            at = _unpack(packed, at, content, most)
    return bytes(content)


def _unpack(packed: bytes, at: int, content: bytearray, most: int) -> int:
    """Add to `content` what the member that begins `at` has, and return where it ends."""
    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    while at < len(packed) and len(content) < most and not member.eof:
        step = packed[at : at + _STEP]
        content += member.decompress(step, most - len(content))
        at += len(step) - len(member.unused_data)
    return at
