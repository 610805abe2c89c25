"""A generated web on many hosts, the same on every machine, with a known number of dead links."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.server import Answer, serve

_CHILDREN = 4
_OTHERS = (7919, 104_729, 1_299_709)  # primes: whom a page links to besides its children
_SECTIONS = 5
_DEAD_EVERY, _NOWHERE_EVERY = 50, 100

_SECTION = "<h2 id=s{}>Section</h2><p>" + "Words that a page of documents has. " * 8 + "</p>"
_BODY = "".join(_SECTION.format(number) for number in range(_SECTIONS))
_LETTERS = str.maketrans("0123456789", "abcdefghij")


@dataclass(frozen=True, slots=True)
class Web:
    """`size` pages on `hosts` hosts, which are addresses in 127.0.0.0/8, all with one port.

    Each page but the first of each host is linked from one before it, so all are found. One in 50
    links to a page that is not there, one in 100 to an anchor that is not. Answers take `delay`
    seconds.
    """

    size: int
    hosts: int
    port: int
    delay: float = 0

    @property
    def addresses(self) -> Sequence[str]:
        return [f"127.0.{1 + each // 250}.{1 + each % 250}" for each in range(self.hosts)]

    @property
    def seeds(self) -> Sequence[str]:
        return [self.url(each) for each in range(min(self.hosts, self.size))]

    @property
    def planted(self) -> dict[str, int]:
        """Return how many links are broken for which reason."""
        return {
            "404": -(-self.size // _DEAD_EVERY),
            "fragment": -(-self.size // _NOWHERE_EVERY),
        }

    def url(self, page: int) -> str:
        host = page % self.hosts
        return f"http://127.0.{1 + host // 250}.{1 + host % 250}:{self.port}/page/{_name(page)}"

    def links(self, page: int) -> Sequence[str]:
        """Return where `page` links to."""
        first = self.hosts + page * _CHILDREN
        children = range(min(first, self.size), min(first + _CHILDREN, self.size))
        others = [(page * 31 + prime) % self.size for prime in _OTHERS]
        found = [self.url(each) for each in children]
        found += [f"{self.url(each)}#s{each % _SECTIONS}" for each in others]
        if page % _DEAD_EVERY == 0:
            found.append(self.url(page).replace("/page/", "/gone/"))
        if page % _NOWHERE_EVERY == 0:
            found.append(f"{self.url(others[0])}#nowhere")
        return found

    def respond(self, _address: str, path: str) -> Answer:
        if not path.startswith("/page/"):
            return Answer(b"not found", 404, delay=self.delay)
        return Answer(self.page(_number(path.removeprefix("/page/"))).encode(), delay=self.delay)

    def page(self, number: int) -> str:
        links = "\n".join(f"<li><a href='{url}'>a page</a></li>" for url in self.links(number))
        head = f"<!doctype html><title>{_name(number)}</title><h1>{_name(number)}</h1>"
        return f"{head}\n<ul>{links}</ul>\n{_BODY}"


def _name(page: int) -> str:
    """Return `page` in letters: URLs that differ in numbers only look like a calendar's."""
    return str(page).translate(_LETTERS)


def _number(name: str) -> int:
    return int("".join(str(ord(letter) - ord("a")) for letter in name))


if __name__ == "__main__":
    web = Web(*map(int, sys.argv[1:4]), *map(float, sys.argv[4:]))
    serve(web.respond, web.addresses, web.port)
