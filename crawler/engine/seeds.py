"""Where a crawl begins: the seeds a person gives, as URLs or as folders of built sites."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from os import PathLike, fsencode, fspath
from pathlib import Path
from urllib.parse import quote

from crawler.errors import UsageError
from crawler.fetch.files import index_of
from crawler.fetch.folder import base_of
from crawler.fetch.listing import SUFFIXES, is_of_markdown
from crawler.kinds import check_kinds
from crawler.model import Request, Scope
from crawler.repository import repository_of
from crawler.urls import canonical, host_of, url_id

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")  # one letter is a drive of Windows'
_PUBLISHED_AT = re.compile(r"(?P<folder>.*?\S)\s++=\s++(?P<url>https?://\S+)", re.IGNORECASE)
# What somebody might have meant for a URL.
_HERE = ("localhost", "127.")
_NAME = re.compile(
    r"(localhost|127(\.\d+){3}|[\w-]+(\.[\w-]+)*\.(?!txt|md|html?|xml|toml|json)[a-z]{2,})"
    r"(:\d+)?(/.*)?"
)
_SHOWN = 60
_COMMENT = re.compile(r"(?:^|\s)#.*")
_USERINFO = re.compile(r"//[^/]*@")
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Seed:
    """A URL to begin at, kept as canonical; `folder` is the built site that answers it, if any is.

    Where `base` is given, the folder answers for that, and its Markdown files are pages; without
    one, for the URL, which ends with a slash then. UsageError for what is no http(s) URL.
    """

    url: str
    folder: Path | None = None
    base: str | None = None

    def __post_init__(self) -> None:
        check_kinds(self)
        url = _canonical(self.url)
        is_built = self.folder is not None and self.base is None
        object.__setattr__(self, "url", base_of(url) if is_built else url)

    @property
    def published(self) -> str:
        """The URL that the folder answers for."""
        return self.base or self.url

    @property
    def built(self) -> Path | None:
        """The folder of a built site that answers; None for URLs, and for Markdown."""
        return self.folder if self.base is None else None

    @property
    def site(self) -> str:
        """What URLs of the seed's site begin with: its host, or what the folder answers."""
        if self.folder is None:
            return host_of(self.url) + "/"
        return self.url[: self.url.rindex("/") + 1]

    @property
    def request(self) -> Request:
        """The request that a run begins with."""
        return Request(
            url=self.url,
            url_id=url_id(self.url),
            host=host_of(self.url),
            depth=0,
            scope=Scope.FOLLOW,
        )


