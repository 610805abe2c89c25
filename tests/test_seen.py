"""Promises about the memory of the URLs met lately."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.engine import seen as module
from crawler.engine.seen import Seen
from crawler.urls import url_id

YOUNG, PLACES = 16, 256
# Some of the same lowest bits, by which an id is found.
IDS = st.one_of(
    st.integers(-(2**63), 2**63 - 1), st.integers(-200, 200).map(lambda number: number * PLACES)
)


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterable[None]:
    """Have little room, so that some of it is used up soon."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_YOUNG", YOUNG)
        patch.setattr(module, "_PLACES", PLACES)
        yield


def test_a_url_is_new_once() -> None:
    seen = Seen()
    assert seen.depth(1) is None

    assert seen.add(1, 3)

    assert seen.depth(1) == 3
    assert not seen.add(1, 4)


@pytest.mark.parametrize("number", [YOUNG, YOUNG + YOUNG // 2, 2 * YOUNG + 1])
def test_a_url_keeps_the_least_depth_that_it_was_met_at(number: int) -> None:
    seen = Seen()
    for identifier in range(number):
        seen.add(identifier, 3)

    for identifier in range(number):
        seen.add(identifier, identifier % 5)

    assert [seen.depth(each) for each in range(number)] == [min(3, n % 5) for n in range(number)]


@given(st.lists(st.tuples(IDS, st.integers(0, 9)), max_size=PLACES // 2))
def test_as_long_as_there_is_room_nothing_is_forgotten(met: list[tuple[int, int]]) -> None:
    seen = Seen()
    least: dict[int, int] = {}

    for identifier, depth in met:
        assert seen.add(identifier, depth) == (identifier not in least)
        least[identifier] = min(depth, least.get(identifier, depth))

    assert {identifier: seen.depth(identifier) for identifier in least} == least
    assert not seen.forgetful


def test_the_last_are_remembered_whatever_is_forgotten() -> None:
    seen = Seen()
    ids = [url_id(f"http://a.test/{number}") for number in range(4 * PLACES)]

    for number, identifier in enumerate(ids):
        assert seen.add(identifier, 5)
        last = ids[max(0, number - YOUNG + 1) : number + 1]
        assert {seen.depth(each) for each in last} == {5}

    assert seen.depth(ids[0]) is None


def test_it_says_when_something_is_forgotten() -> None:
    seen = Seen()
    told = []

    for number in range(PLACES):
        seen.add(number, 0)
        told.append(seen.forgetful == (seen.depth(0) is None))

    assert seen.forgetful
    assert all(told)


def test_what_is_deeper_than_can_be_said_is_known_to_be_deep() -> None:
    seen = Seen()
    for identifier in range(2 * YOUNG):
        seen.add(identifier, 10**6)

    assert seen.depth(0) == module._DEEPEST
    assert seen.depth(2 * YOUNG - 1) == 10**6
