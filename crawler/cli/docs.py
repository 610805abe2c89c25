"""What the code says of options: the docstrings of a command's parameters and of a class's fields.

cyclopts reads them too, but parses every module's source anew for each class in it.
"""

import ast
import inspect
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise

_SECTION = "Parameters\n----------\n"


def summary_of(docstring: str) -> str:
    """Return what `docstring` says before its parameters."""
    return inspect.cleandoc(docstring).partition(_SECTION)[0].strip()


def parameters_of(function: Callable[..., object]) -> dict[str, str]:
    """Return what the docstring of `function` says of each parameter (numpydoc)."""
    told: dict[str, str] = {}
    name = ""
    for line in (inspect.getdoc(function) or "").partition(_SECTION)[2].splitlines():
        if line.startswith(" "):
            told[name] = f"{told[name]} {line.strip()}".strip()
        elif line:
            name = line
            told[name] = ""
    return told


def fields_of(kind: type) -> dict[str, str]:
    """Return the docstring that stands below each field of a dataclass, its bases' included."""
    told: dict[str, str] = {}
    for each in reversed(kind.__mro__[:-1]):
        told.update(_below_fields(each))
    return told


def _below_fields(kind: type) -> Iterator[tuple[str, str]]:
    tree = ast.parse(inspect.getsource(sys.modules[kind.__module__]))
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == kind.__name__:
            for field, below in pairwise(node.body):
                name, text = getattr(field, "target", None), getattr(below, "value", None)
                if isinstance(name, ast.Name) and isinstance(text, ast.Constant):
                    yield name.id, str(text.value)
