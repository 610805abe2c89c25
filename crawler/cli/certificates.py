"""The machine's certificates, which nobody has to read before there is an https URL."""

import os
from collections.abc import Generator
from contextlib import contextmanager

from crawler.cli.environment import saying


@contextmanager
def unread() -> Generator[None]:
    """Have OpenSSL find no certificates while the block lasts.

    aiohttp reads all of them twice when it is imported, which is a quarter of all that the process
    does before its first request; our client makes a context of its own, see `fetch.trust`. It is
    for who has the process to himself: aiohttp's own contexts stay without the certificates.
    """
    with saying(SSL_CERT_FILE=os.devnull):
        yield
