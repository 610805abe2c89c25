"""Promises about the verdict on one answer."""

import ast
import inspect

import pytest

from crawler.fetch import failures
from crawler.judge.outcomes import ERRORS, judge_fetch
from crawler.model import Fetch, Judgement, Verdict


def fetched(status: int | None = None, error: str | None = None) -> Fetch:
    return Fetch(method="GET", started_at=0, total_ms=1, status=status, error=error)


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        pytest.param([200, 203, 204, 206, 299, 304], Verdict.OK, id="ok"),
        pytest.param(
            [400, 402, 404, 409, 410, 424, 426, 430, 452, 499], Verdict.BROKEN, id="broken"
        ),
        pytest.param([100, 199, 600, 998], Verdict.BROKEN, id="unknown"),
        pytest.param([401, 403, 407, 429, 451, 999], Verdict.BLOCKED, id="blocked"),
        pytest.param([408, 425, 500, 502, 503, 504, 520, 599], Verdict.TRANSIENT, id="transient"),
    ],
)
def test_a_status_decides_and_is_its_own_reason(statuses: list[int], verdict: Verdict) -> None:
    for status in statuses:
        reason = None if verdict is Verdict.OK else str(status)
        assert judge_fetch(fetched(status)) == Judgement(verdict, reason)


@pytest.mark.parametrize("status", [0, 99, 1000, 10_000, 10**12])
def test_what_is_no_status_has_one_reason(status: int) -> None:
    assert judge_fetch(fetched(status)) == Judgement(Verdict.BROKEN, "invalid-status")


def test_a_list_to_choose_from_is_neither_a_page_nor_gone() -> None:
    assert judge_fetch(fetched(300)) == Judgement(Verdict.UNVERIFIABLE, "300")


@pytest.mark.parametrize("status", [301, 302, 303, 305, 307, 308, 399])
def test_a_redirect_that_leads_nowhere_is_broken(status: int) -> None:
    assert judge_fetch(fetched(status)) == Judgement(Verdict.BROKEN, "no-location")


@pytest.mark.parametrize(
    ("error", "judgement"),
    [
        ("dns", (Verdict.BROKEN, "dns")),
        ("dns-temporary", (Verdict.TRANSIENT, "dns")),
        ("connect", (Verdict.TRANSIENT, "connect")),
        ("timeout", (Verdict.TRANSIENT, "timeout")),
        ("reset", (Verdict.TRANSIENT, "reset")),
        ("tls", (Verdict.TRANSIENT, "tls")),
        ("tls-chain", (Verdict.UNVERIFIABLE, "tls-chain")),
        ("bad-header", (Verdict.UNVERIFIABLE, "bad-header")),
        ("protocol", (Verdict.TRANSIENT, "protocol")),
        ("invalid-url", (Verdict.BROKEN, "invalid-url")),
        ("private-address", (Verdict.SKIPPED, "private-address")),
    ],
)
def test_an_error_has_its_verdict(error: str, judgement: Judgement) -> None:
    assert judge_fetch(fetched(error=error)) == judgement


def test_every_word_for_a_failure_has_a_verdict() -> None:
    tree = ast.parse(inspect.getsource(failures.word_of))
    named = {
        node.value
        for returned in ast.walk(tree)
        if isinstance(returned, ast.Return)
        for node in ast.walk(returned)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

    assert named | {word for _, word in failures._WORDS} <= ERRORS.keys()
