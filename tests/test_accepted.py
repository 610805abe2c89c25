"""Promises about what a rule of the settings calls well: it is accepted, and not mended."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.location import Location
from crawler.model import Verdict
from crawler.report.changes import changes_report
from crawler.rules import Rule
from crawler.store.findings import open_findings
from tests.night import SETTINGS, Night
from tests.site import Site

RULE = Rule(url="*", status=(404, "fragment"), verdict=Verdict.OK)
ACCEPTING = replace(SETTINGS, rules=(RULE,))


@pytest.fixture
async def night(site: Site, location: Location, tmp_path: Path) -> Night:
    """Return nights of which the first has found a dead page, a dead redirect and no anchor."""
    site.links("/", "/gone", "/doc#x", "/moved")
    site.page("/doc", "doc")
    site.redirect("/moved", "/gone")
    night = Night(tmp_path / "crawl.db", location)
    await night.crawl(site.url(), day=0)
    return night


async def told(night: Night) -> str:
    async with open_findings(night.location) as findings:
        return "\n".join(
            [line async for line in changes_report(findings, await findings.span(None, None))]
        )


async def test_what_a_new_rule_calls_well_is_accepted(site: Site, night: Night) -> None:
    await night.crawl(site.url(), ACCEPTING, day=1)

    assert night.rows("SELECT target, fragment, reason, how FROM fixed ORDER BY target") == [
        (site.url("/doc"), "x", "fragment", "accepted"),
        (site.url("/gone"), "", "404", "accepted"),
        (site.url("/moved"), "", "404", "accepted"),
    ]
    said = await told(night)
    assert "Fixed:" not in said
    assert f"settings:\n  {site.url('/doc')}#x (was fragment)  {site.url()}:2\n" in said
    assert {each["how"] for each in json.loads(await night.report("json"))["changes"]["fixed"]} == {
        "accepted"
    }
    assert "Nothing was mended since the run before." in await night.report("html")


async def test_what_is_accepted_is_told_once(site: Site, night: Night) -> None:
    for day in (1, 2):
        await night.crawl(site.url(), ACCEPTING, day=day)

    assert (await told(night)).endswith("Nothing changed.")


async def test_what_only_a_rule_called_well_is_not_flaky_without_it(
    site: Site, night: Night
) -> None:
    await night.crawl(site.url(), ACCEPTING, day=1)
    await night.crawl(site.url(), day=2)

    assert night.rows("SELECT url FROM flaky") == []
    assert night.column("SELECT target FROM broken WHERE nights = 1 ORDER BY target") == [
        site.url(path) for path in ("/doc", "/gone", "/moved")
    ]


async def test_what_is_well_in_spite_of_a_rule_is_mended(site: Site, night: Night) -> None:
    site.page("/gone", "here")
    site.page("/doc", "<p id=x>")

    await night.crawl(site.url(), ACCEPTING, day=1)

    assert night.column("SELECT how FROM fixed") == ["mended"] * 3


async def test_a_page_that_is_back_is_mended_though_a_rule_accepts_its_fragment(
    site: Site, night: Night
) -> None:
    site.links("/", "/gone#x")
    await night.crawl(site.url(), day=1)
    site.page("/gone", "here")

    await night.crawl(site.url(), ACCEPTING, day=2)

    assert night.rows("SELECT fragment, how FROM fixed WHERE how <> 'unlinked'") == [
        ("x", "mended")
    ]


async def test_a_link_to_what_a_rule_accepts_is_well_by_its_reason(
    site: Site, night: Night
) -> None:
    await night.crawl(site.url(), ACCEPTING, day=1)

    assert night.rows("SELECT verdict, reason FROM links WHERE run_id = 2 AND fragment = 'x'") == [
        ("ok", "fragment")
    ]
