"""What can go wrong with an attempt, in our words: the one table that knows aiohttp's errors."""

import asyncio
import re
import socket

import aiohttp

from crawler.fetch.guard import refusal_in


class RepeatedSendError(aiohttp.ClientError):
    """aiohttp is about to send a request a second time, of its own accord."""


# First match wins, so the special cases come before the general ones.
_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (asyncio.TimeoutError, "timeout"),
    (aiohttp.ClientConnectorDNSError, "dns"),
    (aiohttp.ClientSSLError, "tls"),
    (aiohttp.ClientProxyConnectionError, "proxy"),
    (aiohttp.ClientConnectorError, "connect"),
    (aiohttp.InvalidURL, "invalid-url"),
    (RepeatedSendError, "reset"),
    (aiohttp.ClientPayloadError, "reset"),
    (aiohttp.ClientConnectionError, "reset"),
    (aiohttp.ClientError, "protocol"),
    (OSError, "connect"),
    (UnicodeError, "dns"),  # of getaddrinfo, for a name with a label that is empty or too long
)
_PASSING_DNS = {socket.EAI_AGAIN, getattr(socket, "EAI_SYSTEM", socket.EAI_AGAIN)}
_LONGEST_DETAIL = 300
REUSED = "reused connection"
"How the detail of a failure begins that may be the fault of what was asked before."

# What aiohttp says of the context of a TLS connection: an address in memory.
_CONTEXT = re.compile(r" ssl:<[^>]*>")
# What a proxy says that bars the way, and not that the way is blocked.
_BARRED = {403, 407, 451}
# What OpenSSL says of a chain that ends at nobody it knows: mostly because the server leaves out a
# certificate which browsers have, or fetch (X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY and
# X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE).
_ISSUER_UNKNOWN = {20, 21}
_NEVER = ".invalid"
# What aiohttp says of headers that browsers make sense of all the same.
_ODD_HEADERS = re.compile(
    "Invalid header|Too many headers|Got more than|Content-Length|Transfer-Encoding|expected LF"
    "|content-encoding"
).search

FETCH_ERRORS = (aiohttp.ClientError, asyncio.TimeoutError, OSError, UnicodeError)


def word_of(error: BaseException, *, proxied: bool) -> str:
    """Return the stable word for `error`, one of FETCH_ERRORS.

    Where requests are `proxied`, the one name that is looked up here is the proxy's.
    """
    if refusal_in(error) is not None:
        return "private-address"
    word = next(word for kind, word in _WORDS if isinstance(error, kind))
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        # RFC 6761, 6.4: there is no such name as that, for good
        passing = error.os_error.errno in _PASSING_DNS and not error.host.endswith(_NEVER)
        return "proxy" if proxied else "dns-temporary" if passing else "dns"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return "proxy" if error.status in _BARRED else "connect"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        code = getattr(error.certificate_error, "verify_code", None)  # not all have one
        return "tls-chain" if code in _ISSUER_UNKNOWN else "tls"
    if isinstance(error, aiohttp.ClientResponseError) and _ODD_HEADERS(error.message):
        return "bad-header"
    return word


def detail_of(error: BaseException) -> str:
    """Return what `error` says, in one short line that can be stored."""
    words = _CONTEXT.sub("", str(refusal_in(error) or error))
    said = " ".join(words.split()) or type(error).__name__
    return said.encode("utf-8", "replace").decode()[:_LONGEST_DETAIL]
