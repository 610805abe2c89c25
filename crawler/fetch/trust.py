"""What the certificates of servers are checked against: those that the machine trusts."""

import asyncio
import logging
import ssl
from pathlib import Path

# Of OpenSSL; `ssl` has it from Python 3.12 on.
_OP_LEGACY_SERVER_CONNECT = 0x4

logger = logging.getLogger(__name__)


class Trust:
    """Reads the machine's certificates when a URL needs them, once, and beside the event loop.

    There are many: it takes about 30 ms. aiohttp has a context of its own, which is not asked for.
    """

    def __init__(self) -> None:
        self._reading = asyncio.Lock()
        self._context: ssl.SSLContext | None = None

    async def context(self) -> ssl.SSLContext:
        """Return how TLS is spoken: with checked certificates and names, and HTTP/1.1."""
        async with self._reading:
            if self._context is None:
                self._context = await asyncio.to_thread(_context)
        return self._context


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not _knows_any(context):  # a small container, or Python from python.org on macOS
        logger.warning(
            "no authority that certifies servers is known here, so https cannot be verified:"
            " SSL_CERT_FILE names a file with their certificates"
        )
    # Python 3.13 insists on what home-made certificates have not, and browsers do without.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    # No browser looks for the name in the subject any more (RFC 9525).
    context.hostname_checks_common_name = False
    # Old servers know no RFC 5746, or have too short a DHE group: browsers do not offer that.
    context.options |= _OP_LEGACY_SERVER_CONNECT
    offered = (each["name"] for each in context.get_ciphers())
    context.set_ciphers(":".join(name for name in offered if not name.startswith("DHE-")))
    context.set_alpn_protocols(["http/1.1"])
    return context


def _knows_any(context: ssl.SSLContext) -> bool:
    """Return whether there is any certificate: those in a folder are not read before their time."""
    folder = ssl.get_default_verify_paths().capath
    try:
        in_folder = bool(folder) and any(Path(folder).iterdir())
    except OSError:  # who may not list a folder may read what is in it
        in_folder = True
    return in_folder or context.cert_store_stats()["x509"] > 0
