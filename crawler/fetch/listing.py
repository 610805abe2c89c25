"""The files of a folder: those of Markdown, with a page that lists them, and those of HTML."""

import os
from collections.abc import Iterator
from html import escape
from itertools import islice
from pathlib import Path
from urllib.parse import quote

SUFFIXES = (".md", ".markdown")
_HTML = (".html", ".htm")
# What else GitHub draws with headings: nobody says here which anchors they have.
_DRAWN = (
    *(".mdown", ".mdx", ".mkd", ".mkdn", ".adoc", ".asc", ".asciidoc", ".creole", ".mediawiki"),
    *(".org", ".pod", ".rdoc", ".rst", ".textile", ".wiki"),
)
_READ_ME = [f"readme{suffix}" for suffix in (*SUFFIXES, *_DRAWN)]
# RFC 7763 and 7764: Markdown that is meant to be read, not downloaded.
GFM = "text/markdown; charset=utf-8; variant=GFM"
LISTED = "text/html; charset=utf-8; variant=GFM"
"The type of a page that lists files, with the fragments of one of them."
# What web servers show where there is nothing.
_ERROR = "404.html"
_MOST = 20_000
# One more than are read of a document, which so has the note that says it.
_MOST_LISTED = 50_001
# Files by which a folder is known: somebody may give that of all there are.
_LOOKED_AT = 5000


def is_of_markdown(folder: Path) -> bool:
    """Return whether there are Markdown files in and below `folder`, and no more pages of HTML.

    A built site may have a licence in Markdown; notes in Markdown, an example in HTML.
    """
    names = [name.lower() for _, name in islice(_named(folder), _LOOKED_AT)]
    markdown, html = (sum(name.endswith(ends) for name in names) for ends in (SUFFIXES, _HTML))
    return markdown > 0 and markdown >= html


def listing(folder: Path) -> bytes:
    """Return an HTML page that links to the Markdown files in and below `folder`.

    It leads on to the file that GitHub shows below its own: a fragment is one of that.
    """
    paths = (
        path.relative_to(folder).as_posix()
        for path in islice(_ending(folder, SUFFIXES), _MOST_LISTED)
    )
    links = "".join(
        f'<li><a href="./{quote(os.fsencode(path))}">{escape(path)}</a>\n' for path in paths
    )
    page = f"<!DOCTYPE html><title>{escape(folder.name)}</title>{_shown(folder)}<ul>{links}</ul>\n"
    return page.encode(errors="replace")  # names need not be UTF-8


def _shown(folder: Path) -> str:
    files = (path for path in folder.iterdir() if path.name.lower() in _READ_ME)
    names = [path.name for path in files if path.is_file()]
    names.sort(key=lambda name: (_READ_ME.index(name.lower()), name))
    return f'<meta http-equiv="refresh" content="0; url=./{names[0]}">' if names else ""


def pages_in(folder: Path) -> Iterator[Path]:
    """Yield the pages of HTML in and below `folder`, the first 20,000.

    None that is for errors, or for the generator itself: its name begins with an underscore.
    """
    pages = (
        path
        for path in _ending(folder, _HTML)
        if path.name != _ERROR and not any(part[0] == "_" for part in _below(path, folder))
    )
    return islice(pages, _MOST)


def _below(path: Path, folder: Path) -> tuple[str, ...]:
    return path.relative_to(folder).parts


def _ending(folder: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files in and below `folder` with such names, none that are links to elsewhere."""
    for place, name in _named(folder):
        path = Path(place, name)
        if name.lower().endswith(suffixes) and not path.is_symlink() and path.is_file():
            yield path


def _named(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the files in order, each after its folder; no hidden ones, no packages'."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name != "node_modules"
        )
        yield from ((place, name) for name in sorted(files) if name[0] != ".")
