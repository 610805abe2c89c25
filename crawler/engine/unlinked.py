"""Pages in a seed's folder that nothing leads to: a reader never finds them, nor does a run."""

import asyncio
import os
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

from crawler.engine.scope import Scoping
from crawler.engine.seeds import Seed
from crawler.fetch.listing import pages_in
from crawler.model import Scope
from crawler.store.protocol import Store
from crawler.urls import canonical, host_of

# URLs that are compared at once, and bytes of a file that are looked at.
_AT_ONCE, _READ = 1000, 64 * 1024
_INDEX = re.compile(r"(?:^|(?<=/))index\.html?$")
_ENDING = re.compile(r"\.html?$")
# What may stand in a path as it is, though it need not (URL standard, "path percent-encode set").
_PLAIN = "/!$&'()*+,;=:@[]"
_REFERS = re.compile(rb"\b(?:href|src)\s*=", re.IGNORECASE).search
_LEADS_ON = re.compile(rb"http-equiv\s*=\s*[\"']?refresh", re.IGNORECASE).search


async def note_unlinked(
    store: Store, run_id: int, seeds: Iterable[Seed], scoping: Scoping, deepest: float
) -> None:
    """Note the pages of seeds' folders that the run, which is at its end, never met.

    Not of a host that has pages beyond the depth that is followed: they might lead there.
    """
    bases = {seed.published for seed in seeds if seed.folder is not None}
    for seed in seeds:
        if seed.built is None:  # of Markdown a list leads to all files
            continue
        host = host_of(seed.url)
        if await store.is_cut_off(run_id, host, deepest):
            continue
        met = await _met(store, run_id, host, seed.url)
        nested = tuple(base for base in bases if len(base) > len(seed.url))
        unmet = await asyncio.to_thread(_unmet, seed.built, seed.url, met)
        unlinked = [url for url in unmet if _is_wanted(url, nested, scoping)]
        for start in range(0, len(unlinked), _AT_ONCE):
            await store.write_unlinked(run_id, host, unlinked[start : start + _AT_ONCE])


async def _met(store: Store, run_id: int, host: str, base: str) -> set[str]:
    """Return the paths below `base` that the run has met, however they were written."""
    met: set[str] = set()
    after: str | None = None
    while urls := await store.urls(run_id, host, after, _AT_ONCE):
        met.update(_path(url[len(base) :]) for url in urls if url.startswith(base))
        after = urls[-1]
    return met


def _path(below: str) -> str:
    return os.fsdecode(unquote_to_bytes(below.partition("?")[0]))


def _unmet(folder: Path, base: str, met: set[str]) -> list[str]:
    """Return the URLs of pages by none of whose names the run has `met` them."""
    unmet = []
    for path in pages_in(folder):
        names = _names(path.relative_to(folder).as_posix())
        if met.isdisjoint(names) and _matters(path):
            unmet.append(canonical(base + quote(os.fsencode(names[0]), _PLAIN)))
    return [url for url in unmet if url is not None]


def _is_wanted(url: str, nested: tuple[str, ...], scoping: Scoping) -> bool:
    """Return whether `url` is one to follow, and no other folder's."""
    return not url.startswith(nested) and scoping.decide(url, 0).scope is Scope.FOLLOW


def _names(path: str) -> list[str]:
    """Return by which paths the file at `path` answers, the usual one first."""
    folder, page = _INDEX.sub("", path), _ENDING.sub("", path)
    return [path, page] if folder == path else [folder, path, page, folder.rstrip("/")]


def _matters(path: Path) -> bool:
    """Return whether a page refers to anything, and does not just lead on elsewhere."""
    try:
        with path.open("rb") as file:
            begin = file.read(_READ)
    except OSError:
        return False
    return bool(_REFERS(begin)) and not _LEADS_ON(begin)
