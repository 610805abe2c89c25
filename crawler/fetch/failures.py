"""What can go wrong with an attempt, in our words: the one table that knows aiohttp's errors."""

import asyncio
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
    (aiohttp.ClientConnectorError, "connect"),
    (aiohttp.InvalidURL, "invalid-url"),
    (RepeatedSendError, "reset"),
    (aiohttp.ClientPayloadError, "reset"),
    (aiohttp.ClientConnectionError, "reset"),
    (aiohttp.ClientResponseError, "protocol"),
    (aiohttp.ClientError, "protocol"),
    (OSError, "connect"),
    (UnicodeError, "dns"),  # of getaddrinfo, for a name with a label that is empty or too long
)
_PASSING_DNS = {socket.EAI_AGAIN, getattr(socket, "EAI_SYSTEM", socket.EAI_AGAIN)}
_LONGEST_DETAIL = 300

FETCH_ERRORS = (aiohttp.ClientError, asyncio.TimeoutError, OSError, UnicodeError)


def word_of(error: BaseException) -> str:
    """Return the stable word for `error`, one of FETCH_ERRORS."""
    if refusal_in(error) is not None:
        return "private-address"
    word = next(word for kind, word in _WORDS if isinstance(error, kind))
    if word == "dns" and isinstance(error, aiohttp.ClientConnectorDNSError):
        return "dns-temporary" if error.os_error.errno in _PASSING_DNS else "dns"
    return word


def detail_of(error: BaseException) -> str:
    """Return what `error` says, in one short line that can be stored."""
    said = " ".join(str(refusal_in(error) or error).split()) or type(error).__name__
    return said.encode("utf-8", "replace").decode()[:_LONGEST_DETAIL]
