"""Promises of the formats: each is what its own readers take, and nothing in it does harm."""

import asyncio
import csv
import json
import re
from collections.abc import AsyncGenerator
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pydot
import pytest
from jsonschema import Draft4Validator, Draft202012Validator
from junitparser import JUnitXml
from markdown_it import MarkdownIt

from crawler.document import Link
from crawler.model import Ending, Judgement, Page, Verdict
from crawler.report.names import Format
from crawler.report.printable import printable
from crawler.report.subject import Subject, subject_of
from crawler.store.findings import open_findings
from crawler.store.ledger import open_store
from crawler.store.protocol import FragmentVerdict
from crawler.urls import url_id
from tests.night import Night, written
from tests.site import Site
from tests.stored import HOST, NOW, begun, leaf, link, page

HOME, DOC, GONE = (f"{HOST}/{name}" for name in ("", "doc", "gone"))
# A reference that is no URL is a target as it was written.
ODD = '<http://"]; evil -> graph; "|` \\N\x1b##[group]'

# What the web could have in a link's text, in its href and after its #.
ATTACKS = (
    "\x1b[31mred\x1b]8;;http://evil.test/\x07 \u202egnp.exe\u202c \u2066\u200b\x9b\x00\ufffe",
    "=cmd|' /C calc'!A0",
    "+1",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "</failure></testcase>]]>&\"'<!--",
    "[click](javascript:alert(1)) ![x](http://evil.test/x.png) @everyone #1 | `a` ``b`` *c*",
    "::error file=x::pwned\n::set-output name=a::b",
    "##[add-mask]a ##vso[task.complete] ##teamcity[x]",
    '"]; evil -> graph; "\\" \\N',
    "plain “größer” 日本語 🙂",
)


def linked(text: str, number: int) -> Link:
    """Return a link with `text` wherever the web decides what is there."""
    fragment = "" if number % 2 else text
    return link(f"{GONE}/{number}", fragment)._replace(href=text, text=text, section=text)


def pages() -> list[Page]:
    links = [linked(text, number) for number, text in enumerate(ATTACKS)]
    broken = [leaf(f"{GONE}/{number}", Verdict.BROKEN, "404") for number in range(len(ATTACKS))]
    broken.append(leaf(ODD, Verdict.BROKEN, "invalid-url"))
    odd = link(ODD)._replace(text=ATTACKS[0])
    return [page(HOME, *links, link(DOC), odd), page(DOC, link(DOC, "no"), link(HOME)), *broken]


FINDINGS = len(ATTACKS) + 2


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("formats") / "crawl.db"
    asyncio.run(write_run(path))
    return path


async def write_run(path: Path) -> None:
    async with open_store(path) as store:
        run_id = await begun(store, *pages())
        missing = Judgement(Verdict.BROKEN, "fragment")
        await store.write_fragments(
            run_id, [FragmentVerdict(url_id(DOC), "no", missing, "now::\x1b")]
        )
        await store.end(run_id, Ending("finished", None, NOW + 90))


@pytest.fixture
async def subject(database: Path) -> AsyncGenerator[Subject]:
    async with open_findings(database) as findings:
        yield await subject_of(findings, None, "crawl.db")


@pytest.fixture
async def sound(tmp_path: Path) -> AsyncGenerator[Subject]:
    """Return a run that found nothing."""
    async with open_store(tmp_path / "sound.db") as store:
        run_id = await begun(store, page(HOME))
        await store.end(run_id, Ending("finished", None, NOW + 90))
    async with open_findings(tmp_path / "sound.db") as findings:
        yield await subject_of(findings, None, "sound.db")


