"""Promises about odd references: they lead where a browser would go."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.urls import Resolver, canonical, is_http, resolve
from tests.test_urls import WRITTEN

# Base, reference, URL and fragment as another implementation of the WHATWG standard (the URL class
# of Node.js 20) has them, but for `|` in a path; where there is no URL, "other" or "invalid" in
# place of the fragment. A host with a port is "invalid" here, too: the class takes it for a scheme.
CASES: list[tuple[str, str, str | None, str]] = [
    (base, reference, url, fragment)
    for base, reference, url, fragment in json.loads(
        (Path(__file__).parent / "data" / "urls.json").read_text("utf-8")
    )
]


def test_the_table_is_long() -> None:
    assert len(CASES) >= 300


@pytest.mark.parametrize(
    ("base", "reference", "url", "fragment"),
    [pytest.param(*case, id=f"{number} {case[1]!a}") for number, case in enumerate(CASES)],
)
def test_a_reference_leads_where_a_browser_goes(
    base: str, reference: str, url: str | None, fragment: str
) -> None:
    for target in (resolve(base, reference), Resolver().at(base).resolve(reference)):
        if url is not None:
            assert target is not None
            assert (target.url, target.fragment) == (url, fragment)
        elif fragment == "other":
            assert target is None
        else:
            assert target is not None
            assert not is_http(target.url)


@given(st.sampled_from([case[0] for case in CASES]), WRITTEN)
def test_where_a_reference_leads_is_canonical(base: str, reference: str) -> None:
    target = resolve(base, reference)

    if target is not None and is_http(target.url):
        assert canonical(target.url) == target.url
        assert resolve(target.url, "") == target._replace(fragment="")
