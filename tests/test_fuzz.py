"""A brief form of `make fuzz`: no text breaks a parser, or keeps it busy."""

import random

import pytest

from tests.fuzz import TARGETS, _encodable, fault_of, text_of

TEXTS = 8


@pytest.mark.parametrize("name", TARGETS)
def test_no_text_breaks_a_parser_or_keeps_it_busy(name: str) -> None:
    chance = random.Random(name)  # noqa: S311 - the same texts each time
    for _ in range(TEXTS):
        text = _encodable(text_of(chance, TARGETS[name].words))
        assert fault_of(TARGETS[name], text) is None, text[:200]
