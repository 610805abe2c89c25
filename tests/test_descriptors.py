"""Promises about a process that may not have many files open."""

import logging
import os
import resource
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.engine.descriptors import affordable
from crawler.settings import Settings
from tests.bench.corpora import free_port
from tests.bench.server import started
from tests.bench.web import Web
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

    with descriptors(182), caplog.at_level(logging.WARNING):
        summary = await night.crawl(site.url(), settings)

    assert caplog.messages == [
        "the limit of open files (ulimit -n) allows 18 requests at once, not 500"
    ]
    assert summary.state == "finished"
    assert site.most_in_flight <= 18
    assert night.rows("SELECT count(*) FROM fetch WHERE error IS NOT NULL") == [(0,)]


@pytest.mark.slow
async def test_connections_that_are_kept_leave_room_for_those_to_other_hosts(night: Night) -> None:
    web = Web(size=400, hosts=200, port=free_port())
    settings = replace(SETTINGS, depth="all", concurrency=16, retries=0)

    with started("tests.bench.web", web.size, web.hosts, web.port), descriptors(230):
        await night.crawl(web.seeds, settings)

    assert night.rows("SELECT DISTINCT error FROM fetch") == [(None,)]
    assert night.rows("SELECT count(*) FROM page WHERE verdict = 'ok'") == [(web.size,)]


@pytest.mark.parametrize(("limit", "concurrency"), [(1024, 32), (129, 1), (10, 1)])
def test_the_concurrency_is_what_is_left_beside_all_else(limit: int, concurrency: int) -> None:
    with descriptors(limit):
        assert affordable(Settings()).concurrency == concurrency


def test_what_is_open_already_is_left_out() -> None:
    settings = Settings(concurrency=500)
    with descriptors(400), ExitStack() as leaked:
        alone = affordable(settings).concurrency
        for _ in range(160):
            leaked.enter_context(Path(os.devnull).open("rb"))

        assert affordable(settings).concurrency <= alone - (160 - 32) // 3
