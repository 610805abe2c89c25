"""Promises about the workers that a run has beside the one that began it."""

import asyncio
import sys
import time
from pathlib import Path

import pytest

from crawler.engine import fleet as engine
from crawler.engine.fleet import fleet, worked_here
from crawler.engine.membership import own_name
from crawler.location import Server
from crawler.store.leases import Leases
from tests.server import query
from tests.team import Team


async def test_a_worker_that_cannot_be_started_is_started_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    python, statuses = tmp_path / "python", list[int]()
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setattr(engine, "_SOON", 0.01)

    async def worked(server: Server, run_id: int, grace: float) -> int:
        statuses.append(await worked_here(server, run_id, grace))
        python.write_text("#!/bin/sh\n")
        python.chmod(0o755)
        return statuses[-1]

    async with fleet(Server("postgresql://nobody.invalid/"), 1, 1, 0.1, worked) as tasks:
        await asyncio.wait(tasks)

    assert statuses == [127, 0]
    assert "a worker cannot be started: [Errno 2]" in caplog.text


@pytest.mark.parametrize(("level", "quiet"), [("WARNING", "true"), ("INFO", "")])
async def test_a_worker_says_no_more_than_the_program_that_began_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    level: str,
    quiet: str,
) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\nprintf %s "$CRAWLER_QUIET" > $0.quiet\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.delenv("CRAWLER_QUIET", raising=False)
    caplog.set_level(level, "crawler")

    await worked_here(Server("postgresql://nobody.invalid/"), 1, 0.1)

    assert (tmp_path / "python.quiet").read_text() == quiet


def awaited(file: Path) -> None:
    while not (file.exists() and file.read_text()):
        time.sleep(0.01)


async def test_who_ends_a_worker_ends_its_lease(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho $$ > $0.pid\nexec sleep 60\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    pid = tmp_path / "python.pid"

    async with fleet(team.server, team.run.id, 1, 5, worked_here):
        await asyncio.to_thread(awaited, pid)
        database, _ = await team.database()
        name = own_name(int(pid.read_text()))
        await Leases.begin(database, team.run.id, name, 60)
        await Leases.begin(database, team.run.id, "here:1", 60)

    names = [name for (name,) in query(team.server, "SELECT name FROM member")]
    assert names.count(name) == 0
    assert "here:1" in names
