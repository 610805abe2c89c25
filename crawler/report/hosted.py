"""How a code host names a file: from the root of its repository."""

from functools import lru_cache
from pathlib import Path

from crawler.repository import repository_of

_known = lru_cache(10_000)(repository_of)  # findings come by the thousand, from few folders


def hosted_path(file: str) -> str:
    """Return the path of `file` from the root of its repository.

    It is given from the working folder, or absolute where it is not below that, and comes back so
    where it is in no repository, or not there.
    """
    path = Path.cwd() / file
    root = _known(path.parent)
    return file if root is None or not path.is_file() else path.relative_to(root).as_posix()
