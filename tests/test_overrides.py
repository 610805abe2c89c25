"""Promises about rules of a person's own: they come first, and nonsense in them is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from crawler.cli import main
from crawler.errors import UsageError
from crawler.judge.outcomes import ERRORS
from crawler.judge.overrides import Overrides, fits
from crawler.model import WORDS, Judgement, Verdict
from crawler.rules import Rule
from crawler.size import Size
from tests.night import SETTINGS, Night, Outcome
from tests.site import Site


def rule(url: str, *status: int | str, verdict: Verdict = Verdict.OK) -> Rule:
    return Rule(url=url, status=status, verdict=verdict)


@pytest.mark.parametrize(
    ("url", "evidence", "judgement"),
    [
        ("https://a.test/x", (403, None), (Verdict.OK, "403")),
        ("https://a.test/x?y=[z]", (403, None), (Verdict.OK, "403")),
        ("https://a.test/x", (404, None), None),
        ("https://a.test/private/x", (403, None), (Verdict.BROKEN, "403")),
        ("https://b.test/x", (403, None), None),
        ("https://c.test/", (None, "timeout"), (Verdict.SKIPPED, "timeout")),
        ("https://c.test/?q=1", (None, "timeout"), None),
        ("https://d.test/abc?q", (500, None), (Verdict.OK, "500")),
        ("https://d.test/abcq", (500, None), None),
    ],
)
def test_the_first_rule_that_fits_decides(
    url: str, evidence: tuple[int | str | None, ...], judgement: Judgement | None
) -> None:
    overrides = Overrides(
        [
            rule("https://a.test/private/*", 403, verdict=Verdict.BROKEN),
            rule("https://a.test/*", 401, 403),
            rule("https://c.test/", "timeout", verdict=Verdict.SKIPPED),
            rule("*/abc?q", 500),
        ]
    )

    assert overrides.judge(url, *evidence) == judgement


def test_a_reason_is_the_persons_own_where_there_is_one() -> None:
    overrides = Overrides([Rule(url="*", status=(404,), verdict=Verdict.OK, reason="known")])

    assert overrides.judge("https://a.test/", 404) == Judgement(Verdict.OK, "known")


def test_a_rule_is_about_whole_urls() -> None:
    assert fits(rule("https://a.test/*x", 404), "https://a.test/b/x")
    assert not fits(rule("https://a.test/*x", 404), "https://a.test/xy")
    assert not fits(rule("*a.test/x", 404), "https://a.test/x?q")


def test_every_word_for_a_failure_can_be_written_in_a_rule() -> None:
    assert ERRORS.keys() - {"internal-error"} <= WORDS


@pytest.mark.parametrize(
    ("reason", "body", "content_type"),
    [
        ("empty", "", "text/html"),
        ("not-html", "x", "image/png"),
        ("too-large", "x" * 2000, "text/html"),
        ("robots", "barred", "text/html"),
    ],
)
async def test_a_rule_can_name_what_a_page_was_found_to_be(
    site: Site, night: Night, reason: str, body: str, content_type: str
) -> None:
    site.links("/", "/x")
    site.page("/x", body, headers={"Content-Type": content_type})
    site.robots(f"User-agent: *\nDisallow: {'/x' if reason == 'robots' else ''}")
    rules = (rule(site.url("/x"), reason, verdict=Verdict.BLOCKED),)

    await night.crawl(site.url(), replace(SETTINGS, rules=rules, max_body=Size(1000)))

    assert night.outcome(site.url("/x")) == Outcome("blocked", reason)


async def test_a_rule_opens_a_circle_of_redirects(site: Site, night: Night) -> None:
    site.links("/", "/a", "/before")
    site.redirect("/before", "/a")
    site.redirect("/a", "/b", status=301)
    site.redirect("/b", "/a", status=301)

    await night.crawl(site.url(), replace(SETTINGS, rules=(rule(site.url("/b"), "redirect-loop"),)))

    accepted = Outcome("ok", "redirect-loop")
    assert [night.outcome(site.url(path)) for path in ("/before", "/a", "/b")] == [accepted] * 3


async def test_a_rule_ends_a_chain_of_too_many_redirects(site: Site, night: Night) -> None:
    site.links("/", "/0")
    for n in range(9):
        site.redirect(f"/{n}", f"/{n + 1}", status=301)
    rules = (rule("*", "too-many-redirects"),)

    await night.crawl(site.url(), replace(SETTINGS, rules=rules, max_redirects=3))

    assert night.outcome(site.url("/0")) == Outcome("ok", "too-many-redirects")
    assert night.broken() == set()


RULE = {"url": "https://a.test/*", "status": [403], "verdict": "ok"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"url": "https://a.test/*#x"},
            "url has no '#' in it: 'https://a.test/*' is about every fragment there",
        ),
        ({"url": "a.test"}, "url must be a pattern such as 'https://host/*', not 'a.test'"),
        ({"status": 403}, "status must be a list of statuses (403) and words ('timeout')"),
        ({"status": []}, "status must be a list of statuses (403) and words ('timeout')"),
        ({"status": ["slow"]}, "status 'slow' is none of bad-header, bad-location,"),
        ({"status": [True]}, "status must be a list of statuses (403) and words ('timeout')"),
        ({"status": [404, 4033]}, "status 4033 is none from 100 to 999"),
        ({"status": [99]}, "status 99 is none from 100 to 999"),
        ({"verdict": "fine"}, "verdict must be one of ok, broken, blocked,"),
        ({"verdict": []}, "verdict must be one of ok, broken, blocked,"),
        ({"state": 7}, "there is no key 'state', did you mean status?"),
    ],
    ids=str,
)
def test_a_rule_that_makes_no_sense_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        Rule.of(RULE | wrong)

    assert str(caught.value).startswith(said)


def test_a_program_can_make_no_rule_of_another_verdict() -> None:
    with pytest.raises(UsageError, match="verdict must be one of ok, broken"):
        Rule(url="*", status=(404,), verdict="okay")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": None}, "url must be str, not NoneType"),
        ({"status": 403}, "status must be a tuple of int or str, not int"),
        ({"status": "timeout"}, "status must be a tuple of int or str, not str"),
        ({"status": (True,)}, "status must be a tuple of int or str, not tuple"),
        ({"reason": 3}, "reason must be str or None, not int"),
    ],
    ids=str,
)
def test_a_program_can_make_no_rule_of_other_types(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        Rule(**{"url": "*", "status": (404,), "verdict": Verdict.OK, **wrong})  # type: ignore[arg-type]

    assert str(caught.value) == said


def test_what_is_no_table_is_no_rule() -> None:
    with pytest.raises(UsageError, match="is no table"):
        Rule.of("403")


async def test_a_rule_comes_before_what_a_status_means(site: Site, night: Night) -> None:
    site.links("/", "/secret/1", "/secret/2", "/other", "/moved", "/a#gone", "/b#gone")
    for path in ("/secret/1", "/secret/2", "/other"):
        site.page(path, status=404)
    site.redirect("/moved", "/gone")
    site.page("/a", "a")
    site.page("/b", "b")
    rules = (
        rule(site.url("/secret/1"), 404, verdict=Verdict.BLOCKED),
        rule(site.url("/secret/*"), 404),
        rule(site.url("/moved"), 302),
        rule(site.url("/a"), "fragment"),
    )

    await night.crawl(site.url(), replace(SETTINGS, rules=rules))

    assert night.outcome(site.url("/secret/1")) == Outcome("blocked", "404")
    assert night.outcome(site.url("/secret/2")) == Outcome("ok", "404")
    assert night.outcome(site.url("/moved")) == Outcome("ok", "302")
    assert night.broken() == {
        (site.url(), site.url("/other"), "", "404"),
        (site.url(), site.url("/b"), "gone", "fragment"),
    }


@pytest.mark.parametrize(
    ("file", "table"), [("crawler.toml", ""), ("pyproject.toml", "tool.crawler.")]
)
def test_rules_stand_in_the_toml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, table: str
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text('<a href="gone">')
    (tmp_path / file).write_text(
        f'[[{table}rules]]\nurl = "http://site.localhost/*"\nstatus = [404]\nverdict = "ok"\n'
    )
    monkeypatch.chdir(tmp_path)

    assert main(["site", "--progress", "none"]) == 0


def test_a_wrong_rule_is_named_with_its_file_and_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "crawler.toml").write_text('[[rules]]\nurl = "x"\nstatus = [1]\nverdict = "ok"\n')
    monkeypatch.chdir(tmp_path)

    status = main(["site"])

    assert status == 2
    assert capsys.readouterr().err.endswith(
        "crawler.toml: rule 1: url must be a pattern such as 'https://host/*', not 'x'\n"
    )
