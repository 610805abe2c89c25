"""The machine's certificates, which nobody has to read before there is an https URL."""

import os
from collections.abc import Generator
from contextlib import contextmanager

_FILE = "SSL_CERT_FILE"


@contextmanager
def unread() -> Generator[None]:
    """Have OpenSSL find no certificates while the block lasts.

    aiohttp reads all of them twice when it is imported, which is a quarter of all that the process
    does before its first request; our client makes a context of its own, see `fetch.trust`. It is
    for who has the process to himself: aiohttp's own contexts stay without the certificates.
    """
    before = os.environ.get(_FILE)
    os.environ[_FILE] = os.devnull
    try:
        yield
    finally:
        if before is None:
            del os.environ[_FILE]
        else:
            os.environ[_FILE] = before
