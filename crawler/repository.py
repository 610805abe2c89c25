"""The git repository that a path is in, and how a code host names a file of it."""

from pathlib import Path


def repository_of(path: Path) -> Path | None:
    """Return the root of the repository that the absolute `path` is in; None where it is in none.

    A worktree or a submodule is one too: there `.git` is a file.
    """
    return next((each for each in (path, *path.parents) if _is_root(each)), None)


def hosted_path(file: str) -> str:
    """Return the path of `file` from the root of its repository.

    It is given from the working folder, and stays so where it is in no repository, or not there.
    """
    path = Path.cwd() / file
    root = repository_of(path.parent)
    return file if root is None or not path.is_file() else path.relative_to(root).as_posix()


def _is_root(folder: Path) -> bool:
    try:
        return (folder / ".git").exists()
    except OSError:  # nobody may look into it
        return False
