"""Reading a body no further than it is wanted."""

import asyncio
import zlib
from typing import NamedTuple

import aiohttp

from crawler.packing import unpacked

# Bytes after which others have their turn in the event loop: of a packed body there is always more.
_TURN = 256 * 1024
_CODINGS = {"gzip", "x-gzip", "deflate", "br", "zstd"}
NOT_UNPACKED = "Can not decode content-encoding"
"What aiohttp says of a body that is not packed as it should be."


class Body(NamedTuple):
    """What was read of a body, after decompression; `truncated` where there was more."""

    content: bytes
    wire_bytes: int
    truncated: bool


async def read_body(response: aiohttp.ClientResponse, limit: int) -> Body:
    """Return the first `limit` bytes of the body of `response`; the rest is not received.

    What aiohttp did not unpack is unpacked here, if it is gzip.
    """
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
    # The reader that stands in where there can be no body (204) counts nothing.
    wire_bytes = getattr(response.content, "total_compressed_bytes", None)
    for coding in _left_packed(response, unpacked_once=wire_bytes is not None):
        content, more = _unpacked(content, limit, coding, more=more)
    return Body(content, wire_bytes or length, more)


def _left_packed(response: aiohttp.ClientResponse, *, unpacked_once: bool) -> list[str]:
    """Return the codings that are left to be undone, the outermost first.

    A server that packs what was packed before says so in two lines, of which aiohttp obeys the
    first, or in one ("gzip, gzip"), of which it knows nothing. Browsers unpack both.
    """
    lines = response.headers.getall("Content-Encoding", [])
    codings = [coding.strip().lower() for line in lines for coding in line.split(",")]
    if len(codings) > 1:
        # Who packed it but once is understood too, as with any gzip that aiohttp left.
        codings = ["x-gzip"] * len(codings) if set(codings) <= {"gzip", "x-gzip"} else []
    return codings[1:] if unpacked_once else codings


def _unpacked(content: bytes, limit: int, coding: str, *, more: bool) -> tuple[bytes, bool]:
    """Unpack gzip; under the name that aiohttp does not know (RFC 9110, 8.4.1.3), others stay.

    ClientPayloadError for what aiohttp would have unpacked by itself, and is no gzip.
    """
    if not content or coding not in _CODINGS:
        return content, more
    try:
        whole = unpacked(content, limit + 1)
    except zlib.error as error:
        if coding == "x-gzip":
            return content, more
        raise aiohttp.ClientPayloadError(f"{NOT_UNPACKED}: {coding}") from error
    return whole[:limit], more or len(whole) > limit
