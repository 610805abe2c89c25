"""Where a crawl begins: the seeds a person gives, as URLs or as folders of built sites."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from crawler.errors import UsageError
from crawler.urls import canonical, is_http

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_PUBLISHED_AT = re.compile(r"(?P<folder>.*?)\s+=\s+(?P<url>https?://\S+)", re.IGNORECASE)
_SHOWN = 60
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Seed:
    """A canonical URL to begin at; `folder` is the built site that answers it, if there is one."""

    url: str
    folder: Path | None = None


def read_seeds(path: Path) -> list[Seed]:
    """Return the seeds in the file at `path`: one a line, blank lines and `#` comments allowed.

    A folder is relative to the file. UsageError, with the number of the line, for what is no seed.
    """
    seeds = []
    for number, line in enumerate(_text_of(path).split("\n"), 1):
        written = line.strip()
        if written and not written.startswith("#"):
            try:
                seeds.append(seed_of(written, path.parent))
            except UsageError as error:
                raise UsageError(f"{path}, line {number}: {error}") from None
    if not seeds:
        raise UsageError(f"{path}: there is no seed in this file")
    return seeds


def seed_of(written: str, folder: Path) -> Seed:
    """Return the seed that `written` stands for: an http(s) URL, or a path relative to `folder`.

    `build/html = https://docs.example.org/` is a folder that answers for the URL it will have.
    """
    if match := _PUBLISHED_AT.fullmatch(written):
        return Seed(_canonical(match["url"]), _folder(folder / match["folder"], match["folder"]))
    if _SCHEME.match(written):
        return Seed(_canonical(written))
    if not written:
        raise UsageError("a seed is empty")
    built = _folder(folder / written, written)
    return Seed(f"http://{_host_name(built)}.localhost/", built)


def parse_seeds(given: Iterable[str | Seed]) -> list[Seed]:
    """Return `given` as seeds; strings are taken as on a seeds file's lines, folders from here."""
    seeds = [seed_of(seed, Path()) if isinstance(seed, str) else seed for seed in given]
    if not seeds:
        raise UsageError("there is no seed: give URLs, or a file of them with --seeds")
    return seeds


def _text_of(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not UTF-8 (byte {error.start})") from error
    if "\0" in text:
        raise UsageError(f"{path}: is no text file")
    return text


def _canonical(written: str) -> str:
    url = canonical(written)
    if url is None or not is_http(url):
        raise UsageError(f"{written!r} is no http(s) URL")
    return url


def _folder(path: Path, written: str) -> Path:
    try:
        if path.is_dir():
            return path.resolve()
    except (OSError, ValueError):  # no path at all: too long, or with a zero in it
        written = f"{written[:_SHOWN]}..."
    raise UsageError(f"{written!r} is neither a URL nor a folder")


def _host_name(folder: Path) -> str:
    name = _NOT_IN_A_NAME.sub("-", folder.name.lower()).strip("-")
    if not name:
        raise UsageError(f"{str(folder)!r}: say which URL the folder answers for: folder = URL")
    return name
