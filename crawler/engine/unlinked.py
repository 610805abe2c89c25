"""Pages in a seed's folder that nothing leads to: a reader never finds them, nor does a run."""

import asyncio
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from crawler.engine.scope import Scoping
from crawler.engine.seeds import Seed
from crawler.fetch.listing import pages_in
from crawler.model import Scope
from crawler.store.protocol import Store
from crawler.urls import canonical, host_of, url_id

# Files that are asked for at once, and bytes of one that are looked at.
_AT_ONCE, _READ = 500, 64 * 1024
_INDEX = re.compile(r"(?:^|(?<=/))index\.html?$")
_ENDING = re.compile(r"\.html?$")
# What may stand in a path as it is, though it need not (URL standard, "path percent-encode set").
_PLAIN = "/!$&'()*+,;=:@[]"
_REFERS = re.compile(rb"\b(?:href|src)\s*=", re.IGNORECASE).search
_LEADS_ON = re.compile(rb"http-equiv\s*=\s*[\"']?refresh", re.IGNORECASE).search


class _File(NamedTuple):
    """A file of a folder, and the canonical URLs that it answers."""

    path: Path
    urls: list[str]


async def note_unlinked(
    store: Store, run_id: int, seeds: Iterable[Seed], scoping: Scoping, deepest: float
) -> None:
    """Note the pages of seeds' folders that the run, which is at its end, never met.

    Not of a host that has pages beyond the depth that is followed: they might lead there.
    """
    bases = {seed.published for seed in seeds if seed.folder is not None}
    for seed in seeds:
        if seed.folder is None or seed.base is not None:  # what lists its files leads to them all
            continue
        host = host_of(seed.url)
        if await store.is_cut_off(run_id, host, deepest):
            continue
        others = tuple(base for base in bases if len(base) > len(seed.url))
        files = await asyncio.to_thread(_files, seed.folder, seed.url, others)
        for start in range(0, len(files), _AT_ONCE):
            some = files[start : start + _AT_ONCE]
            met = await store.met(run_id, [url_id(url) for file in some for url in file.urls])
            strange = [file for file in some if met.isdisjoint(map(url_id, file.urls))]
            wanted = [file for file in strange if _is_followed(file.urls[0], scoping)]
            unlinked = await asyncio.to_thread(_worth_reading, wanted)
            await store.write_unlinked(run_id, host, unlinked)


def _is_followed(url: str, scoping: Scoping) -> bool:
    return scoping.decide(url, 0).scope is Scope.FOLLOW


def _files(folder: Path, base: str, others: tuple[str, ...]) -> list[_File]:
    """Return the pages of the `folder` published at `base`, but for what is in `others`."""
    files = []
    for path in pages_in(folder):
        forms = _forms(path.relative_to(folder).as_posix())
        urls = [url for form in forms if (url := canonical(base + form)) is not None]
        if not urls[0].startswith(others):
            files.append(_File(path, urls))
    return files


def _forms(path: str) -> Iterable[str]:
    """Return how URLs may name the file at `path`, each way once, the usual one first."""
    folder, page = _INDEX.sub("", path), _ENDING.sub("", path)
    names = [path, page] if folder == path else [folder, path, page, folder.rstrip("/")]
    return dict.fromkeys(quote(os.fsencode(name), safe) for name in names for safe in (_PLAIN, "/"))


def _worth_reading(files: Sequence[_File]) -> list[str]:
    """Return the URLs of those that refer to anything, and do not just lead on elsewhere."""
    return [file.urls[0] for file in files if _matters(file.path)]


def _matters(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            begin = file.read(_READ)
    except OSError:
        return False
    return bool(_REFERS(begin)) and not _LEADS_ON(begin)