def schema() -> dict[str, Any]:
    text = files("crawler.report").joinpath("report.schema.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize("form", get_args(Format))
async def test_no_format_does_harm_to_a_terminal_or_a_job(subject: Subject, form: Format) -> None:
    lines = (await written(subject, form)).removesuffix("\n").split("\n")

    commands = [line for line in lines if line.lstrip().startswith("::")]
    assert [line for line in lines if line not in commands and line != printable(line)] == []
    assert all(re.match(r"::error [^\0-\x1f]*$", line) for line in commands)
    assert len(commands) == (FINDINGS if form == "github" else 0)
    assert not any(re.search(r"##\w*\[", line) for line in lines)


async def test_json_follows_its_schema(subject: Subject, sound: Subject) -> None:
    Draft202012Validator.check_schema(schema())
    validator = Draft202012Validator(schema())

    document, nothing = [json.loads(await written(each, "json")) for each in (subject, sound)]

    validator.validate(document)
    validator.validate(nothing)
    assert nothing["findings"] == []
    assert {each["text"] for each in document["findings"]} == {*ATTACKS, "text"}
    assert document["totals"]["broken_links"] == len(document["findings"])
    assert document["run"]["started_at"] == "2027-01-15T08:00:00.000Z"


async def test_every_key_of_json_is_described(subject: Subject) -> None:
    document = json.loads(await written(subject, "json"))
    described = schema()["$defs"]

    assert list(document["run"]) == list(described["run"]["properties"])
    assert list(document["totals"]) == list(described["totals"]["properties"])
    assert list(document["findings"][0]) == list(described["finding"]["properties"])


async def test_each_of_the_json_lines_follows_its_schema(subject: Subject) -> None:
    validator = Draft202012Validator({"$defs": schema()["$defs"], "$ref": "#/$defs/line"})

    lines = [json.loads(line) for line in (await written(subject, "jsonl")).splitlines()]

    for line in lines:
        validator.validate(line)
    assert [line["type"] for line in lines] == ["run", *["finding"] * FINDINGS]


async def test_csv_has_a_row_a_finding_and_no_formula(subject: Subject) -> None:
    table = rows(await written(subject, "csv"))

    assert len(table) == FINDINGS
    assert all(None not in row for row in table)
    cells = [value for row in table for value in row.values()]
    assert not [value for value in cells if value.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert "'=cmd|' /C calc'!A0" in cells
    assert {row["source"] for row in table} == {HOME, DOC}


async def test_sarif_is_what_its_schema_demands(
    subject: Subject, sound: Subject, doubted: Subject
) -> None:
    path = Path(__file__).parent / "data/sarif-2.1.0-rtm.5.json"
    validator = Draft4Validator(json.loads(path.read_text("utf-8")))

    runs = (subject, sound, doubted)
    document, *others = [json.loads(await written(each, "sarif")) for each in runs]

    for each in (document, *others):
        validator.validate(each)
    (run,) = document["runs"]
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {
        "404",
        "fragment",
        "invalid-url",
    }
    assert len({each["partialFingerprints"]["link/v1"] for each in run["results"]}) == len(
        run["results"]
    )
    texts = [each["message"]["text"] for each in run["results"]]
    assert not [text for text in texts if re.search(r"(?<!\\)\[[^]]*(?<!\\)\]\(", text)]


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("/", "index"),
        ("/guide/", "guide/index"),
        ("/guide.html?page=2", "guide.html"),
        ("//a:b/c%C3%BC%2F|100%", "a%3Ab/c%C3%BC%2F%7C100%25"),
    ],
)
async def test_sarif_has_a_relative_path_for_a_page_without_a_file(
    tmp_path: Path, path: str, uri: str
) -> None:
    source = f"{HOST}{path}"
    async with open_store(tmp_path / "crawl.db") as store:
        await begun(store, page(source, link(GONE)), leaf(GONE, Verdict.BROKEN, "404"))
    async with open_findings(tmp_path / "crawl.db") as findings:
        text = await written(await subject_of(findings, None, "crawl.db"), "sarif")

    (result,) = json.loads(text)["runs"][0]["results"]
    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == {"uri": uri}
    assert not urlsplit(uri).scheme, "with one, GitHub refuses the whole file"
    assert f" on {source} to {GONE} is broken: 404." in result["message"]["text"]
    assert result["properties"]["source"] == source


async def test_junit_counts_what_failed(subject: Subject, sound: Subject) -> None:
    suites = JUnitXml.fromstring((await written(subject, "junit")).encode())
    passed = JUnitXml.fromstring((await written(sound, "junit")).encode())

    assert (suites.tests, suites.failures, suites.errors) == (FINDINGS,) * 2 + (0,)
    assert (passed.tests, passed.failures) == (1, 0)
    cases = [case for suite in suites for case in suite]
    assert len(cases) == FINDINGS
    assert {case.result[0].type for case in cases} == {"404", "fragment", "invalid-url"}


async def test_markdown_is_a_table_with_nothing_but_text_and_links_in_it(subject: Subject) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(await written(subject, "markdown"))

    inline = [child for token in tokens for child in token.children or []]
    kinds = {child.type for child in inline}
    assert kinds == {"text", "code_inline", "link_open", "link_close"}
    hrefs = {str(child.attrs["href"]) for child in inline if child.type == "link_open"}
    assert all(href.startswith(f"{HOST}/") for href in hrefs)
    assert len([token for token in tokens if token.type == "tr_open"]) == FINDINGS + 1
    assert len([token for token in tokens if token.type == "td_open"]) == 6 * FINDINGS
    assert not [token for token in tokens if token.type.startswith("html")]


