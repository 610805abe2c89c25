"""Texts that nobody wrote, for every parser: `python -m tests.fuzz MINUTES` looks for a bad one.

A bad text raises what it should not, or takes more time than its size makes fair. What was found so
stands in `tests/bombs.py` and in the tests of the parser.
"""

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from crawler.cli.commands import crawl
from crawler.cli.config import OptionsFile, read_options, seeds_in_file
from crawler.cli.options import options_of
from crawler.cli.values import value_of
from crawler.document import Signs
from crawler.engine.seeds import read_seeds
from crawler.errors import UsageError
from crawler.fetch.robots import Robots
from crawler.judge.suspects import suspicion
from crawler.judge.walls import wall_of
from crawler.model import RobotsFile
from crawler.parse.manifest import manifest_references
from crawler.parse.sitemap import lines
from crawler.urls import canonical, resolve
from tests.bombs import KINDS

SIZE = 8 * 1024
# Of the processor's time. What is taken for start and noise comes on top, and a second time, since
# the first may have waited for a garbage collection.
SECONDS_A_KIB = 0.015
AT_LEAST = 0.05


class Target(NamedTuple):
    """A parser, and words of what it reads."""

    parse: Callable[[str], object]
    words: tuple[str, ...]


def _robots(text: str) -> None:
    file = RobotsFile("http://a.test", 0, "parsed", 200, None, text.encode("utf-8", "replace"))
    Robots.from_file(file, "crawler/1").allows("http://a.test/a/aaaaaaaaaaaaaaaaaaaa?a=a")


def _seeds(text: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "seeds.txt"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            read_seeds(path)
        except UsageError:
            return


def _toml(text: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "crawler.toml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            seeds_in_file(OptionsFile(path))
            known = {option.field: option for option in options_of(crawl)}
            written = read_options(OptionsFile(path), [*known.values()], strict=False)
            for field, each in written.items():
                value_of(each, known[field])
        except UsageError:
            return


def _walls(text: str) -> None:
    body = text.encode("utf-8", "replace")
    wall_of(403, {"cf-mitigated": text, "x-amzn-waf-action": text}, body, [text])
    suspicion("http://a.test/b", Signs(title=text[:200], heading=text[:200]))


def _urls(text: str) -> None:
    canonical(text)
    resolve("http://a.test/b/c?d", text)


_TAGS = ("<a href=", "<p>", "</p>", "<div ", "<!--", "-->", "<table>", "<svg>", "</a>", "<style>")
_WORDS: dict[str, tuple[str, ...]] = {
    "html": (
        *_TAGS,
        "<template>",
        "<script>",
        "<base href=",
        "<form>",
        "srcset=",
        "id=x ",
        "&amp;",
    ),
    "css": ("url(", "{", "}", "/*", "*/", "@import ", "src(", "image-set(", "1e9", "<!--", "-->"),
    "xml": (
        "<urlset>",
        "<loc>",
        "</loc>",
        "<!DOCTYPE x [",
        "<!ENTITY a '",
        "&a;",
        "<rss>",
        "<link>",
    ),
    "link": ("<a>", ";rel=", ",", ";", "rel=preconnect", "=", " "),
    "refresh": ("0", ";", "url=", ".", ",", " "),
    "srcset": ("a", " 1x", ",", "(", ")", " "),
    "import-map": ('{"imports":', '{"scopes":', "{", "}", '"/a"', ",", ":", "1e99"),
    "json-ld": ('{"url":', "[", "]", "}", '"http://a/"', ",", ":", "1e99"),
    "xhtml": ("<a", "/>", "<![CDATA[", "]]>", "<?", "?>", "<!--", "-->", " b=", "<br/>"),
    "charset": (
        "<meta ",
        "charset",
        "=",
        "utf-8",
        "utf-16",
        ">",
        "http-equiv=content-type",
        "content=",
    ),
    "retry-after": ("1", "Mon, ", "21 Oct 2015 ", "07:28:00 ", "GMT", "-", "("),
    "evidence": ("<script", "<div id=", "root", "<h1>", "</h1>", "<title>", " id"),
}
TARGETS: dict[str, Target] = {
    **{name: Target(kind.parse, _WORDS[name]) for name, kind in KINDS.items()},
    "robots": Target(
        _robots,
        ("User-agent: *\n", "Disallow: /", "*", "$", "Allow: ", "Crawl-delay: 1", "Sitemap: ", "a"),
    ),
    "seeds": Target(_seeds, ("http://a/", "https://", " = ", "#", "\n", "../", "~", "[::1]")),
    "toml": Target(
        _toml, ("[[rules]]\n", "url = ", '"*"', "status = [", "]", "\n", "depth = ", "'")
    ),
    "manifest": Target(manifest_references, ('{"icons":', "[", '{"src":', '"x"', "}", "]", ",")),
    "text sitemap": Target(lines, ("http://a/", "\n", "HTTPS://", " ")),
    "walls": Target(
        _walls, ("reference", "&#35;", "<title>access denied</title>", "404", "px-captcha")
    ),
    "urls": Target(_urls, ("http:", "//", "/", "?", "#", "..", "%2e", "@", "[", ":", "\\", "xn--")),
}
_ODD = (
    "\0",
    "\n",
    "\t",
    " ",
    '"',
    "'",
    "<",
    ">",
    "&",
    "\\",
    "\ud800",
    "\u202e",
    "é",
    "😀",
    "=",
    "/",
    "-",
)


def text_of(chance: random.Random, words: tuple[str, ...]) -> str:
    """Return a text of words; one in two is a few of them, over and over."""
    known = (*words, *_ODD)
    unit = "".join(chance.choice(known) for _ in range(chance.randrange(1, 9)))
    if chance.random() < 0.5:
        before, after = chance.choice(known), chance.choice(known)
        return before + unit * (SIZE // len(unit)) + after
    return "".join(chance.choice(known) for _ in range(chance.randrange(400)))


def fault_of(target: Target, text: str) -> str | None:
    """Return what is bad about how a text was read; None where nothing is."""
    fair = AT_LEAST + SECONDS_A_KIB * len(text) / 1024
    try:
        took = _seconds(target, text)
        if took > fair:
            took = _seconds(target, text)
    except Exception as error:  # noqa: BLE001 - whatever it is
        return repr(error)
    if took < fair:
        return None
    return f"{took:.2f} s for {len(text)} characters"


def _seconds(target: Target, text: str) -> float:
    started = time.process_time()
    target.parse(text)
    return time.process_time() - started


def main(minutes: float) -> int:
    """Look for bad texts; print each, and return how many there were."""
    seed = int(time.time())
    chance, ends = random.Random(seed), time.monotonic() + 60 * minutes  # noqa: S311
    tried, bad = 0, 0
    while time.monotonic() < ends:
        name = chance.choice(list(TARGETS))
        text = text_of(chance, TARGETS[name].words)
        fault = fault_of(TARGETS[name], _encodable(text) if name not in ("seeds", "toml") else text)
        tried += 1
        if fault is not None:
            bad += 1
            print(f"{name}: {fault}: {text[:60]!r}", flush=True)  # noqa: T201 - it is a command
    print(f"{tried:,} texts in {minutes:g} minutes (seed {seed}): {bad} bad")  # noqa: T201
    return bad


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])) > 0)
