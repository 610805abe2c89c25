"""Promises about the headers that are kept with an attempt: what explains it, and no secret."""

import json

import pytest

from crawler.fetch.telling import telling


@pytest.mark.parametrize(
    ("status", "kept"),
    [
        (199, ["content-type", "location", "retry-after"]),
        (200, ["location", "retry-after"]),
        (299, ["location", "retry-after"]),
        (300, ["content-type", "location", "retry-after"]),
        (304, ["location", "retry-after"]),
        (404, ["content-type", "location", "retry-after"]),
    ],
)
def test_who_answered_is_told_where_the_answer_is_not_well(status: int, kept: list[str]) -> None:
    headers = {"retry-after": "7", "location": "/x", "content-type": "text/html", "x-token": "x"}

    told = telling(status, headers, [])

    assert told is not None
    assert list(json.loads(told)) == kept


def test_of_cookies_only_the_names_are_told() -> None:
    told = telling(200, {}, [" a = secret; Path=/", "b=x=secret"])

    assert told == '{"set-cookie":"a, b"}'


def test_a_long_header_is_told_in_part() -> None:
    told = telling(200, {"location": "x" * 300}, [f"{'y' * 300}=secret"])

    assert told == json.dumps(
        {"location": "x" * 200, "set-cookie": "y" * 200}, separators=(",", ":")
    )


def test_where_nothing_is_told_nothing_is_kept() -> None:
    assert telling(200, {"content-type": "text/html"}, []) is None
