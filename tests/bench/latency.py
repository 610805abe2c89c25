"""Servers that let one wait: each answer after 100 ms; one slow host beside forty fast ones."""

import sys

from tests.bench.server import Answer, serve

ROOT_ADDRESS = "127.0.0.1"
SLOW_ADDRESS = "127.0.2.1"
FAST = 40
DELAY = 0.1
_VERY_SLOW = 1.0


def fast_addresses() -> list[str]:
    """Return the addresses of the fast hosts."""
    return [f"127.0.1.{each + 1}" for each in range(FAST)]


def waiting(pages: int, path: str) -> Answer:
    """Answer as a site whose root links to `pages` pages, which count; all takes 100 ms."""
    if path == "/":
        return Answer(_list([f"/page/{each}" for each in range(pages)]), delay=DELAY)
    if path.startswith("/page/"):
        return Answer(b"<!doctype html><title>A page</title>", delay=DELAY, counts=True)
    return Answer(b"", 404, delay=DELAY)


def mixed(port: int, slow: int, address: str, path: str) -> Answer:
    """Answer as a page with links to forty hosts and `slow` to one that takes a second for each."""
    if address == ROOT_ADDRESS and path == "/":
        to_slow = [f"http://{SLOW_ADDRESS}:{port}/page/{each}" for each in range(slow)]
        to_fast = [f"http://{each}:{port}/page/" for each in fast_addresses()]
        return Answer(_list(to_slow + to_fast), counts=True)
    is_page = path.startswith("/page/")
    if address == SLOW_ADDRESS:
        return Answer(b"", 200 if is_page else 404, delay=_VERY_SLOW)
    return Answer(b"", 200 if is_page else 404, counts=is_page)


def _list(urls: list[str]) -> bytes:
    links = "\n".join(f"<li><a href='{url}'>a page</a></li>" for url in urls)
    return f"<!doctype html><title>Links</title><ul>{links}</ul>".encode()


def _main(kind: str, port: int, number: int) -> None:
    if kind == "waiting":
        serve(lambda _, path: waiting(number, path), [ROOT_ADDRESS], port, number)
        return
    addresses = [ROOT_ADDRESS, SLOW_ADDRESS, *fast_addresses()]
    serve(lambda address, path: mixed(port, number, address, path), addresses, port, FAST + 1)


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
