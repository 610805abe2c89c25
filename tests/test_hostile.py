"""Everything that servers do at once: the crawl ends, in its memory, with the right verdicts."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests import hostile
from tests.command import ROOT, untraced
from tests.hostile_answers import CUTS
from tests.hostile_bodies import MIB
from tests.night import Night, Outcome

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc"),
]


class Watched(NamedTuple):
    """What a crawl in a process of its own said of itself; `tree_mib` with its parsers."""

    said: dict[str, Any]
    tree_mib: float


async def watch(seeds: list[str], settings: Mapping[str, object]) -> Watched:
    """Crawl with `settings` in a process that nobody traces."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.watched", json.dumps(settings), *seeds),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={**untraced(), "SSL_CERT_FILE": str(hostile.CERTIFICATES / "ca.pem")},
    )
    most = 0
    reading = asyncio.ensure_future(process.communicate())
    while not reading.done():
        most = max(most, resident(process.pid))
        await asyncio.wait({reading}, timeout=0.05)
    printed, _ = await reading
    return Watched(json.loads(printed), most / 2**20)


def resident(pid: int) -> int:
    """Return the bytes of memory of a process and its children."""
    with suppress(OSError):  # it has ended meanwhile
        own = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return own + sum(map(resident, map(int, children)))
    return 0


def outcomes(night: Night) -> dict[str, Outcome]:
    pages = night.rows("SELECT url, verdict, reason FROM pages")
    return {url: Outcome(verdict, reason) for url, verdict, reason in pages}


@pytest.mark.timeout(90)
async def test_whatever_servers_do_a_crawl_ends_with_the_right_verdicts(night: Night) -> None:
    settings = {**hostile.SETTINGS, "deadline": 60, "timeout": 4, "max_body": MIB}
    async with hostile.world(range(0, CUTS, 9), hostile.HOGS) as world:
        watched = await watch(world.seeds, {"db": str(night.db), **settings})

    said = watched.said
    assert said["state"] == "finished"
    assert said["tasks"] == 0
    assert said["mib"] < 200
    assert said["held_ms"] < 50
    found = outcomes(night)
    assert {url: found.get(url) for url in world.outcomes} == world.outcomes
    assert night.rows("PRAGMA integrity_check") == [("ok",)]