def read_seeds(path: Path) -> list[Seed]:
    """Return the seeds in the file at `path`: one a line, blank lines and `#` comments allowed.

    A folder is relative to the file. UsageError, with the number of the line, for what is no seed.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        is_seed = path.is_dir() or _SCHEME.match(str(path))
        meant = "; a seed itself is given without --seeds" if is_seed else ""
        raise UsageError(f"{path}: cannot be read: {error.strerror}{meant}") from error
    return seeds_in(content, path)


def seeds_in(content: bytes, path: Path) -> list[Seed]:
    """Return the seeds in the `content` of a file at `path`, as `read_seeds` does, each once.

    A line that is all of a file's name has no comment in it.
    """
    seeds: dict[str, Seed] = {}
    answering: dict[str, Path] = {}
    for number, line in enumerate(_text_of(content, path).split("\n"), 1):
        written = _COMMENT.sub("", line).strip()
        if written != line and _exists(path.parent, line):
            written = line
        if written and written not in seeds:
            try:
                seeds[written] = seed_of(written, path.parent)
                _claim(seeds[written], answering)
            except UsageError as error:
                raise UsageError(f"{path}, line {number}: {error}") from None
    if not seeds:
        raise UsageError(f"{path}: there is no seed in it")
    return list(seeds.values())


def _exists(folder: Path, name: str) -> bool:
    try:
        return bool(name) and (folder / name).exists()
    except OSError:  # too long to be a path
        return False


def seed_of(written: str, folder: Path) -> Seed:
    """Return the seed that `written` stands for: an http(s) URL, or a path relative to `folder`.

    `build/html = https://docs.example.org/` is a folder that answers for the URL it will have. A
    path is that of a built site, of a folder of Markdown files, or of one such file.
    """
    if match := _PUBLISHED_AT.fullmatch(written):
        url, built = _canonical(match["url"]), _folder(folder / match["folder"], match["folder"])
        site = Seed(url, built)
        return replace(site, base=site.url) if _is_markdown(built) else site
    if _SCHEME.match(written):
        return Seed(written)
    if not written:
        raise UsageError("a seed is empty")
    path = folder / written
    if _is_markdown(path):
        return _of_markdown(path.resolve(), folder.resolve())
    built = _folder(path, written)
    return Seed(f"http://{_host_name(built)}.localhost/", built)


def _is_markdown(path: Path) -> bool:
    """Return whether `path` is a Markdown file, or a folder that has some and is no built site."""
    try:
        if path.is_file():
            return path.suffix.lower() in SUFFIXES
    except OSError:  # too long to be a path
        return False
    return path.is_dir() and index_of(path) is None and is_of_markdown(path)


def _of_markdown(path: Path, root: Path) -> Seed:
    """Return the seed for `path` in a site that is all of its repository: links lead up.

    Where it is in none, the site is `root`, if `path` is below that.
    """
    within = path if path.is_dir() else path.parent
    root = repository_of(within) or root
    if not path.is_relative_to(root):
        root = within
    base = f"http://{_name_of(root) or 'markdown'}.localhost/"
    below = "" if path == root else quote(fsencode(path.relative_to(root).as_posix()))
    return Seed(base + below + ("/" if below and path.is_dir() else ""), root, base)


def parse_seeds(given: Iterable[str | PathLike[str] | Seed]) -> list[Seed]:
    """Return `given` as seeds, each once; strings are as lines of a seeds file in this folder."""
    if isinstance(given, (str, bytes, PathLike)) or not isinstance(given, Iterable):
        raise UsageError("seeds are given as a list: [url]")
    seeds = list(dict.fromkeys(map(_seed, given)))
    if not seeds:
        raise UsageError("there is no seed: give URLs, or a file of them with --seeds")
    answering: dict[str, Path] = {}
    for seed in seeds:
        _claim(seed, answering)
    return seeds


def _claim(seed: Seed, answering: dict[str, Path]) -> None:
    """Note whose folder answers for a URL; refuse a second, which nobody would look into."""
    if seed.folder is None:
        return
    other = answering.setdefault(seed.published, seed.folder)
    if other != seed.folder:
        raise UsageError(
            f"{str(other)!r} and {str(seed.folder)!r} both answer for {seed.published}: say which"
            " URL each is for: folder = URL"
        )


def _seed(given: object) -> Seed:
    if isinstance(given, Seed):
        return given
    written = fspath(given) if isinstance(given, PathLike) else given
    if not isinstance(written, str):
        raise UsageError(f"a seed is a URL or a path, not {type(given).__name__}")
    return seed_of(written, Path())


def _text_of(content: bytes, path: Path) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not UTF-8 (byte {error.start})") from error
    if "\0" in text:
        raise UsageError(f"{path}: is no text file")
    return text


def _canonical(written: str) -> str:
    url = canonical(written)
    if url is None:
        shown = _USERINFO.sub("//***@", written)
        raise UsageError(f"{shown!r} is no http(s) URL{_meant(written)}")
    return url


def _meant(written: str) -> str:
    """Return the question whether `written` is a URL without its scheme, if it looks like that."""
    scheme = "http" if written.startswith(_HERE) else "https"
    return f", did you mean {scheme}://{written}?" if _NAME.fullmatch(written) else ""


def _folder(path: Path, written: str) -> Path:
    try:
        if path.is_dir():
            return path.resolve()
        if path.is_file():
            raise UsageError(
                f"{written!r} is a file: a built site is given by its folder, and a list of seeds"
                " by --seeds"
            )
    except (OSError, ValueError):  # no path at all: too long, or with a zero in it
        written = f"{written[:_SHOWN]}..."
    raise UsageError(f"{written!r} is neither a URL nor a folder{_meant(written)}")


def _host_name(folder: Path) -> str:
    name = _name_of(folder)
    if not name:
        raise UsageError(f"{str(folder)!r}: say which URL the folder answers for: folder = URL")
    return name


def _name_of(folder: Path) -> str:
    return _NOT_IN_A_NAME.sub("-", folder.name.lower()).strip("-")
