"""The way to end a run from outside: first kindly, then at once."""

import asyncio
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress

STOPPED = "stopped"
"Why a run ended early, where nobody gave a reason."


class Stop:
    """Says whether a run is to end; the owner of the run waits on it, anybody may ask.

    The first `ask` lets requests in flight finish, a second one cancels them. It belongs to no
    loop: other threads may ask, and signal handlers.
    """

    def __init__(self) -> None:
        self._asked, self._forced = _bell(), _bell()

    @property
    def reason(self) -> str | None:
        """Why the end was asked for, if it was."""
        return self._asked.result() if self._asked.done() else None

    def ask(self, reason: str) -> None:
        """Ask for the end, for a reason in a word or a few; without one it is `stopped`.

        So it is for `cancelled`: runs say that of themselves which have judged nothing.
        """
        reason = " ".join(reason.split())
        reason = STOPPED if reason in {"", "cancelled"} else reason
        for bell in (self._asked, self._forced):
            with suppress(InvalidStateError):  # somebody was sooner
                bell.set_result(reason)
                return

    async def asked(self) -> None:
        """Wait until the end is asked for."""
        await asyncio.wrap_future(self._asked)

    async def forced(self) -> None:
        """Wait until it is asked for again."""
        await asyncio.wrap_future(self._forced)


def _bell() -> "Future[str]":
    bell: Future[str] = Future()
    bell.set_running_or_notify_cancel()  # so that who waits no longer does not cancel it for others
    return bell
