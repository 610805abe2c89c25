"""What the garbage collector need not look through while a crawl lasts."""

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
