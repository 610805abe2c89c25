"""A built site's folder answers as an origin of its own, as nginx would, without a socket."""

import logging
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import cache
from http import HTTPStatus
from mimetypes import MimeTypes
from pathlib import Path
from typing import NamedTuple, Self
from urllib.parse import parse_qs

from crawler.fetch.declared import Redirect, redirects_in
from crawler.fetch.files import asked, index_of, leads_out, within
from crawler.fetch.forge import forge_of, page_of
from crawler.fetch.listing import GFM, LISTED, SUFFIXES, listing
from crawler.model import Answer, Fetch
from crawler.urls import host_of

logger = logging.getLogger(__name__)

# What nginx knows, and what built sites hold, besides the standard library's own (not the
# machine's) table. nginx names no charset either.
_TYPES: Mapping[str, str] = {
    ".atom": "application/atom+xml",
    ".eot": "application/vnd.ms-fontobject",
    ".epub": "application/epub+zip",
    ".gz": "application/gzip",
    ".ico": "image/x-icon",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "application/javascript",
    ".ogg": "audio/ogg",
    ".otf": "font/otf",
    ".rss": "application/rss+xml",
    ".svgz": "image/svg+xml",
    ".ttf": "font/ttf",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xhtml": "application/xhtml+xml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}
_REDIRECTS = "_redirects"
# What asks GitHub for Markdown as it is written, to name a line: ?plain=1#L7.
_AS_WRITTEN = {"plain", "raw"}
# What a browser would read, and a forge shows as it is written: its links are no reader's.
_SOURCE = re.compile(r"text/.*|application/.*(?:xml|json)").fullmatch
_MALFORMED = re.compile(r"%(?![0-9A-Fa-f]{2})").search


def base_of(url: str) -> str:
    """Return what the URLs begin with that a folder answers which is published at `url`."""
    return url.partition("?")[0].rstrip("/") + "/"


def is_at(url: str, base: str) -> bool:
    """Return whether canonical `url` is the folder's published at `base`: that, or one below."""
    return url.startswith(base) or url.partition("?")[0] == base[:-1]


