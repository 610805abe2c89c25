"""Promises about the verdict on a fragment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.judge.fragments import Place, is_text_absent, judge_fragment, nearest_anchor
from crawler.model import Judgement, Verdict

OK = Judgement(Verdict.OK)
BROKEN = Judgement(Verdict.BROKEN, "fragment")
SCRIPT = Judgement(Verdict.UNVERIFIABLE, "script")
ROUTE = Judgement(Verdict.UNVERIFIABLE, "hash-route")
ANCHORS = {"intro", "ü", "a b", "100%", "a%20c", "!x", "/y", "x=y"}


@pytest.mark.parametrize(
    ("fragment", "judgement"),
    [
        pytest.param("intro", OK, id="to the letter"),
        pytest.param("Intro", BROKEN, id="the case counts"),
        pytest.param("", OK, id="empty"),
        pytest.param("top", OK, id="top"),
        pytest.param("TOP", OK, id="TOP"),
        pytest.param("%74op", OK, id="top, encoded"),
        pytest.param("%C3%BC", OK, id="encoded"),
        pytest.param("a%20b", OK, id="encoded blank"),
        pytest.param("100%", OK, id="a percent sign"),
        pytest.param("100%25", OK, id="an encoded percent sign"),
        pytest.param("a%20c", OK, id="an anchor that looks encoded"),
        pytest.param("a%2520b", BROKEN, id="decoded no more than once"),
        pytest.param("a+b", BROKEN, id="a plus is no blank"),
        pytest.param(":~:text=word", OK, id="a text directive"),
        pytest.param("intro:~:text=word", OK, id="a directive behind a name"),
        pytest.param("outro:~:text=word", BROKEN, id="a directive behind a missing name"),
        pytest.param("/users/1", ROUTE, id="a route"),
        pytest.param("!/users", ROUTE, id="a hashbang"),
        pytest.param("narrow/channel/1-docs", ROUTE, id="a route of Zulip's"),
        pytest.param("gid=0", ROUTE, id="a sheet"),
        pytest.param("map=6/42.1/12.5", ROUTE, id="a map"),
        pytest.param("new(name=None)", BROKEN, id="a signature"),
        pytest.param("x=y", OK, id="an anchor like a state"),
        pytest.param("!x", OK, id="an anchor like a hashbang"),
        pytest.param("/y", OK, id="an anchor like a route"),
        pytest.param("user-content-intro", OK, id="a name that Markdown's sanitiser would write"),
        pytest.param("intro2", BROKEN, id="missing"),
    ],
)
def test_a_fragment_must_name_an_anchor(fragment: str, judgement: Judgement) -> None:
    assert judge_fragment(fragment, Place("https://a.test/", ANCHORS)) == judgement


@pytest.mark.parametrize(
    ("fragment", "judgement"),
    [
        ("users", Judgement(Verdict.BLOCKED, "challenge")),
        ("intro", OK),
        ("top", OK),
        ("/users", ROUTE),
    ],
)
def test_what_a_login_has_not_may_be_in_the_page_behind_it(
    fragment: str, judgement: Judgement
) -> None:
    login = Place("https://a.test/login", ANCHORS, barred=True)

    assert judge_fragment(fragment, login) == judgement


def test_a_login_that_a_script_draws_is_for_the_script() -> None:
    login = Place("https://a.test/login", ANCHORS, drawn=True, barred=True)

    assert judge_fragment("users", login) == SCRIPT


@pytest.mark.parametrize(
    ("url", "fragment", "judgement"),
    [
        ("https://github.com/o/r/blob/main/a.py", "L10", OK),
        ("https://github.com/o/r/blob/main/a.py", "L10-L20", OK),
        ("https://github.com/o/r/blob/main/a.py", "L10C3-L20C5", OK),
        ("https://github.com/o/r/blame/main/a.py", "L10", OK),
        ("https://gitlab.com/o/r/-/blob/main/a.py", "L10-20", OK),
        ("https://github.com/o/r/blob/main/a.py", "L10-", BROKEN),
        ("https://github.com/o/r/blob/main/a.py", "line", BROKEN),
        ("https://github.com/o/r", "L10", BROKEN),
        ("https://a.test/o/r/blob/main/a.py", "L10", BROKEN),
        ("https://github.com/o/r", "user-content-intro", OK),
        ("https://github.com/o/r", "user-content%2Dintro", OK),
        ("https://github.com/o/r", "intro", OK),
        ("https://github.com/o/r", "Intro", OK),
        ("https://gitlab.com/o/r", "Intro", BROKEN),
        ("https://github.com/o/r", "readme", OK),
        ("https://github.com/o/r?tab=readme-ov-file", "readme-ov-file", OK),
        ("https://a.test/o/r", "readme", BROKEN),
        ("https://github.com/o/r/tree/main/docs", "readme", OK),
        ("https://github.com/o/r/issues/1", "readme", BROKEN),
        ("https://github.com/o/r/issues/1", "issuecomment-7", SCRIPT),
        ("https://github.com/o/r/issues/1", "issue-7", SCRIPT),
        ("https://github.com/o/r/issues/1", "issue-7.5", BROKEN),
        ("https://github.com/o/r/pull/1", "discussion_r7", SCRIPT),
        ("https://github.com/o/r/pull/1", "pullrequestreview-7", SCRIPT),
        ("https://github.com/o/r/pull/1/files", "diff-0a1b", SCRIPT),
        ("https://gitlab.com/o/r/-/issues/1", "note_7", SCRIPT),
        ("https://a.test/o/r/issues/1", "issuecomment-7", BROKEN),
        ("https://a.test/a.pdf", "page=3", OK),
        ("https://a.test/A.PDF", "zoom=100", OK),
        ("https://a.test/a.pdf", "view=FitH", OK),
        ("https://a.test/a.pdf", "nameddest=end", OK),
        ("https://a.test/a.pdf", "search=word", OK),
        ("https://a.test/a.pdf", "page", BROKEN),
        ("https://a.test/viewer.html", "page=3", ROUTE),
    ],
)
def test_the_forms_of_forges_are_known_on_forges(
    url: str, fragment: str, judgement: Judgement
) -> None:
    assert judge_fragment(fragment, Place(url, {"user-content-intro"})) == judgement


@pytest.mark.parametrize(
    ("path", "fragment", "judgement"),
    [
        ("docs/a.md", "L3", OK),
        ("docs/a.md", "L3-L7", OK),
        ("docs/a.md", "line", BROKEN),
        ("docs/", "L3", BROKEN),
    ],
)
def test_a_file_of_markdown_has_lines_as_on_a_forge(
    path: str, fragment: str, judgement: Judgement
) -> None:
    place = Place(f"http://project.localhost/{path}", {"intro"}, folded=True)

    assert judge_fragment(fragment, place) == judgement


@pytest.mark.parametrize(
    ("fragment", "judgement"),
    [
        ("L10-L12", SCRIPT),
        ("10-12", SCRIPT),
        ("L10-L13", BROKEN),
        ("L11-L12", BROKEN),
        ("L10-L12x", BROKEN),
    ],
)
def test_lines_of_a_listing_are_marked_where_both_ends_are_there(
    fragment: str, judgement: Judgement
) -> None:
    place = Place("https://a.test/", {"L10", "L12", "10", "12"})

    assert judge_fragment(fragment, place) == judgement


@pytest.mark.parametrize(("drawn", "reason"), [(False, "text-fragment"), (True, "script")])
def test_a_text_that_is_not_there_may_be_drawn_by_a_script(reason: str, *, drawn: bool) -> None:
    place = Place("https://a.test/", (), drawn, {"text=gone"})

    assert judge_fragment(":~:text=gone", place) == Judgement(Verdict.UNVERIFIABLE, reason)
    assert judge_fragment(":~:text=here", place) == OK
    assert judge_fragment("", place) == OK


@pytest.mark.parametrize(
    ("directive", "is_absent"),
    [
        ("text=two%20words", False),
        ("text=TWO%20%20Words", False),
        ("text=the-,two,words,-here", False),
        ("text=gone-,two,words,-here", True),
        ("text=the-,two,words,-gone", True),
        ("text=two&text=gone", True),
        ("text=gone&text=two", True),
        ("text=two&other=gone", False),
    ],
)
def test_every_part_of_a_text_directive_must_be_there(directive: str, *, is_absent: bool) -> None:
    assert is_text_absent(directive, "What the two\n WORDS say here") == is_absent


@pytest.mark.parametrize(
    ("fragment", "nearest"),
    [
        ("instalation", "user-content-Installation"),
        ("%69nstallation:~:text=x", "user-content-Installation"),
        ("usage-of-it", "usage-of"),
        ("quite-another", None),
    ],
)
def test_the_nearest_anchor_is_like_the_whole_name(fragment: str, nearest: str | None) -> None:
    anchors = ["in", "usage-of", "user-content-Installation"]

    assert nearest_anchor(fragment, anchors) == nearest


def test_of_anchors_that_are_as_near_the_first_is_named() -> None:
    assert nearest_anchor("index-20", ["index-0", "index-2"]) == "index-0"
    assert nearest_anchor("index-20", ["index-2", "index-0"]) == "index-2"


@given(st.text(), st.sets(st.text()))
def test_no_fragment_breaks_the_judge(fragment: str, anchors: set[str]) -> None:
    judgement = judge_fragment(fragment, Place("https://a.test/", anchors))

    assert (judgement.verdict is Verdict.OK) == (judgement.reason is None)
    if fragment in anchors and ":~:" not in fragment:
        assert judgement == OK
