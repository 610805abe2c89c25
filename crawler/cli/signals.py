"""SIGINT and SIGTERM: the first ends the run kindly, the second at once, the third right now.

Of the others there is SIGCHLD: who ignores it, as a parent may have it, hears of no child's end.
"""

import asyncio
import logging
import os
import signal
from collections.abc import Generator
from contextlib import contextmanager

from crawler.engine.stop import Stop

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_CONSEQUENCES = (
    "requests in flight may finish; once more cancels them",
    "requests in flight are cancelled; once more ends the process",
)

logger = logging.getLogger(__name__)


def _hear_of_children() -> None:
    """Have the system tell how our processes end, though whoever began us wanted nothing of his."""
    if hasattr(signal, "SIGCHLD") and signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)


@contextmanager
def stopping(stop: Stop) -> Generator[None]:
    """Have signals ask `stop` for the end while the block lasts; enter it in the event loop."""
    _hear_of_children()
    loop = asyncio.get_running_loop()
    consequences = iter(_CONSEQUENCES)

    def on_signal(number: int) -> None:
        consequence = next(consequences, None)
        if consequence is None:
            os._exit(128 + number)
        name = signal.Signals(number).name
        logger.info("%s: %s", name, consequence)
        stop.ask(name)

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number in _SIGNALS:
        try:
            loop.add_signal_handler(number, on_signal, number)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda n, _: loop.call_soon_threadsafe(on_signal, n))
    try:
        yield
    finally:
        for number, handler in before.items():
            try:
                loop.remove_signal_handler(number)
            except NotImplementedError:
                signal.signal(number, handler)
