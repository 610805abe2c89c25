"""Promises of what is shown to people: it can be seen, and does nothing else."""

import pytest

from crawler.report.printable import printable


@pytest.mark.parametrize("text", ["plain", "größer", "日本語", "a b", "🙂", "«»“”"])
def test_what_can_be_seen_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    "joined", ["👩\u200d💻", "❤\ufe0f\u200d🔥", "می\u200cشود", "क्\u200dष", "ख\u200c ک"]
)
def test_what_joins_letters_and_emoji_stays_as_it_is(joined: str) -> None:
    assert printable(joined) == joined


@pytest.mark.parametrize(
    "harmful",
    [
        *("\0", "\x07", "\b", "\t", "\n", "\r", "\x1b", "\x7f", "\x85", "\x9b"),
        *("\u200b", "\u200c", "\u200d", "\u200e", "\u202a", "\u202e"),
        *("\u2028", "\u2029", "\u2066", "\ufeff"),
        "\ud800",
    ],
    ids=ascii,
)
def test_what_does_more_than_to_be_seen_is_replaced(harmful: str) -> None:
    assert printable(f"a{harmful}ü") == "a\ufffdü"
    assert printable(f"a{harmful}b") == "a\ufffdb"
