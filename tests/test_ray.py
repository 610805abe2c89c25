"""Promises about a Ray cluster that is not there; `make torture` places workers on a real one."""

import asyncio
import sys
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from crawler.engine.run import crawl
from crawler.errors import UsageError
from crawler.location import Server
from tests import command
from tests.night import SETTINGS
from tests.server import query

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed"),
]


async def started(where: Server, cwd: Path, *arguments: str) -> asyncio.subprocess.Process:
    # A token of our own: without one, Ray would leave its own in the home of whoever runs this.
    environment = {"CRAWLER_DB": where.dsn, "RAY_AUTH_TOKEN": "t" * 32}
    return await asyncio.create_subprocess_exec(
        *command._command(arguments),
        cwd=cwd,
        env=command._environment(environment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("auto", "--ray auto: Could not find any running Ray instance."),
        ("ray://127.0.0.1:1", "--ray ray://127.0.0.1:1: [Errno 111] Connect call failed"),
    ],
)
async def test_a_cluster_that_is_not_there_is_a_matter_of_one_line(
    where: Server, tmp_path: Path, address: str, complaint: str
) -> None:
    crawling = await started(where, tmp_path, "http://127.0.0.1:9/", "--ray", address)
    said, _ = await crawling.communicate()

    assert crawling.returncode == 2
    assert said.decode().startswith(f"crawler: {complaint}")
    assert len(said.splitlines()) == 1
    assert query(where, "SELECT to_regclass('run')") == [(None,)]


async def test_a_worker_that_dies_without_a_word_is_named_by_its_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Silent:
        def remote(self) -> None:
            raise TimeoutError

    cluster = import_module("crawler.engine.cluster")
    monkeypatch.setattr(cluster, "_HANDS", Silent())

    status = await cluster.worked(Server("postgresql://nobody.invalid/"), 1, 1)

    assert (status, caplog.messages) == (1, ["a worker on the cluster: TimeoutError"])


async def test_where_ray_is_not_installed_the_line_says_what_to_install(
    where: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "crawler.engine.cluster", None)

    with pytest.raises(UsageError, match=r"--ray needs .+: pip install '\.\[ray\]'"):
        await crawl(["http://127.0.0.1:9/"], replace(SETTINGS, db=where.dsn, ray="auto"))


def test_a_cluster_is_for_runs_that_a_server_has() -> None:
    with pytest.raises(UsageError, match="to share a run takes a server"):
        replace(SETTINGS, ray="auto")
