"""Promises about the memory of the URLs met lately."""

from crawler.engine.seen import _MOST, Seen


def test_a_url_is_new_once() -> None:
    seen = Seen()
    assert 1 not in seen

    assert seen.add(1)

    assert 1 in seen
    assert not seen.add(1)


def test_the_last_hundred_thousand_are_remembered_and_at_most_twice_as_many() -> None:
    seen = Seen()

    assert all(seen.add(identifier) for identifier in range(3 * _MOST))

    assert not any(seen.add(identifier) for identifier in range(2 * _MOST, 3 * _MOST))
    assert len(seen._young) + len(seen._old) <= 2 * _MOST
    assert seen.add(0)