async def test_a_link_in_markdown_leads_where_the_dead_one_does(site: Site, night: Night) -> None:
    site.links("/", "/gone?a=1&amp;amp;b=2&amp;lt;=3", "/gone?a=1&b=2")
    await night.crawl(site.url())

    tokens = MarkdownIt("commonmark").enable("table").parse(await night.report("markdown"))

    inline = [child for token in tokens for child in token.children or []]
    hrefs = [str(child.attrs["href"]) for child in inline if child.type == "link_open"]
    dead = {href.partition("?")[2] for href in hrefs if "/gone" in href}
    assert dead == {"a=1&amp;b=2&lt;=3", "a=1&b=2"}


async def test_markdown_says_how_many_more_there_are(tmp_path: Path) -> None:
    async with open_store(tmp_path / "crawl.db") as store:
        links = [link(GONE, f"{number}-{'x' * 1000}") for number in range(60)]
        await begun(store, page(HOME, *links), leaf(GONE, Verdict.BROKEN, "404"))
    async with open_findings(tmp_path / "crawl.db") as findings:
        text = await written(await subject_of(findings, None, "crawl.db"), "markdown")

    assert len(text) < 65_536
    shown = len(re.findall(r"^\| new", text, re.MULTILINE))
    assert 0 < shown < 60
    assert text.endswith(f"\nAnd {60 - shown} more in the database.\n")


async def test_markdown_says_how_often_a_link_stands_on_its_page(site: Site, night: Night) -> None:
    site.links("/", "/gone", "/lost", "/gone")
    await night.crawl(site.url())

    rows = [line for line in (await night.report("markdown")).splitlines() if "404" in line]

    assert [row.split(" | ")[3].partition(">)")[2] for row in rows] == [":1 (2 times)", ":2"]


async def test_nothing_broken_is_good_news_in_markdown(sound: Subject) -> None:
    text = await written(sound, "markdown")

    assert text.startswith("## No broken links\n")
    assert "|" not in text


async def test_an_annotation_names_the_place_and_the_page(subject: Subject) -> None:
    lines = (await written(subject, "github")).splitlines()

    assert (
        f"::error title=Broken link (fragment)::{DOC}#no; perhaps #now::\ufffd,"
        f" linked from {DOC}:3 “text”"
    ) in lines


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pydot's own
async def test_the_graph_has_an_edge_for_each_link(subject: Subject) -> None:
    (graph,) = pydot.graph_from_dot_data(await written(subject, "dot")) or []

    odd = r'"<http://\"]; evil -> graph; \"|` \\N' + '\ufffd#\ufffd[group]"'
    ends = {(edge.get_source(), edge.get_destination()) for edge in graph.get_edges()}
    assert ends == {
        (f'"{HOME}"', f'"{DOC}"'),
        (f'"{DOC}"', f'"{HOME}"'),
        (f'"{DOC}"', f'"{DOC}"'),
        *((f'"{HOME}"', f'"{GONE}/{number}"') for number in range(len(ATTACKS))),
        (f'"{HOME}"', odd),
    }
    red = {edge.get_destination() for edge in graph.get_edges() if edge.get("color") == "red"}
    assert f'"{HOME}"' not in red
    assert f'"{DOC}"' in red


@pytest.mark.parametrize(
    ("last_modified", "modified"),
    [
        ("Fri, 15 Jan 2027 08:00:00 GMT", "2027-01-15"),
        ("Fri, 15 Jan 2027 08:00:00 +99999999999999", None),
        ("yesterday", None),
        (None, None),
    ],
)
async def test_the_sitemap_has_the_pages_that_answered(
    tmp_path: Path, last_modified: str | None, modified: str | None
) -> None:
    home = page(f"{HOST}/?a=1&b=2", link(GONE))
    async with open_store(tmp_path / "crawl.db") as store:
        await begun(
            store,
            home._replace(last_modified=last_modified),
            leaf(GONE, Verdict.BROKEN, "404"),
        )
    async with open_findings(tmp_path / "crawl.db") as findings:
        text = await written(await subject_of(findings, None, "crawl.db"), "sitemap")

    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    root = ET.fromstring(text)  # noqa: S314 - it is ours
    assert [loc.text for loc in root.findall("s:url/s:loc", names)] == [f"{HOST}/?a=1&b=2"]
    assert root.findtext("s:url/s:lastmod", None, names) == modified
