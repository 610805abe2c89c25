"""The world of the tests that crawl: a site, and a database for the night."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.night import Night
from tests.site import Site


@pytest.fixture
async def site() -> AsyncGenerator[Site]:
    async with Site.serve() as served:
        yield served


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path / "crawl.db")
