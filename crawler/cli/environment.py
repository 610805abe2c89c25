"""The environment as others find it: processes that are begun, libraries that are loaded."""

import os
from collections.abc import Generator
from contextlib import contextmanager


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
