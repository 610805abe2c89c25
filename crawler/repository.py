"""The git repository that a path is in, and where its files refer to."""

import re
from pathlib import Path

ABOVE = "..%2F"
"What stands in URLs, as often as need be, for a folder above a repository: no file is named so."

# The path of a reference that has neither a scheme nor a host, nor begins at the root.
_RELATIVE = re.compile(r"(?![^/?#]*:)(?![/\\])[^?#]+").match


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


def rooted(reference: str, depth: int) -> str:
    """Return a `reference` from a folder `depth` below the root, with `ABOVE` where it leads there.

    In a URL there is nothing above the root, and `..` too many are left out (URL standard, "path
    state"). On a forge a repository is itself a folder of a site.
    """
    path = _RELATIVE(reference)
    if path is None or ".." not in path[0]:
        return reference
    above, names = 0, [""] * depth
    for name in path[0].split("/"):
        if name == ".." and names:
            names.pop()
        elif name == "..":
            above += 1
        elif name != ".":
            names.append(name)
    if not above:
        return reference
    if path[0].endswith(("/..", "/.")) or path[0] == "..":
        names.append("")
    return f"/{ABOVE * above}{'/'.join(names)}{reference[path.end() :]}"
