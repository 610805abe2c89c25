"""A crawl that is killed at any moment goes on as if nothing had been."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from tests import kills
from tests.night import SETTINGS, Night
from tests.site import Site

pytestmark = pytest.mark.slow

KILLS = 5


async def test_a_crawl_that_is_killed_again_and_again_finds_the_same(
    site: Site, night: Night, tmp_path: Path
) -> None:
    kills.declare(site, 1, 100)
    chance = random.Random(6)  # noqa: S311 - the same moments each time
    undisturbed = Night(tmp_path / "undisturbed.db")
    await undisturbed.crawl(site.url(), replace(SETTINGS, depth=6, concurrency=4))
    asked = len(site.hits)

    for _ in range(KILLS):
        await kills.crawl(site, night, chance, asked // KILLS)
    assert await kills.crawl(site, night, None, 0)

    assert kills.what_was_found(night) == kills.what_was_found(undisturbed)
    assert kills.lost(night, site) - asked <= 256
