"""Promises about pages that are not what they were."""

import pytest

from crawler.judge.drift import drift, fingerprint

TEXT = " ".join(f"word{number % 97} of a text about things" for number in range(200))
EDITED = TEXT.replace("word7 ", "another ") + " and a new end"
OTHER = " ".join(f"cheap{number % 89} pills and casino bonus" for number in range(200))


@pytest.mark.parametrize("text", ["", "few words", "x " * 19])
def test_a_short_text_has_no_fingerprint(text: str) -> None:
    assert fingerprint(text) is None


def test_a_text_of_twenty_words_has_one() -> None:
    assert fingerprint("x " * 20) is not None


@pytest.mark.parametrize(
    ("text", "stored"), [(TEXT, 5449458328965252049), (OTHER, -7639218029329088131)]
)
def test_a_fingerprint_is_the_one_that_earlier_versions_stored(text: str, stored: int) -> None:
    assert fingerprint(text) == stored


def test_a_fingerprint_knows_no_case() -> None:
    assert fingerprint(TEXT.upper()) == fingerprint(TEXT)


def test_what_comes_behind_five_thousand_words_says_no_more() -> None:
    words = " ".join(f"word{number}" for number in range(5000))

    assert fingerprint(f"{words} {OTHER}") == fingerprint(words)


@pytest.mark.parametrize(
    ("before", "now", "is_another"),
    [(0, 2**19 - 1, False), (0, 2**20 - 1, True), (-1, 2**63 - 1, False), (-1, 0, True)],
)
def test_a_text_is_another_one_where_twenty_bits_differ(
    before: int, now: int, *, is_another: bool
) -> None:
    assert (drift(("A", before), ("B", now)) is not None) == is_another


def test_a_page_may_have_had_no_title_or_lose_its_own() -> None:
    words = fingerprint(TEXT), fingerprint(OTHER)

    assert drift((None, words[0]), ("B", words[1])) == 'the title was "" and is "B"'
    assert drift(("A", words[0]), (None, words[1])) == 'the title was "A" and is ""'


def test_an_edited_page_is_still_the_same() -> None:
    assert drift(("A", fingerprint(TEXT)), ("A, revised", fingerprint(EDITED))) is None


@pytest.mark.parametrize("words", [(TEXT, OTHER), ("", "parked"), (TEXT, "parked"), ("", OTHER)])
def test_another_title_and_another_text_are_another_page(words: tuple[str, str]) -> None:
    before, now = map(fingerprint, words)

    assert drift(("Docs", before), ("For sale", now)) == 'the title was "Docs" and is "For sale"'


def test_a_page_that_keeps_its_title_may_change_its_text() -> None:
    assert drift(("News", fingerprint(TEXT)), ("News", fingerprint(OTHER))) is None
