"""Promises about what the command says of one URL."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.cli import main
from crawler.judge.grounds import Case, ground_of
from crawler.model import Verdict
from crawler.rules import Rule
from tests.night import SETTINGS, Night
from tests.site import Site
from tests.stored import change


async def test_a_url_is_explained_from_its_attempts_to_who_links_to_it(
    site: Site, night: Night, capsys: pytest.CaptureFixture[str]
) -> None:
    site.links("/", "/old")
    site.redirect("/old", "/gone", 301)
    site.page("/gone", status=404, headers={"Server": "s/1", "Set-Cookie": "id=secret"})
    await night.crawl(site.url())

    said = [await _explained(night.db, site.url(path), capsys) for path in ("/old", "/gone")]

    assert "  verdict: broken (404)\n  rule: a redirect is what its end is\n" in said[0]
    assert "  verdict: broken (404)\n  rule: status 400 to 499 is broken\n" in said[1]
    assert f"  301  {site.url('/old')}\n  404  {site.url('/gone')}" in said[0]
    assert f"  broken 404  {site.url()}:1  a href “/old”" in said[0]
    assert "    location: /gone" in said[0]
    assert "  GET  404 from 127.0.0.1  in " in said[1]
    assert "    server: s/1\n    set-cookie: id\n" in said[1]
    assert "secret" not in said[1]


async def test_of_what_is_well_there_is_no_word_of_who_sent_it(
    site: Site, night: Night, capsys: pytest.CaptureFixture[str]
) -> None:
    headers = {"Content-Type": "text/plain", "Server": "s/1", "X-Robots-Tag": "noindex"}
    site.links("/", "/well")
    site.page("/well", headers=headers)
    await night.crawl(site.url())

    said = await _explained(night.db, site.url("/well"), capsys)

    assert ", depth 1, follow, done, text/plain\n  verdict: ok (not-html)\n" in said
    assert "    x-robots-tag: noindex\n\n" in said
    assert "server" not in said


async def test_a_fragment_is_judged_where_it_is_asked_for(
    site: Site, night: Night, capsys: pytest.CaptureFixture[str]
) -> None:
    site.links("/", "#gone", "/a#Instalation")
    site.page("/a", '<p id="installation">')
    await night.crawl(site.url())

    asked = ("#gone", "#no", "a#Instalation")
    said = [await _explained(night.db, site.url(f"/{each}"), capsys) for each in asked]

    assert "  verdict: ok\n  #gone: broken (fragment)\n" in said[0]
    assert "  verdict: ok\n  #no: no link names it\n" in said[1]
    assert "  #Instalation: broken (fragment), perhaps #installation\n" in said[2]


async def test_a_fragment_that_a_killed_run_did_not_judge_is_not_called_well(
    site: Site, night: Night, capsys: pytest.CaptureFixture[str]
) -> None:
    site.links("/", "/a#there")
    site.page("/a", '<p id="there">')
    await night.crawl(site.url())
    change(night.db, "UPDATE run SET state = 'running'")

    said = await _explained(night.db, site.url("/a#there"), capsys)

    assert "  verdict: ok\n  #there: not judged yet\n" in said
    assert f"  not judged yet  {site.url()}:1  a href #there “/a#there”\n" in said


async def test_what_was_not_asked_again_is_explained_by_the_attempts_of_the_night_when_it_was(
    site: Site, night: Night, capsys: pytest.CaptureFixture[str]
) -> None:
    site.links("/", site.external("/far"))
    site.page("/far", "far")
    for day in (0, 9, 10):
        await night.crawl(site.url(), day=day)

    said = await _explained(night.db, site.external("/far"), capsys)

    assert "  run 3, " in said
    assert "  asked in run 2, and not since\n\n20" in said
    assert "  rule: status 200 to 299 is ok\n" in said


@pytest.mark.parametrize("written", ["mailto:", "http://a b.test/", "<http://a b.test/>"])
async def test_what_is_no_url_is_explained_as_it_is_reported(
    written: str, site: Site, night: Night, capsys: pytest.CaptureFixture[str]
) -> None:
    site.links("/", "mailto:", "http://a b.test/")
    await night.crawl(site.url())

    assert "  verdict: broken (invalid-url)\n" in await _explained(night.db, written, capsys)


def test_nothing_is_known_of_what_is_in_no_database(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "nowhere", "--db", str(tmp_path / "no.db")]) == 2
    assert capsys.readouterr().err == f"crawler: {tmp_path / 'no.db'}: there is no database\n"


REASONED = Rule(url="*/gone", status=(404,), verdict=Verdict.OK, reason="known")
SHORT = Rule(url="*/gone", status=(404,), verdict=Verdict.OK)


@pytest.mark.parametrize(
    ("case", "ground"),
    [
        (Case("u", "ok", None, 200), "status 200 to 299 is ok"),
        (Case("u", "blocked", "403", 403), "status 403 is blocked"),
        (Case("u", "broken", "404", 404), "status 400 to 499 is broken"),
        (
            Case("u", "broken", "500", 500),
            "status 500 to 599 is transient, and what lasts is broken",
        ),
        (
            Case("u", "transient", "timeout", None, "timeout"),
            "an attempt that ends with timeout is transient",
        ),
        (
            Case("u", "broken", "timeout", None, "timeout"),
            "an attempt that ends with timeout is transient, and what lasts is broken",
        ),
        (Case("u", "skipped", "robots"), "robots.txt bars pages that are followed"),
        (Case("u", "skipped", "deadline"), "it was not asked for: deadline"),
        (
            Case("u", "skipped", "max-pages", 503),
            "the run ended before it was settled: max-pages",
        ),
        (Case("u", None, None), "it was not asked for"),
        (Case("u", None, None, 503), "it is not settled yet"),
        (Case("u", None, None, None, "timeout"), "it is not settled yet"),
        (Case("u", "ok", None, 301, redirected=True), "a redirect is what its end is"),
        (
            Case("u", "broken", "redirect-loop", 301, redirected=True),
            "redirects that lead in a circle lead nowhere",
        ),
        (
            Case("https://a.test/x", "ok", "403", 403),
            '[[rules]] number 2 of your own, for "https://a.test/*"',
        ),
        (
            Case("u", "transient", None, None, "cancelled"),
            "an attempt that ends with cancelled is transient",
        ),
    ],
)
def test_the_rule_that_decided_is_named(case: Case, ground: str) -> None:
    rules = [
        Rule(url="https://a.test/*", status=(404,), verdict=Verdict.OK),
        Rule(url="https://a.test/*", status=(403,), verdict=Verdict.OK),
    ]

    assert ground_of(case, rules) == ground


@pytest.mark.parametrize(("rule", "reason"), [(REASONED, "known"), (SHORT, "404")])
async def test_a_rule_of_ones_own_is_named(
    rule: Rule, reason: str, site: Site, night: Night, capsys: pytest.CaptureFixture[str]
) -> None:
    site.links("/", "/gone")
    await night.crawl(site.url(), replace(SETTINGS, rules=(rule,)))

    said = await _explained(night.db, site.url("/gone"), capsys)

    named = '[[rules]] number 1 of your own, for "*/gone"'
    assert f"  verdict: ok ({reason})\n  rule: {named}\n" in said


async def test_a_rule_of_ones_own_is_named_where_it_decided_on_a_fragment(
    site: Site, night: Night, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = Rule(url="*/a", status=("fragment",), verdict=Verdict.OK)
    site.links("/", "/a#made-by-a-script")
    site.page("/a", "words")
    await night.crawl(site.url(), replace(SETTINGS, rules=(rule,)))

    said = await _explained(night.db, site.url("/a#made-by-a-script"), capsys)

    named = '[[rules]] number 1 of your own, for "*/a"'
    assert f"  #made-by-a-script: ok (fragment), by {named}\n" in said


async def _explained(db: Path, url: str, capsys: pytest.CaptureFixture[str]) -> str:
    await asyncio.to_thread(_run, "explain", url, "--db", str(db))
    return capsys.readouterr().out


def _run(*arguments: str) -> None:
    with suppress(SystemExit):
        main(arguments)


async def test_a_url_that_no_run_met_is_said_to_be_unknown(
    site: Site, night: Night, capsys: pytest.CaptureFixture[str]
) -> None:
    await night.crawl(site.url())
    arguments = ["explain", "https://unknown.test/", "--run", "1", "--db", str(night.db)]

    status = await asyncio.to_thread(main, arguments)

    assert status == 2
    assert capsys.readouterr().err == "crawler: run 1 has not met https://unknown.test/\n"
