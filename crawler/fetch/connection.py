"""A connection of aiohttp's that leaves nobody waiting."""

from aiohttp import ClientError
from aiohttp.client_proto import ResponseHandler


class UnreadableBodyError(ClientError):
    """What came as a body is no HTTP."""


class Connection(ResponseHandler):
    """Tells who reads a body that it went wrong: aiohttp tells only who waits for the headers.

    Where the chunk that is none comes later than these, the reader would wait until its time is up.
    """

    def connection_lost(self, exc: BaseException | None) -> None:
        body, error = self._payload, self.exception()
        super().connection_lost(exc)
        if error is not None and body is not None and not body.is_eof() and not body.exception():
            body.set_exception(UnreadableBodyError(str(error)))
