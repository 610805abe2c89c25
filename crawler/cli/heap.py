"""What the garbage collector need not look through: while a crawl lasts, and when all is over."""

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def settled() -> Generator[None]:
    """Leave what is loaded by now to stay: a look through all of it holds the event loop for long.

    On a slow machine that was 70 ms, where the loop is to be held for 50 at most.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def forsaken() -> None:
    """Leave all that there is as it is: the process ends, and would look through it twice.

    After a crawl that took 70 ms, as long as three pages do.
    """
    gc.freeze()
