"""Promises about pages that are not what they were."""

import pytest

from crawler.judge.drift import drift, fingerprint

TEXT = " ".join(f"word{number % 97} of a text about things" for number in range(200))
EDITED = TEXT.replace("word7 ", "another ") + " and a new end"
OTHER = " ".join(f"cheap{number % 89} pills and casino bonus" for number in range(200))


@pytest.mark.parametrize("text", ["", "few words", "x " * 19])
def test_a_short_text_has_no_fingerprint(text: str) -> None:
    assert fingerprint(text) is None


def test_an_edited_page_is_still_the_same() -> None:
    assert drift(("A", fingerprint(TEXT)), ("A, revised", fingerprint(EDITED))) is None


@pytest.mark.parametrize("words", [(TEXT, OTHER), ("", "parked"), (TEXT, "parked")])
def test_another_title_and_another_text_are_another_page(words: tuple[str, str]) -> None:
    before, now = map(fingerprint, words)

    assert drift(("Docs", before), ("For sale", now)) == 'the title was "Docs" and is "For sale"'


def test_a_page_that_keeps_its_title_may_change_its_text() -> None:
    assert drift(("News", fingerprint(TEXT)), ("News", fingerprint(OTHER))) is None
