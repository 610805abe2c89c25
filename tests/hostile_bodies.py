"""Bodies that a hostile server sends: packed, in odd encodings, more than can be read."""

import gzip
import zlib
from base64 import b64decode
from hashlib import blake2b

from tests.bombs import CSS, XML, counted
from tests.bombs import HTML as PAGES
from tests.misbehaviour import (
    BAD_HEADER,
    EMPTY,
    NOTHING,
    OK,
    RESET,
    TOO_COMPLEX,
    TOO_LARGE,
    Case,
    made,
    packed,
    page,
)

MIB = 2**20


def zeros() -> bytes:
    return b"<p>" + b"\0" * (20 * MIB)


# Next to nothing of it can be packed.
NOISE = b"<p>" + b"".join(blake2b(bytes([n, 0])).digest() for n in range(250)) + b"</p>"

CODINGS = {
    "gzip-bomb": Case(packed(zeros, b"gzip", gzip.compress), TOO_LARGE),
    "deflate-bomb": Case(packed(zeros, b"deflate", zlib.compress), TOO_LARGE),
    "brotli-bomb": Case(
        page(
            b64decode(b"y///PwCkAXh84MRpgdje/3nw//8PAAmAOCwA3fu/FAAAAiABEIcF0Hv/Aw=="),
            b"Content-Encoding: br",
        ),  # 20 MiB
        TOO_LARGE,
    ),
    "nested-gzip": Case(
        packed(zeros, b"gzip", lambda body: gzip.compress(gzip.compress(body))), OK
    ),
    "twice-gzip": Case(
        packed(zeros, b"gzip, gzip", lambda body: gzip.compress(gzip.compress(body))), TOO_LARGE
    ),
    "no-gzip": Case(page("<p>this is not packed", b"Content-Encoding: gzip"), RESET),
    "half-gzip": Case(page(gzip.compress(NOISE)[:-4000], b"Content-Encoding: gzip"), OK),
    "zstd": Case(page(b"\x28\xb5\x2f\xfd\x00\x00", b"Content-Encoding: zstd"), BAD_HEADER),
}
TEXTS = {
    "utf-16-that-is-none": Case(page("<p>x</p>", kind=b"text/html; charset=utf-16"), OK),
    "no-charset": Case(page("<p>x</p>", kind=b"text/html; charset=nonsense"), OK),
    "utf-7": Case(page("<p>x+ADw-</p>", kind=b"text/html; charset=utf-7"), OK),
    "two-charsets": Case(
        page(b"<meta charset=utf-8><p>\xff\xfe", kind=b"text/html; charset=latin-1"), OK
    ),
    "zeros": Case(page(b"\0" * 5000), OK),
    "noise": Case(page(bytes(range(256)) * 64), OK),
}
BOMBS = {
    "depth": Case(page(PAGES.bombs["depth"](MIB // 4)), TOO_COMPLEX),
    "attributes": Case(page(PAGES.bombs["attributes"](MIB // 4)), TOO_COMPLEX),
    "adopted": Case(page(PAGES.bombs["adopted"](MIB // 4)), TOO_COMPLEX),
    "misnested": Case(page(PAGES.bombs["misnested"](MIB // 4)), OK),
    "sixteen": Case(
        page(counted("<a href=http://flood.test/%d><object>")(16_000) + "x" * 8000), OK
    ),
    "flood": Case(made(lambda: page(counted("<a href=http://flood.test/%d>")(900_000))), OK),
    "sheet": Case(page(CSS.bombs["hashes"](MIB // 16), kind=b"text/css"), OK),
    "laughs": Case(page(XML.bombs["laughs"](MIB // 4), kind=b"application/xml"), NOTHING),
    "entity": Case(page(XML.bombs["entity"](MIB // 4), kind=b"application/xml"), NOTHING),
    "name": Case(page(XML.bombs["long name"](MIB // 4), kind=b"application/xml"), EMPTY),
    "packed.xml.gz": Case(
        made(
            lambda: page(gzip.compress(b"<urlset>" + b"<a>" * (4 * MIB)), kind=b"application/gzip")
        ),
        EMPTY,
    ),
}
