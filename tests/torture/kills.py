"""Two hundred kills at random moments of crawls of generated sites."""

import random
import tempfile
from pathlib import Path

from tests import kills as killing
from tests.night import Night
from tests.site import Site

KILLS = 200
A_RUN = 10
PAGES = 300


async def kills() -> str:
    """Kill runs until that is done; each must find in the end what an undisturbed one finds."""
    chance = random.Random(200)  # noqa: S311 - the same moments each time, as far as clocks allow
    done = runs = most_lost = 0
    while done < KILLS:
        runs += 1
        with tempfile.TemporaryDirectory() as folder:
            killed, lost = await _killed(Path(folder), runs, chance)
            done, most_lost = done + killed, max(most_lost, lost)
    return (
        f"{done} kills in {runs} runs of {PAGES} pages: in {runs} of {runs} the same pages, links,"
        " anchors and verdicts as undisturbed, integrity_check ok; a kill lost at most"
        f" {most_lost} requests"
    )


async def _killed(folder: Path, seed: int, chance: random.Random) -> tuple[int, int]:
    """Kill one run some times; return how often, and the most requests that one cost."""
    undisturbed, night = Night(folder / "undisturbed.db"), Night(folder / "crawl.db")
    async with Site.serve() as site:
        killing.declare(site, seed, PAGES)
        assert await killing.crawl(site, undisturbed, None, 0)
        asked = len(site.hits)
        killed = most_lost = before = 0
        site.hits.clear()
        for _ in range(A_RUN):
            killed += not await killing.crawl(site, night, chance, 2 * asked // A_RUN)
            lost = killing.lost(night, site)
            before, most_lost = lost, max(most_lost, lost - before)
        assert await killing.crawl(site, night, None, 0)
    found, wanted = killing.what_was_found(night), killing.what_was_found(undisturbed)
    if found["runs"] != wanted["runs"]:  # a run that came to its end between two kills: look at it
        return 0, 0
    assert found == wanted, f"seed {seed}"
    assert found["integrity"] == [("ok",)]
    return killed, most_lost
