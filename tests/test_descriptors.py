"""Promises about a process that may not have many files open."""

import logging
import resource
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from crawler.engine.descriptors import affordable
from crawler.settings import Settings
from tests.night import SETTINGS, Night
from tests.site import Site


@contextmanager
def descriptors(number: int) -> Generator[None]:
    """Let this process open no more than so many files meanwhile."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def test_no_more_is_asked_at_once_than_files_may_be_open(
    site: Site, night: Night, caplog: pytest.LogCaptureFixture
) -> None:
    site.links("/", *(f"/{n}" for n in range(60)))
    settings = replace(SETTINGS, concurrency=500, per_host=500, retries=0)

    with descriptors(100), caplog.at_level(logging.WARNING):
        summary = await night.crawl(site.url(), settings)

    assert caplog.messages == [
        "only 100 files may be open at once (ulimit -n): the concurrency is 36 instead of 500"
    ]
    assert summary.state == "finished"
    assert site.most_in_flight <= 36
    assert night.rows("SELECT count(*) FROM fetch WHERE error IS NOT NULL") == [(0,)]


@pytest.mark.parametrize(("limit", "concurrency"), [(1024, 32), (65, 1), (10, 1)])
def test_the_concurrency_is_what_is_left_beside_all_else(limit: int, concurrency: int) -> None:
    with descriptors(limit):
        assert affordable(Settings()).concurrency == concurrency
