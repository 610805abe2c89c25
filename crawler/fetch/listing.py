"""A folder of Markdown files, and the page that lists those below a folder."""

import os
from collections.abc import Iterator
from html import escape
from itertools import islice
from pathlib import Path
from urllib.parse import quote

SUFFIXES = (".md", ".markdown")
# RFC 7763 and 7764: Markdown that is meant to be read, not downloaded.
GFM = "text/markdown; charset=utf-8; variant=GFM"
_MOST = 20_000


def holds_markdown(folder: Path) -> bool:
    """Return whether there is a Markdown file in or below `folder`."""
    return next(_files(folder), None) is not None


def listing(folder: Path) -> bytes:
    """Return an HTML page that links to the Markdown files in and below `folder`."""
    paths = (path.relative_to(folder).as_posix() for path in islice(_files(folder), _MOST))
    links = "".join(
        f'<li><a href="./{quote(os.fsencode(path))}">{escape(path)}</a>\n' for path in paths
    )
    page = f"<!DOCTYPE html><title>{escape(folder.name)}</title><ul>{links}</ul>\n"
    return page.encode(errors="replace")  # names need not be UTF-8


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files in order; no hidden ones, no packages', none that are links to elsewhere."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name != "node_modules"
        )
        for name in sorted(files):
            path = Path(place, name)
            if name.lower().endswith(SUFFIXES) and name[0] != "." and not path.is_symlink():
                yield path
