"""Reading a body no further than it is wanted."""

import asyncio
import zlib
from typing import NamedTuple

import aiohttp

from crawler.packing import unpacked

# Bytes after which others have their turn in the event loop: of a packed body there is always more.
_TURN = 256 * 1024


class Body(NamedTuple):
    """What was read of a body, after decompression; `truncated` where there was more."""

    content: bytes
    wire_bytes: int
    truncated: bool


async def read_body(response: aiohttp.ClientResponse, limit: int) -> Body:
    """Return the first `limit` bytes of the body of `response`; the rest is not received."""
    chunks: list[bytes] = []
    length = since = 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk[: limit - length])
        length += len(chunk)
        if length > limit:
            response.close()
            break
        if length - since > _TURN:
            since = length
            await asyncio.sleep(0)
    content, more = b"".join(chunks), length > limit
    if response.headers.get("Content-Encoding", "").strip().lower() == "x-gzip":
        content, more = _unpacked(content, limit, more=more)
    # The reader that stands in where there can be no body (204) counts nothing.
    wire_bytes = getattr(response.content, "total_compressed_bytes", 0) or length
    return Body(content, wire_bytes, more)


def _unpacked(content: bytes, limit: int, *, more: bool) -> tuple[bytes, bool]:
    """Unpack what aiohttp does not know as gzip (RFC 9110, 8.4.1.3); what is none stays."""
    try:
        whole = unpacked(content, limit + 1)
    except zlib.error:
        return content, more
    return whole[:limit], more or len(whole) > limit
