"""The git repository that a path is in."""

from pathlib import Path


def repository_of(path: Path) -> Path | None:
    """Return the root of the repository that the absolute `path` is in; None where it is in none.

    A worktree or a submodule is one too: there `.git` is a file.
    """
    return next((each for each in (path, *path.parents) if _is_root(each)), None)


def _is_root(folder: Path) -> bool:
    try:
        return (folder / ".git").exists()
    except OSError:  # nobody may look into it
        return False
