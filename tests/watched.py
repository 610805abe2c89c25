"""A crawl in a process of its own that watches itself, and says how it was in one line of JSON.

`python -m tests.watched SETTINGS SEED...`, the settings as JSON: how long the event loop was
held by one callback and in one turn (of the processor's time: a busy machine is no fault of it),
how much memory the process ever had, how many tasks it left.
"""

import asyncio
import json
import socket
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.abc import ResolveResult

from crawler.cli.heap import settled
from crawler.engine.run import crawl
from crawler.fetch import names, retry, robots
from crawler.settings import Settings


class Names(aiohttp.ThreadedResolver):
    """Knows one name more, whose address changes to that of a neighbour before it is used."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        address = "169.254.169.254" if host == "changing.test" else host
        return await super().resolve(address, port, family)


class Loop(asyncio.SelectorEventLoop):
    """An event loop that knows how long its longest turn was."""

    turn = 0.0

    def _run_once(self) -> None:
        before = time.thread_time()
        super()._run_once()  # type: ignore[misc]
        self.turn = max(self.turn, time.thread_time() - before)


async def run(settings: Settings, seeds: Sequence[str]) -> dict[str, object]:
    summary = await crawl(seeds, settings)
    tasks = len(asyncio.all_tasks()) - 1
    return {
        "state": summary.state,
        "seconds": summary.seconds,
        "tasks": tasks,
        "sockets": sockets(),
    }


def main(chosen: str, *seeds: str) -> None:
    # What a server may ask us to wait are minutes: here they are moments.
    vars(retry)["MAX_WAIT"] = 0.2
    vars(robots)["MAX_DELAY"] = 0.2
    vars(names)["ThreadedResolver"] = Names
    held, run_handle = [0.0], asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        before = time.thread_time()
        run_handle(handle)
        held[0] = max(held[0], time.thread_time() - before)

    asyncio.Handle._run = timed  # type: ignore[assignment, method-assign]
    loop = Loop()
    with settled():  # as the command does
        said = loop.run_until_complete(run(settings_of(json.loads(chosen)), seeds))
    said |= {"held_ms": held[0] * 1000, "turn_ms": loop.turn * 1000, "mib": peak() / 1024}
    print(json.dumps(said))  # noqa: T201 - it is a command


def settings_of(chosen: dict[str, Any]) -> Settings:
    if "deadline" in chosen:
        chosen["deadline"] = timedelta(seconds=chosen["deadline"])
    return Settings(**{**chosen, "exclude": ("^http://flood",)})


def sockets() -> int:
    """Return how many sockets are open, besides the two by which the loop wakes itself."""
    files = [Path(f"/proc/self/fd/{number}") for number in range(1024)]
    return (
        sum(str(file.readlink()).startswith("socket:") for file in files if file.is_symlink()) - 2
    )


def peak() -> int:
    """Return the most KiB of memory that this process had, not counting what it was forked from."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


if __name__ == "__main__":
    main(*sys.argv[1:])
