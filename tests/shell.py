"""The shell of a GitHub job, and the programs that it finds."""

import os
import subprocess
import sys
from pathlib import Path

from tests.command import ROOT


def install(folder: Path) -> Path:
    """Return a folder for the PATH with `crawler`, beside the home of the action's interpreter."""
    (folder / "bin").mkdir()
    (folder / "runner/crawler/bin").mkdir(parents=True)
    script(folder / "bin/crawler", f'PYTHONPATH={ROOT} exec {sys.executable} -m crawler "$@"')
    python = f'PYTHONPATH={ROOT} exec {sys.executable} "$@"'
    script(folder / "runner/crawler/bin/python", python)
    return folder / "bin"


def script(path: Path, command: str) -> None:
    path.write_text(f"#!/bin/sh\n{command}\n")
    path.chmod(0o755)


def shell(command: str, tools: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `command` as a step of a GitHub job is run."""
    path = f"{tools}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command],
        cwd=tools.parent,
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
