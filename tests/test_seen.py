"""Promises about the memory of the URLs met lately."""

from crawler.engine.seen import _MOST, Seen


def test_a_url_is_new_once() -> None:
    seen = Seen()
    assert seen.depth(1) is None

    assert seen.add(1, 3)

    assert seen.depth(1) == 3
    assert not seen.add(1, 4)


def test_a_url_keeps_the_least_depth_that_it_was_met_at() -> None:
    seen = Seen()
    for identifier in range(_MOST + 1):
        seen.add(identifier, 3)

    seen.add(0, 4)
    seen.add(1, 2)
    seen.add(_MOST, 1)

    assert [seen.depth(identifier) for identifier in (0, 1, _MOST)] == [3, 2, 1]


def test_the_last_hundred_thousand_are_remembered_and_at_most_twice_as_many() -> None:
    seen = Seen()

    assert all(seen.add(identifier, 0) for identifier in range(3 * _MOST))

    assert not any(seen.add(identifier, 0) for identifier in range(2 * _MOST, 3 * _MOST))
    assert len(seen._young) + len(seen._old) <= 2 * _MOST
    assert seen.add(0, 0)


def test_it_says_when_something_is_forgotten() -> None:
    told = []
    seen = Seen()
    for number in (2 * _MOST, 1):
        for identifier in range(number):
            seen.add(number * _MOST + identifier, 0)
        told.append(seen.forgetful)

    assert told == [False, True]
