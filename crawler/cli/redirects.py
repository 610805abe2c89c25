"""What to write instead of redirects, as a command: a list, a table, or a patch of the sources."""

import asyncio
import io
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from crawler.cli.output import opened, write_lines
from crawler.cli.status import Status
from crawler.errors import UsageError
from crawler.location import Location
from crawler.report.patch import addresses_of, can_name, patch_of, rewritten
from crawler.report.phrases import number_of
from crawler.report.redirects import redirects_list, redirects_table
from crawler.store.changes import Rewrite
from crawler.store.findings import open_findings

# A source is smaller, and has no NUL.
_LARGEST = 8 * 1024 * 1024

logger = logging.getLogger(__name__)


def run_redirects(
    run_id: int | None, patch: Path | None, output: Path | None, db: Location, *, table: bool
) -> int:
    """Write what to write instead of a run's permanent redirects; UsageError if that cannot be."""
    if patch is not None and not patch.is_dir():
        raise UsageError(f"{patch}: there is no such folder")
    if patch is not None and not patch.resolve().is_relative_to(Path.cwd()):
        raise UsageError(
            f"{patch}: is not below the working folder, which `git apply` goes out from"
        )
    rewrites = asyncio.run(_rewrites(run_id, db))
    with opened(output, db) as out:
        if patch is not None:
            lines = _patch(patch, rewrites)
            if isinstance(out, io.TextIOWrapper):  # bytes go out as they came in
                out.reconfigure(encoding="utf-8", errors="surrogateescape", newline="\n")
        else:
            lines = redirects_table(rewrites) if table else redirects_list(rewrites)
        write_lines(lines, out)
    return Status.OK


async def _rewrites(run_id: int | None, db: Location) -> list[Rewrite]:
    async with open_findings(db) as findings:
        return await findings.rewrites(run_id)


def _patch(folder: Path, rewrites: Sequence[Rewrite]) -> Iterator[str]:
    addresses = addresses_of(pair for each in rewrites for pair in each.pairs)
    relative = len({each.old for each in rewrites} - addresses.keys())
    if relative:
        links = number_of(relative, "relative link")
        logger.warning("not in the patch, but in the list: %s", links)
    for path in _sources(folder):
        for line in _patch_of(path, addresses):
            yield line.removesuffix("\n")


def _sources(folder: Path) -> Iterator[Path]:
    """Yield the files below `folder` in their order, but hidden ones and links."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(place, name)
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path


def _patch_of(path: Path, addresses: Mapping[str, str]) -> Iterator[str]:
    try:
        content = path.read_bytes() if path.stat().st_size <= _LARGEST else b"\0"
    except OSError as error:
        logger.warning("%s: cannot be read: %s", path, error.strerror)
        return
    if b"\0" in content:
        return
    source = content.decode("utf-8", "surrogateescape")
    new, name = rewritten(source, addresses), Path(os.path.relpath(path)).as_posix()
    if new != source and not can_name(name):
        logger.warning("not in the patch, for its name: %r", name)
        return
    yield from patch_of(name, source, new)