class _Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder `root`, published at `host` (a host key) under the path `prefix`.

    What a file `_redirects` at the root declares holds. Where `is_markdown` it is a folder of
    Markdown files, as a forge shows it: a folder in it answers with a list of them, and what else
    is there is no page, HTML neither. `forge` is what the pages begin with that the repository has
    beside its files.
    """

    root: Path
    host: str
    prefix: str = "/"
    redirects: Mapping[str, Redirect] = field(default_factory=dict)
    clock: Callable[[], float] = time.time
    is_markdown: bool = False
    forge: str | None = None

    @classmethod
    def at(cls, root: Path, url: str, *, is_markdown: bool = False) -> Self:
        """Return the folder `root` as it is published at canonical `url`.

        Raises OSError where it has a file `_redirects` that cannot be read.
        """
        host, base, real = host_of(url), base_of(url), root.resolve()
        redirects = _redirects(real, base)
        forge = forge_of(real) if is_markdown else None
        return cls(real, host, base[len(host) :], redirects, is_markdown=is_markdown, forge=forge)

    def holds(self, url: str) -> bool:
        """Return whether canonical `url` is this folder's to answer: its prefix or one below."""
        return is_at(url, self.host + self.prefix)

    def answer(self, url: str, method: str, max_body: int) -> Answer:
        """Return what a web server would, with up to `max_body` bytes; `url` is one it holds.

        `method` is GET or HEAD. Reads from disk, so it is to be called in a thread. Never raises,
        and never reads a byte from outside the folder.
        """
        started_at, start = self.clock(), time.perf_counter()
        reply = self._reply(url, method, max_body)
        fetch = Fetch(
            method=method,
            started_at=started_at,
            total_ms=(time.perf_counter() - start) * 1000,
            status=reply.status,
            wire_bytes=len(reply.body),
            body_bytes=len(reply.body),
            truncated=reply.truncated,
        )
        return Answer(fetch, reply.headers, reply.body)

    def _reply(self, url: str, method: str, max_body: int) -> _Reply:
        address = url.partition("?")[0]
        redirect = self.redirects.get(address)
        if _MALFORMED(address):
            reply = _message(400)
        elif redirect and redirect.forced:
            reply = _message(redirect.status, location=redirect.to)
        else:
            reply = self._plain_reply(url, 0 if method == "HEAD" else max_body)
            if reply.status == 404 and (redirect := redirect or self._alike(address)):
                reply = _message(redirect.status, location=redirect.to)
            page = self.forge and page_of(self.forge, self._below(url))
            if page:
                reply = _message(302, location=page)
        return reply._replace(body=b"", truncated=False) if method == "HEAD" else reply

    def _alike(self, address: str) -> Redirect | None:
        """Return the redirect that is declared for `address` with another end, a slash or none.

        To Netlify they are one (documentation of Netlify, "Trailing slash"). What only adds or
        takes the slash leads nowhere there.
        """
        other = address[:-1] if address.endswith("/") else f"{address}/"
        redirect = self.redirects.get(other)
        return None if redirect and redirect.to == address else redirect

    def _below(self, url: str) -> str:
        return url[len(self.host + self.prefix) :]

    def _plain_reply(self, url: str, max_body: int) -> _Reply:
        address, question, query = url.partition("?")
        try:
            named = asked(self.root, self._below(address), is_markdown=self.is_markdown)
            path = named and within(self.root, named)
            if path and path.is_dir():
                if not address.endswith("/"):
                    moved = 302 if self.is_markdown else 301  # a forge shows the folder as well
                    return _message(moved, location=f"{address}/{question}{query}")
                if self.is_markdown:
                    return _page(listing(path))
                named = index_of(path)
                path = named and within(self.root, named)
            elif address.endswith("/"):
                named = path = None
            if path and path.is_file():
                return self._file(path, query, max_body)
            return _linked(named) if named and leads_out(self.root, named) else _message(404)
        except PermissionError:
            return _message(403)
        except OSError as error:
            logger.warning("cannot read what %s stands for: %s", url, error)
            return _message(500)

    def _file(self, path: Path, query: str, max_body: int) -> _Reply:
        reply = _file(path, max_body)
        if self.is_markdown and path.suffix.lower() in SUFFIXES:
            is_text = not _AS_WRITTEN.isdisjoint(parse_qs(query))
            reply.headers["content-type"] = "text/plain" if is_text else GFM
        elif self.is_markdown and _SOURCE(reply.headers["content-type"]):
            reply.headers["content-type"] = "text/plain"
        return reply


def _page(body: bytes) -> _Reply:
    headers = {"content-type": LISTED, "content-length": str(len(body))}
    return _Reply(200, headers, body)


def _file(path: Path, max_body: int) -> _Reply:
    with path.open("rb") as file:
        facts = os.fstat(file.fileno())
        body = file.read(max_body + 1)
    headers = {
        "content-type": _type_of(path),
        "content-length": str(facts.st_size),
        "last-modified": formatdate(facts.st_mtime, usegmt=True),
        "etag": f'"{int(facts.st_mtime):x}-{facts.st_size:x}"',
    }
    return _Reply(200, headers, body[:max_body], truncated=len(body) > max_body)


def _linked(path: Path) -> _Reply:
    """Return the answer for a link to a file outside: it is there, and not a byte of it is read."""
    return _Reply(200, {"content-type": _type_of(path), "content-length": "0"}, b"")


def _type_of(path: Path) -> str:
    return _types().get(path.suffix.lower(), "application/octet-stream")


@cache
def _types() -> Mapping[str, str]:
    # To make the table is to read the machine's too, which takes as long as all other imports here.
    return {**MimeTypes().types_map[1], **_TYPES}


def _message(status: int, **headers: str) -> _Reply:
    title = f"{status} {HTTPStatus(status).phrase}"
    body = f"<!DOCTYPE html><title>{title}</title><h1>{title}</h1>\n".encode()
    own = {"content-type": "text/html", "content-length": str(len(body))}
    return _Reply(status, own | headers, body)


def _redirects(root: Path, base: str) -> dict[str, Redirect]:
    """Return the redirects that the folder `root`, published at `base`, declares, by URL."""
    path = within(root, root / _REDIRECTS)
    return {} if path is None or not path.is_file() else redirects_in(path, base)
