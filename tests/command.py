"""The command as a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[1]


def run(
    *arguments: str,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
    stdout: IO[str] | int = subprocess.PIPE,
    stderr: IO[str] | int = subprocess.PIPE,
) -> subprocess.CompletedProcess[str]:
    """Run `python -m crawler` with `arguments` in the folder `cwd` to its end."""
    return subprocess.run(
        _command(arguments),
        cwd=cwd,
        env=_environment(environment),
        stdout=stdout,
        stderr=stderr,
        text=True,
        check=False,
    )


@contextmanager
def started(*arguments: str, cwd: Path) -> Generator[subprocess.Popen[str]]:
    """Run `python -m crawler` while the block lasts, in a process group of its own."""
    with subprocess.Popen(
        _command(arguments),
        cwd=cwd,
        env=_environment(None),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def untraced() -> dict[str, str]:
    """Return the environment for a process whose coverage nobody measures, as it is measured."""
    return {name: value for name, value in _environment(None).items() if "COV" not in name}


def _command(arguments: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "crawler", *arguments]


def _environment(further: Mapping[str, str] | None) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **(further or {})}
