"""The environment as others find it: processes that are begun, libraries that are loaded."""

import logging
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

# The file to which the keys of TLS go, for who reads along.
_KEYS = "SSLKEYLOGFILE"

logger = logging.getLogger(__name__)


@contextmanager
def saying(**variables: str) -> Generator[None]:
    """Have the environment say so while the block lasts."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def spare_keys() -> None:
    """Forget the file for the keys of TLS, and say so, where it cannot be written.

    What is left over from another day's search for a fault would else end whatever speaks TLS.
    """
    path = os.environ.get(_KEYS)
    if not path:
        return
    try:
        Path(path).open("ab").close()
    except OSError as error:
        del os.environ[_KEYS]
        why = error.strerror
        logger.warning("%s: %s: cannot be written: %s: no keys go there", _KEYS, path, why)
