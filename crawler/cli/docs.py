"""What the code says of options: in the docstrings of a command, and below fields of a class."""

import ast
import inspect
import sys
from collections.abc import Iterator
from dataclasses import is_dataclass
from itertools import pairwise

from crawler.cli.options import Command

_SECTION = "Parameters\n----------\n"


def summary_of(command: Command) -> str:
    """Return what the docstring of `command` says before its parameters."""
    return (inspect.getdoc(command) or "").partition(_SECTION)[0].strip()


def told_of(command: Command) -> dict[str, str]:
    """Return what the code says of every option of `command`, by its field."""
    told = _parameters_of(command)
    for parameter in inspect.signature(command).parameters.values():
        kind = parameter.annotation
        if isinstance(kind, type) and is_dataclass(kind):
            for each in reversed(kind.__mro__[:-1]):
                told.update(_below_fields(each))
    return told


def _parameters_of(command: Command) -> dict[str, str]:
    """Return what the docstring of `command` says of each parameter (numpydoc)."""
    told: dict[str, str] = {}
    name = ""
    for line in (inspect.getdoc(command) or "").partition(_SECTION)[2].splitlines():
        if line.startswith(" "):
            told[name] = f"{told[name]} {line.strip()}".strip()
        elif line:
            name = line
            told[name] = ""
    return told


def _below_fields(kind: type) -> Iterator[tuple[str, str]]:
    tree = ast.parse(inspect.getsource(sys.modules[kind.__module__]))
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == kind.__name__:
            for field, below in pairwise(node.body):
                name, text = getattr(field, "target", None), getattr(below, "value", None)
                if isinstance(name, ast.Name) and isinstance(text, ast.Constant):
                    yield name.id, str(text.value)
