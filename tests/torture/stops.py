"""Runs that are stopped under load: soon, in order, with a row for every request."""

import asyncio
import random
import signal
import tempfile
import time
from pathlib import Path

from aiohttp import web

from tests import command
from tests.night import Night
from tests.site import HTML, Site

STOPS = 30
GRACE = 1.0
_LARGE = "<p>much to read</p>" * 4000


async def stops() -> str:
    """Stop runs by SIGINT, SIGTERM and the deadline, at random moments."""
    chance = random.Random(30)  # noqa: S311 - the same moments each time, as far as clocks allow
    took = []
    async with Site.serve() as site:
        site.otherwise = _endless
        for _ in range(STOPS):
            with tempfile.TemporaryDirectory() as folder:
                took.append(await _stopped(site, Night(Path(folder) / "crawl.db"), chance))
    late = [seconds for seconds in took if seconds > GRACE + 1]
    assert not late, late
    return (
        f"{STOPS} of {STOPS} runs stopped in order, with a row for every request, {max(took):.2f} s"
        f" at most after being asked (grace {GRACE:g} s)"
    )


async def _endless(request: web.Request) -> web.Response:
    """Answer with links to ten pages more; one page in seven is slow, one in five large."""
    number = sum(map(ord, request.path))
    if number % 7 == 3:
        await asyncio.sleep(4)
    name = request.path.rstrip("/")
    links = "".join(f'<a href="{name}{letter}">x</a>' for letter in "abcdefghij")
    body = f"{links}{_LARGE if number % 5 == 0 else ''}"
    return web.Response(body=body.encode(), headers={"Content-Type": HTML})


async def _stopped(site: Site, night: Night, chance: random.Random) -> float:
    """Return the seconds from a signal to the end of the process."""
    arguments = ["--depth", "all", "--grace", str(GRACE), "--concurrency", "16", "--per-host", "16"]
    process = await asyncio.create_subprocess_exec(
        *command._command(
            (f"{site.url()}p", "--db", str(night.db), "--progress", "none", *arguments)
        ),
        env=command._environment(None),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    site.hits.clear()
    await asyncio.wait_for(site.asked_in_all(chance.randrange(3, 150)), 30)
    number = chance.choice((signal.SIGINT, signal.SIGTERM))
    asked = time.monotonic()
    process.send_signal(number)
    _, said = await process.communicate()
    seconds = time.monotonic() - asked
    assert process.returncode == 128 + number
    assert len(said.splitlines()) == 1, said
    assert night.rows("SELECT count(*) FROM fetch") == [(len(site.hits),)]
    assert night.rows("SELECT state, reason FROM run") == [("interrupted", number.name)]
    return seconds
