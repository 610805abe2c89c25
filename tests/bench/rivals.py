"""The peers: how each is told to check a corpus as well as it can, and what it says it did."""

import json
import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.corpora import Served
from tests.bench.timing import measure

# It follows links, and does nothing else.
_SPIDER = """
import json

import scrapy


class Pages(scrapy.Spider):
    name = "pages"
    custom_settings = {
        "AUTOTHROTTLE_ENABLED": False,
        "CONCURRENT_REQUESTS": 32,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 32,
        "DOWNLOAD_DELAY": 0,
        "DEPTH_LIMIT": 0,
        "LOG_LEVEL": "ERROR",
        "ROBOTSTXT_OBEY": False,
        "TELNETCONSOLE_ENABLED": False,
    }

    def __init__(self, root, **further):
        super().__init__(**further)
        self.start_urls = [root]
        self.origin = root[: root.index("/", 8) + 1]
        self.links = 0

    def parse(self, response):
        if not isinstance(response, scrapy.http.HtmlResponse):
            return
        for href in response.css("a::attr(href)").getall():
            self.links += 1
            url = response.urljoin(href).partition("#")[0]
            if url.startswith(self.origin):
                yield scrapy.Request(url)

    def closed(self, reason):
        print(self.links, "links")
"""


@dataclass(frozen=True, slots=True)
class Rival:
    """A link checker or crawler to be compared with.

    `program` is the path of its executable; `arguments` are made for a corpus in a folder that
    they may use; `links` reads from that folder and from what was printed how many links it had.
    """

    name: str
    program: Path
    version: str
    arguments: Callable[[Served, Path], Sequence[str]]
    links: Callable[[Path, str], int | None]

    def command(self, corpus: Served, folder: Path) -> Sequence[str]:
        return [str(self.program), *self.arguments(corpus, folder)]


def installed(peers_folder: Path, folder: Path) -> Sequence[Rival]:
    """Return the peers that `make bench-peers` put into `peers_folder`, or that are on PATH."""
    places = [peers_folder / "bin", peers_folder / "npm/node_modules/.bin"]
    path = os.pathsep.join([*map(str, places), os.environ.get("PATH", "")])
    found = []
    for name, (arguments, links) in RIVALS.items():
        program = shutil.which(name, path=path)
        if program:
            version = _version(Path(program), folder)
            found.append(Rival(name, Path(program).absolute(), version, arguments, links))
    return found


def _version(program: Path, folder: Path) -> str:
    flag = "version" if program.name == "scrapy" else "--version"
    said = re.search(r"\d+(?:\.\d+)+", measure([str(program), flag], folder).output)
    return said[0] if said else "?"


def _lychee(corpus: Served, folder: Path) -> Sequence[str]:
    urls = folder / "urls.txt"
    urls.write_text("\n".join(corpus.pages), "utf-8")
    return [
        *("--include-fragments=full", "--no-progress", "--host-request-interval", "0ms"),
        *("--host-concurrency", "64", "-f", "json", "-o", str(folder / "lychee.json")),
        *("--include", f"^{re.escape(corpus.origin)}", "--files-from", str(urls)),
    ]


def _lychee_links(folder: Path, _output: str) -> int | None:
    report = folder / "lychee.json"
    if not report.exists():
        return None
    total = json.loads(report.read_text("utf-8"))["total"]
    return int(total)


def _muffet(corpus: Served, _folder: Path) -> Sequence[str]:
    include = f"^{re.escape(corpus.origin)}/"
    return [
        "--include",
        include,
        "--max-connections-per-host",
        "64",
        "--timeout",
        "60",
        corpus.root,
    ]


def _linkinator(corpus: Served, _folder: Path) -> Sequence[str]:
    elsewhere = f"^(?!{re.escape(corpus.origin)})"
    return [corpus.root, "--recurse", "--check-fragments", "--skip", elsewhere]


def _scrapy(corpus: Served, folder: Path) -> Sequence[str]:
    spider = folder / "spider.py"
    spider.write_text(_SPIDER, "utf-8")
    return ["runspider", str(spider), "-a", f"root={corpus.root}"]


def _wget2(corpus: Served, _folder: Path) -> Sequence[str]:
    flags = ["--spider", "--recursive", "--level=inf", "--no-robots", "--quiet"]
    return [*flags, "--max-threads=8", corpus.root]


def _said(pattern: str) -> Callable[[Path, str], int | None]:
    def links(_folder: Path, output: str) -> int | None:
        said = re.search(pattern, output)
        return int(said[1].replace(",", "")) if said else None

    return links


RIVALS = {
    "lychee": (_lychee, _lychee_links),
    "muffet": (_muffet, _said(r"(?!)")),  # it does not say
    "linkinator": (_linkinator, _said(r"([\d,]+) links")),
    "scrapy": (_scrapy, _said(r"([\d,]+) links")),
    "wget2": (_wget2, _said(r"(?!)")),
}
