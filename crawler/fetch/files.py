"""Which file of a built site's folder the path of a URL stands for."""

import os
import re
from pathlib import Path
from urllib.parse import unquote_to_bytes

_INDEXES = ("index.html", "index.htm")
_UNSERVED = (["_redirects"], ["_headers"])
_NOT_IN_A_NAME = re.compile(r"[/\\\0]")


def file_at(root: Path, below: str) -> Path | None:
    """Return the file of a built site that a reader sees at the path `below` its `root`.

    None where there is none within the folder, or nobody may look.
    """
    try:
        named = asked(root, below)
        path = named and within(root, named)
        if path and path.is_dir():
            named = index_of(path)
            path = named and within(root, named)
        elif below.endswith("/"):
            return None
        return path if path and path.is_file() else None
    except OSError:
        return None


def asked(root: Path, below: str, *, is_markdown: bool = False) -> Path | None:
    """Return the path that `below` names; without a file there, that of its page `.html`.

    So GitHub Pages, Netlify and Cloudflare Pages answer clean URLs: before any folder there.
    """
    named = _named(root, below)
    if named is None or is_markdown or below[-1:] in {"", "/"} or _has(root, named):
        return named
    page = named.with_name(f"{named.name}.html")
    return page if _has(root, page) else named


def index_of(folder: Path) -> Path | None:
    """Return the file with which `folder` answers, if it has one."""
    indexes = (folder / name for name in _INDEXES)
    return next((index for index in indexes if index.is_file()), None)


def within(root: Path, path: Path) -> Path | None:
    """Return the real path of `path`, or None where there is none within `root`."""
    try:
        real = path.resolve(strict=True)
    except PermissionError:
        raise
    except (OSError, RuntimeError):  # the latter: a loop of symbolic links
        return None
    return real if real.is_relative_to(root) else None


def leads_out(root: Path, named: Path) -> bool:
    """Return whether a file of the folder is a symbolic link to one outside."""
    try:
        return bool(within(root, named.parent)) and named.is_symlink() and named.is_file()
    except OSError:  # no name that a file could have
        return False


def _has(root: Path, named: Path) -> bool:
    path = within(root, named)
    return leads_out(root, named) if path is None else path.is_file()


def _named(root: Path, below: str) -> Path | None:
    # A path is decoded once, name by name: an encoded slash is never a separator.
    names = [os.fsdecode(unquote_to_bytes(name)) for name in below.split("/") if name]
    if names in _UNSERVED or any(not _is_name(name) for name in names):
        return None
    return root.joinpath(*names)


def _is_name(name: str) -> bool:
    return name not in {".", ".."} and not _NOT_IN_A_NAME.search(name)
