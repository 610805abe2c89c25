"""A connection of aiohttp's that leaves nobody waiting."""

from aiohttp import ClientError
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import HttpProcessingError


class UnreadableBodyError(ClientError):
    """What came as a body is no HTTP, or more came than was said."""


class Connection(ResponseHandler):
    """Tells who reads a body that it went wrong: aiohttp tells only who waits for the headers.

    Where what is wrong comes later than these, a reader would wait until its time is up, or take
    for well what is not in the same segment.
    """

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        super().set_exception(exc, *cause)
        body = self._payload
        if isinstance(exc, HttpProcessingError) and body is not None and not body.exception():
            body.set_exception(UnreadableBodyError(str(exc)))
