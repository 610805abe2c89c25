"""The way to end a run from outside: first kindly, then at once."""

import asyncio


class Stop:
    """Says whether a run is to end; the owner of the run waits on it, anybody may ask.

    The first `ask` lets requests in flight finish, a second one cancels them.
    """

    def __init__(self) -> None:
        self.reason: str | None = None
        self._asked = asyncio.Event()
        self._forced = asyncio.Event()

    def ask(self, reason: str) -> None:
        """Ask for the end, for a reason in one word."""
        if self.reason is None:
            self.reason = reason
            self._asked.set()
        else:
            self._forced.set()

    async def asked(self) -> None:
        """Wait until the end is asked for."""
        await self._asked.wait()

    async def forced(self) -> None:
        """Wait until it is asked for again."""
        await self._forced.wait()
