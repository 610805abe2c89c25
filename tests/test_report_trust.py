"""Promises of reports about runs that say little: none of them calls that good news."""

import json
import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from shlex import split

import pytest
from junitparser import JUnitXml
from markdown_it import MarkdownIt

from crawler.report.names import Format
from crawler.report.subject import Subject, subject_of
from crawler.store.findings import open_findings
from crawler.store.ledger import open_store
from tests.dubious import NOTICES
from tests.night import Night, written
from tests.site import Site
from tests.stored import HOST, begun, page

HOME = f"{HOST}/"


@pytest.fixture
async def cut_off(tmp_path: Path) -> AsyncGenerator[Subject]:
    """Return a run that found nothing broken, and was never closed."""
    async with open_store(tmp_path / "cut.db") as store:
        await begun(store, page(HOME))
    async with open_findings(tmp_path / "cut.db") as findings:
        yield await subject_of(findings, None, "it's cut.db")


async def test_no_report_calls_what_cannot_be_trusted_good_news(doubted: Subject) -> None:
    junit = await written(doubted, "junit")
    suites = JUnitXml.fromstring(junit.encode())
    (sarif,) = json.loads(await written(doubted, "sarif"))["runs"]
    annotations = (await written(doubted, "github")).splitlines()
    tokens = MarkdownIt("commonmark").parse(await written(doubted, "markdown"))

    assert (suites.tests, suites.failures, suites.errors) == (2, 0, 2)
    assert [case.result[0].message for suite in suites for case in suite] == NOTICES
    assert "<system-out>Not broken, but not ok either: 1 transient.</system-out>" in junit
    (invocation,) = sarif["invocations"]
    assert not invocation["executionSuccessful"]
    told = [each["message"]["text"] for each in invocation["toolExecutionNotifications"]]
    assert [re.sub(r"\\(.)", r"\1", text) for text in told] == NOTICES
    assert annotations[:2] == [f"::warning title=What was checked::{each}" for each in NOTICES]
    inline = [token for token in tokens if token.type == "inline"]
    assert inline[0].content == "The run says little about the links"
    spans = [child for token in inline for child in token.children or []]
    codes = [child.content for child in spans if child.type == "code_inline"]
    assert codes[: len(NOTICES)] == NOTICES
    assert "Not broken, but not ok either: 1 transient." in [token.content for token in inline]


async def test_no_terminal_shows_in_green_what_cannot_be_trusted(doubted: Subject) -> None:
    text = await written(replace(doubted, colour=True), "text")

    assert "\x1b[33m0 broken links\x1b[0m" in text
    assert "\x1b[32m" not in text


async def test_what_is_neither_broken_nor_ok_is_not_said_to_be_well(
    site: Site, night: Night
) -> None:
    site.links("/", "/ok", "/ill", "/barred")
    site.page("/ok")
    site.page("/ill", status=500)
    site.page("/barred", status=401)
    await night.crawl(site.url())

    html, junit = await night.report("html"), await night.report("junit")

    assert "<h1>No broken links</h1>" in html
    others = "Not broken, but not ok either: 1 blocked, 1 transient."
    assert others in html
    (suite,) = JUnitXml.fromstring(junit.encode())
    assert [(case.name, case.is_passed) for case in suite] == [("no link is broken", True)]
    assert f"<system-out>{others}</system-out>" in junit
    assert "leads somewhere" not in html + junit


@pytest.mark.parametrize("form", ["text", "html", "markdown", "junit", "sarif", "github"])
async def test_a_run_that_was_killed_is_no_good_news(cut_off: Subject, form: Format) -> None:
    said = await written(cut_off, form)

    assert "The run is under way, or was cut off: not all has been checked." in said


async def test_the_command_that_asks_the_database_can_be_pasted(cut_off: Subject) -> None:
    *_, last = (await written(cut_off, "text")).splitlines()

    assert split(last.partition("for instance: ")[2]) == [
        *("sqlite3", "it's cut.db", "select * from broken")
    ]
