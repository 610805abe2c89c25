"""Whatever pages say of themselves, no report does anything but tell it."""

import asyncio
import json
import re
import unicodedata
from xml.etree import ElementTree as ET

import pytest

from crawler.report.formats import FORMATS
from crawler.report.names import Format
from tests.night import SETTINGS, Night
from tests.site import Site

EVIL = (
    "\x1b[31mred \x1b]8;;http://evil.test/\x07 \u202egnp.exe\u202c \u2066\u200b\x9b2J \u2028",
    "=cmd|' /C calc'!A0",
    "@SUM(1)\t+1 -1",
    "::error file=x::y%0A::stop-commands::z",
    '##[command]evil ]]> --> "; }',
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "[x](javascript:alert(1)) | `x` **x** &lt;b&gt; \\",
)
# What moves a cursor, colours a screen or turns a text around.
HARMFUL = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """Crawl a site of which titles, texts and URLs are attacks."""
    night = Night(tmp_path_factory.mktemp("evil") / "crawl.db")
    asyncio.run(crawl_evil(night))
    assert len(night.broken()) >= len(EVIL)
    return night


async def crawl_evil(night: Night) -> None:
    pages = "".join(
        f'<p><a href="/gone/{n}?{text}" title="{text.replace(chr(34), "")}">{text}</a>'
        f'<a href="#{text}">{text}</a><a href="javascript:alert({n})">{text}</a>'
        for n, text in enumerate(EVIL)
    )
    async with Site.serve() as site:
        site.page("/", f"<title>{EVIL[0]}</title><h1 id='=1+1'>{EVIL[1]}</h1>{pages}")
        await night.crawl(site.url(), SETTINGS)


@pytest.mark.parametrize("name", FORMATS)
async def test_no_report_has_a_character_that_does_more_than_to_be_seen(
    evil: Night, name: Format
) -> None:
    said = await evil.report(name)

    assert said.strip()
    assert {each for each in said if unicodedata.category(each) in HARMFUL} <= {"\n", "\r"}


@pytest.mark.parametrize("name", sorted({"junit", "sitemap", "html"} & FORMATS.keys()))
async def test_no_report_has_markup_that_is_not_its_own(evil: Night, name: Format) -> None:
    said = (await evil.report(name)).lower()

    for markup in ('href="javascript:', "<script>alert", "<img"):
        assert markup not in said


async def test_no_link_in_markdown_runs_something(evil: Night) -> None:
    said = await evil.report("markdown")

    without_code = re.sub(r"(`+).*?[^`]\1(?!`)", "code", said)
    plain = re.sub(r"\]\(<http[^<>]*>\)", "]", without_code)
    for markup in ("](", "<script", "<img"):
        assert markup not in plain


async def test_no_annotation_is_another_command(evil: Night) -> None:
    *annotations, summary = (await evil.report("github")).splitlines()

    assert summary.startswith("Run 1 finished")
    assert len(annotations) == len(evil.broken())
    assert [
        line for line in annotations if not line.startswith("::error title=Broken link (")
    ] == []


async def test_what_machines_read_can_be_read(evil: Night) -> None:
    json.loads(await evil.report("json"))
    json.loads(await evil.report("sarif"))
    for line in (await evil.report("jsonl")).splitlines():
        json.loads(line)
    ET.fromstring(await evil.report("junit"))  # noqa: S314 - it is our own
    ET.fromstring(await evil.report("sitemap"))  # noqa: S314
