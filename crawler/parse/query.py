"""Where references lead from a document that is not in UTF-8: their queries are in its encoding."""

import re
from collections.abc import Callable
from urllib.parse import quote_from_bytes

from crawler.parse.charset import errors_of
from crawler.urls import Target, is_http

# What the URL parser sees to itself. A `#` in a query is half a letter of ISO-2022-JP.
_ASCII = bytes(range(0x80)).replace(b"#", b"")
_LACKING = re.compile(rb"&#(\d+);")


def resolve_in(
    encoding: str, resolve: Callable[[str], Target | None], reference: str
) -> Target | None:
    """Return what `resolve` says of a `reference` that stands in a document of `encoding`.

    Only the queries of http(s) URLs are in it, paths and fragments are in UTF-8 (URL standard,
    "query state"). The query is encoded first, so that what `resolve` remembers is of no encoding.
    """
    encoded = with_query_in(encoding, reference)
    target = resolve(encoded)
    if encoded is reference or (target is not None and is_http(target.url)):
        return target
    return resolve(reference)


def with_query_in(encoding: str, reference: str) -> str:
    """Return `reference` with its query in ASCII, if need be by Python's `encoding`.

    What the encoding lacks becomes `&#N;` (URL standard, "percent-encode after encoding").
    """
    written, mark, fragment = reference.partition("#")
    path, _, query = written.partition("?")
    if query.isascii():
        return reference
    written_in = query.encode(encoding, errors_of(encoding, "xmlcharrefreplace"))
    encoded = _LACKING.sub(rb"%26%23\1%3B", written_in)
    return f"{path}?{quote_from_bytes(encoded, _ASCII)}{mark}{fragment}"
