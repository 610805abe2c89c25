"""Everything that servers do at once, with the limits and at the size that a user has."""

import tempfile
from pathlib import Path

from tests.hostile import SETTINGS, world
from tests.hostile_answers import CUTS
from tests.night import Night
from tests.test_hostile import outcomes, watch


async def hostile() -> str:
    """Crawl it with bodies up to 8 MiB, and whole answers cut off after each of their bytes."""
    with tempfile.TemporaryDirectory() as folder:
        night = Night(Path(folder) / "crawl.db")
        async with world(range(CUTS)) as served:
            settings = {**SETTINGS, "db": str(night.db), "deadline": 120}
            said, tree = await watch(served.seeds, settings)
        found = outcomes(night)
        wrong = {url: found.get(url) for url, it in served.outcomes.items() if found.get(url) != it}
        assert not wrong, wrong
        assert said["state"] == "finished", said
        assert said["mib"] < 200, said
        assert said["held_ms"] < 50, said
    number = len(served.outcomes)
    return (
        f"{number} of {number} verdicts right in {said['seconds']:.1f} s of a budget of 120 s;"
        f" {said['mib']:.0f} MiB, with its parsers {tree:.0f} MiB; the loop held for"
        f" {said['held_ms']:.0f} ms by one callback, for {said['turn_ms']:.0f} ms in one turn"
    )
