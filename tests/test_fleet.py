"""Promises about the workers that a run has beside the one that began it."""

import asyncio
import sys
from pathlib import Path

import pytest

from crawler.engine import fleet as engine
from crawler.engine.fleet import fleet, worked_here
from crawler.location import Server


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
