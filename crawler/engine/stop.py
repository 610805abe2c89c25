"""The way to end a run from outside: first kindly, then at once."""

import asyncio
from concurrent.futures import Future


class Stop:
    """Says whether a run is to end; the owner of the run waits on it, anybody may ask.

    The first `ask` lets requests in flight finish, a second one cancels them. It belongs to no
    loop: other threads may ask, and signal handlers.
    """

    def __init__(self) -> None:
        self.reason: str | None = None
        self._asked, self._forced = _bell(), _bell()

    def ask(self, reason: str) -> None:
        """Ask for the end, for a reason in one word."""
        if self.reason is None:
            self.reason = reason
            self._asked.set_result(None)
        elif not self._forced.done():
            self._forced.set_result(None)

    async def asked(self) -> None:
        """Wait until the end is asked for."""
        await asyncio.wrap_future(self._asked)

    async def forced(self) -> None:
        """Wait until it is asked for again."""
        await asyncio.wrap_future(self._forced)


def _bell() -> "Future[None]":
    bell: Future[None] = Future()
    bell.set_running_or_notify_cancel()  # so that who waits no longer does not cancel it for others
    return bell
