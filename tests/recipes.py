"""The recipes of the README and the action, as they are written."""

import re
from typing import Any

from ruamel.yaml import YAML

from tests.command import ROOT
from tests.readme import README

TEXT = README.read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


def parsed(text: str) -> Any:  # noqa: ANN401 - YAML is anything
    return YAML(typ="safe").load(text)


def recipe(key: str) -> Any:  # noqa: ANN401 - YAML is anything
    """Return the YAML of the README that has `key` at its top."""
    return next(found for found in map(parsed, blocks("yaml")) if key in found)


ACTION = parsed((ROOT / "action.yml").read_text("utf-8"))
