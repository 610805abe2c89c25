"""The files that a site is made from: found by a page's path, or by what they say."""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

_SUFFIXES = (".md", ".mdx", ".markdown", ".rst", ".adoc", ".txt", ".html", ".ipynb", ".org")
_PAGES = ("index", "README", "_index")
# Folders of what was made from sources, or is nobody's here; Jekyll has sources in `_posts`.
_MADE = frozenset(("_site", "_build", "_book", "_output", "node_modules"))
_LARGEST = 1024 * 1024
_MOST_TEXT = 64 * 1024 * 1024


class Sources:
    """The source files below some folders, by their paths; their texts are read when asked for."""

    def __init__(self, roots: Iterable[Path]) -> None:
        self._files = {path.as_posix(): path for root in roots for path in _files(root)}
        # By the last name, and by the last two: of index.md there are as many as folders.
        self._ending: defaultdict[str, list[str]] = defaultdict(list)
        for name in self._files:
            for end in {_end(name, 1), _end(name, 2)}:
                self._ending[end].append(name)
        self._texts: dict[str, str] = {}
        self._room = _MOST_TEXT

    def file(self, path: str) -> str | None:
        """Return the file whose path ends in `path`, the shortest where there are several."""
        near = self._ending.get(_end(path, 2), ())
        ends = [name for name in near if f"/{name}".endswith(f"/{path}")]
        return min(ends, key=len, default=None)

    def of_page(self, path: str) -> str | None:
        """Return the file that a page at `path` below its site's root is made from, by name."""
        stem = path.removesuffix("/").removesuffix(".html")
        folder, _, name = stem.rpartition("/")
        stem = folder if name == "index" and path.endswith("html") else stem
        stems = [stem, *(f"{stem}/{name}" for name in _PAGES)] if stem else list(_PAGES)
        found = (self.file(f"{each}{suffix}") for each in stems for suffix in _SUFFIXES)
        return next(filter(None, found), None)

    def with_text(self, *traces: str) -> str | None:
        """Return the one file with the first of `traces` that any has; None where many have it."""
        for trace in traces:
            found = [name for name in self._files if trace in self._text(name)]
            if found:
                return found[0] if len(found) == 1 else None
        return None

    def line(self, name: str, traces: Sequence[str]) -> int | None:
        """Return the first line of a file with the surest of `traces` that it has as a whole."""
        text = self._text(name)
        for trace in traces:
            # The text is looked at first: where it has none, that takes a hundredth of the time.
            if trace in text and (found := re.search(_whole(trace), text)):
                return text.count("\n", 0, found.start()) + 1
        return None

    def _text(self, name: str) -> str:
        if name not in self._texts:
            path = self._files.get(name)
            text = "" if path is None else _read(path)
            self._room -= len(text)
            if self._room < 0:
                return text
            self._texts[name] = text
        return self._texts[name]


def _end(path: str, names: int) -> str:
    """Return the last so many `names` of `path`, all where there are fewer."""
    return "/".join(path.rsplit("/", names)[-names:])


def _whole(trace: str) -> str:
    """Return a pattern for `trace` where it is no part of a longer word."""
    before, after = (r"(?<!\w)" * trace[0].isalnum(), r"(?!\w)" * trace[-1].isalnum())
    return f"{before}{re.escape(trace)}{after}"


def _files(root: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(root):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in _MADE
        )
        for name in sorted(names):
            if name.endswith(_SUFFIXES):
                yield Path(place, name)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST).decode("utf-8", "replace")
    except OSError:
        return ""
