"""Processes of our own: of the same Python, importing what this one does and nothing else."""

import os
import sys
from pathlib import Path


def command_of(module: str, *arguments: str) -> tuple[str, ...]:
    """Return the command that runs a module; the folder that one happens to be in has no say.

    OSError where this is a program that brings its Python along: it would be run once more instead.
    """
    if getattr(sys, "frozen", False):
        raise OSError(f"{sys.executable} is a frozen program, and no Python that runs a module")
    return (sys.executable, "-P", "-m", module, *arguments)


def environment() -> dict[str, str]:
    """Return the environment, with the places that this process imports from as its path."""
    package = str(Path(__file__).resolve().parents[2])
    return {**os.environ, "PYTHONPATH": os.pathsep.join([*filter(None, sys.path), package])}
