"""Crawls that are killed, again and again, and go on each time."""

import asyncio
import os
import random
import signal
from contextlib import suppress

from tests import command
from tests.generated import generate
from tests.night import Night
from tests.site import Site

ARGUMENTS = (
    *("--depth", "6", "--retries", "1", "--backoff", "0", "--delay", "0", "--concurrency", "4"),
    *("--second-look", "0", "--progress", "none", "--fail-on", "never", "--resume"),
)
# A page of more than this is parsed in a process of its own.
LARGE = "<p>much to read</p>\n" * 1500


def declare(site: Site, seed: int, number: int) -> None:
    """Declare a random site, with some large pages and sitemaps in it."""
    generate(site, seed, number, site.external("/elsewhere/"))
    for n in range(0, number, 10):
        links = "".join(f'<p id="l{i}"><a href="/{n + i}#p{i}">x</a>' for i in range(9))
        site.page(f"/{n}", f'<a href="/{n + 1}">next</a>{links}{LARGE}')


async def crawl(site: Site, night: Night, chance: random.Random | None, requests: int) -> bool:
    """Crawl, or go on, in a process of its own; return whether it came to its end.

    Where there is a `chance` it is killed at a moment within so many requests, or after them.
    """
    process = await asyncio.create_subprocess_exec(
        *command._command((site.url(), "--db", str(night.db), *ARGUMENTS)),
        cwd=night.db.parent,
        env=command.untraced(),
        stdout=asyncio.subprocess.DEVNULL,
        process_group=0,
    )
    if chance is not None:
        await _moment(site, process, chance, requests)
    with suppress(ProcessLookupError):
        if chance is not None:
            os.kill(process.pid, signal.SIGKILL)
    status = await process.wait()
    assert status in (0, -signal.SIGKILL), status
    return status == 0


async def _moment(
    site: Site, process: asyncio.subprocess.Process, chance: random.Random, requests: int
) -> None:
    """Wait for a moment: so many more requests, and a little while after that."""
    wanted = len(site.hits) + chance.randrange(requests)
    ended = asyncio.ensure_future(process.wait())
    arrived = asyncio.ensure_future(site.asked_in_all(wanted))
    # Where the run is past its requests, a moment within two seconds.
    await asyncio.wait({ended, arrived}, return_when=asyncio.FIRST_COMPLETED, timeout=2)
    arrived.cancel()
    await asyncio.wait({ended}, timeout=chance.random() * chance.choice((0.001, 0.01, 0.1)))


def what_was_found(night: Night) -> dict[str, list[tuple[object, ...]]]:
    """Return all of the one run that must not depend on how often it was killed."""
    return {
        "pages": night.rows(
            "SELECT url, depth, scope, state, verdict, reason, final_url, content_type, title"
            " FROM pages ORDER BY url"
        ),
        "links": night.rows("SELECT * FROM links ORDER BY source, target, fragment, kind, line"),
        "anchors": night.rows(
            "SELECT url, name FROM anchor JOIN document ON document.id = document_id"
            " JOIN url ON url.id = url_id ORDER BY 1, 2"
        ),
        "runs": night.rows("SELECT id, state, reason FROM run"),
        "integrity": night.rows("PRAGMA integrity_check"),
    }


def lost(night: Night, site: Site) -> int:
    """Return how many attempts the server has seen that left no row."""
    if not night.db.exists() or not night.rows("PRAGMA user_version")[0][0]:
        return len(site.hits)
    return len(site.hits) - int(night.rows("SELECT count(*) FROM fetch")[0][0])
