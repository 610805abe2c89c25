"""The world of the tests that crawl: a site, and a database for the night."""

import os
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.night import Night
from tests.site import Site


def pytest_xdist_auto_num_workers() -> int:
    """Return how many share the work: more than there are processors, as many tests wait."""
    return min((os.cpu_count() or 1) + 2, 8)


@pytest.fixture
async def site() -> AsyncGenerator[Site]:
    async with Site.serve() as served:
        yield served


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path / "crawl.db")
