"""Promises of the report as an HTML file: true, whole by itself, and harmless."""

import re
import sqlite3
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from crawler.cli import main
from crawler.report.changes import Change
from crawler.report.html import render
from crawler.report.portrait import MOST_FINDINGS, Portrait, headline, portrait_of
from crawler.report.subject import subject_of
from crawler.store.figures import Night
from crawler.store.findings import open_findings
from tests.night import Night as Crawled
from tests.portrait import FIXED, NIGHTS, OTHER, SITE, finding, many, portrait

EVIL = "</script><script>alert(1)</script><!-- <b onclick='x'> & \u202egnp.exe \u2028"


class Elements(HTMLParser):
    """All elements of a page with their attributes, and the text of scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attributes = self.found[-1] if self.found else ("", {})
        if tag in ("style", "script"):
            self.raw.setdefault(attributes.get("id") or tag, data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def hostile() -> Portrait:
    shown = portrait(
        [
            finding(f"{SITE}/{EVIL}", "javascript:alert(1)", text=EVIL, section=EVIL),
            finding(target="data:text/html,x", fragment=EVIL, is_new=True),
        ],
        fixed=[FIXED._replace(target="javascript:alert(1)", fragment=EVIL)],
        seeds=[f"{SITE}/", "javascript:alert(1)"],
    )
    lost = Change("moved", "javascript:alert(1)", f" to {EVIL}")
    return replace(shown, told=[("Lost pages", [lost])])


def test_the_policy_lets_in_the_style_and_the_script_of_the_page_and_nothing_else() -> None:
    page = Elements(render(portrait([finding()])))

    (policy,) = [meta["content"] for meta in page.of("meta") if "http-equiv" in meta]

    def allowed(tag: str) -> str:
        return f"'sha256-{b64encode(sha256(page.raw[tag].encode()).digest()).decode()}'"

    assert policy == (
        f"default-src 'none'; script-src {allowed('script')}; style-src {allowed('style')};"
        " base-uri 'none'; form-action 'none'"
    )


def test_the_page_loads_nothing() -> None:
    page = Elements(render(portrait([finding()], fixed=[FIXED])))

    loading = {"link", "img", "iframe", "object", "embed", "base", "image", "use", "video"}
    assert loading.isdisjoint({tag for tag, _ in page.found})
    assert [attributes for _, attributes in page.found if "src" in attributes] == []
    assert "@import" not in page.raw["style"]
    assert "url(" not in page.raw["style"]


def test_what_a_hostile_site_says_stays_text() -> None:
    html = render(hostile())
    page = Elements(html)

    assert len(page.of("script")) == 2
    assert page.of("b") == []
    assert not any(name.startswith("on") for _, each in page.found for name in each)
    assert {(each["href"] or "").split(":")[0] for each in page.of("a")} <= {
        *("https", "#changed", "#broken", "#figures", "#hosts", "#also")
    }
    assert re.search("[\u202e\u2028]", html) is None
    assert page.raw["findings"].isascii()


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (portrait, "No new broken links"),
        (partial(portrait, nights=NIGHTS[:1]), "No broken links"),
        (partial(portrait, [finding()] * 2, nights=NIGHTS[:1]), "2 broken links"),
        (partial(portrait, [finding()] * 1200), "No new broken links, 1,200 known"),
        (partial(portrait, [finding(is_new=True)]), "1 new broken link"),
        (
            partial(portrait, [finding(), finding(is_new=True)], fixed=[FIXED]),
            "1 new broken link, 1 known, 1 mended",
        ),
        (
            partial(portrait, fixed=[FIXED, *[FIXED._replace(how="unlinked")] * 3]),
            "No new broken links, 1 mended, 3 unlinked",
        ),
        (partial(portrait, [finding()], state="running"), "1 broken link so far"),
        (partial(portrait, doubts=("why",)), "The run cannot be trusted"),
        (
            partial(portrait, [finding(), finding(is_new=True)], doubts=("why",)),
            "The run cannot be trusted: 2 broken links, 1 of them new",
        ),
        (
            partial(portrait, doubts=("why",), state="incomplete", nights=NIGHTS[:1]),
            "The run cannot be trusted",
        ),
        (partial(portrait, state="incomplete"), "The run ended early"),
    ],
)
def test_the_headline_says_what_a_person_wants_to_know(
    shown: Callable[[], Portrait], said: str
) -> None:
    page = shown()

    assert headline(page) == said
    assert f"<h1>{said}</h1>" in render(page)
    assert f"<title>{said} " in render(page)


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (portrait, "Nothing broke since the run before."),
        (portrait, "Nothing was mended since the run before."),
        (portrait, '<p class="empty">No broken links.</p>'),
        (partial(portrait, state="running"), "None so far."),
        (lambda: replace(portrait(), told=[("Flaky", [Change("", SITE)] * 21)]), "and 1 more</p>"),
        (partial(portrait, nights=NIGHTS[:1]), "Nothing to compare with yet"),
        (partial(portrait, nights=NIGHTS[:1]), "drawn from the second run on"),
        (partial(portrait, fixed=[FIXED] * 101), "and 1 more: <code>select * from fixed</code>"),
        (
            partial(portrait, doubts=("the seed is not ok",)),
            "cannot be trusted: the seed is not ok.",
        ),
        (
            partial(portrait, state="incomplete"),
            "The run is incomplete (deadline): it ended before all",
        ),
        (partial(portrait, seeds=[f"{SITE}/", f"{OTHER}/"]), "docs.test, other.test"),
        (
            partial(portrait, seeds=[f"https://{n}.test/" for n in "abcde"]),
            "c.test and 2 more hosts",
        ),
    ],
)
def test_where_there_is_little_to_say_the_page_says_so(
    shown: Callable[[], Portrait], said: str
) -> None:
    assert said in render(shown())


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize(
    "shown", [partial(portrait, doubts=("why",)), partial(portrait, state="incomplete")]
)
def test_of_a_run_that_says_little_nothing_is_good_news(
    shown: Callable[[], Portrait], *, live: bool
) -> None:
    html = render(shown(), live=live)

    assert "None was found, but the run says little about the links." in html
    assert '<p class="notice">The run ' in html
    for good in ("No broken links", "No new broken links", "since the run before"):
        assert good not in html


def test_without_a_script_there_is_a_plain_list() -> None:
    html = render(portrait([finding(section="top", text="the <b>text")]))

    plain = html.partition("<noscript>")[2].partition("</noscript>")[0]

    assert f'<a href="{SITE}/#top" rel="noreferrer">/#top</a> line 3' in plain
    assert "“<bdi>the &lt;b&gt;text</bdi>” (2 times)" in plain
    assert "and 1 more link" in render(portrait([finding()] * 201))


def test_ten_thousand_findings_are_less_than_three_megabytes() -> None:
    assert len(render(portrait(many(10_000))).encode()) < 3_000_000


def test_of_more_findings_than_a_page_can_show_it_says_where_the_rest_is() -> None:
    shown = portrait([finding()])

    html = render(replace(shown, totals=shown.totals._replace(broken_links=MOST_FINDINGS + 1)))

    assert "The page has 1 of 20,001:" in html


@pytest.mark.parametrize("number", [1, 2, 5, 6, 30])
def test_a_picture_has_few_dates_the_last_night_among_them(number: int) -> None:
    nights = [Night(n, f"2027-01-{n:02} 02:00:00", 9, 3, "{}") for n in range(1, number + 1)]

    shown = portrait(nights=[*nights, Night(31, "2027-01-31 02:00:00", 9, 3, "{}")])

    dates = re.findall(r">(\d+ Jan)</text>", shown.pictures[0].svg)
    assert dates[-1] == "31 Jan"
    assert len(dates) <= 6


@pytest.mark.parametrize(
    ("broken", "axis"),
    [
        (0, ["0", "1"]),
        (1, ["0", "1"]),
        (3, ["0", "1", "2", "3"]),
        (40, ["0", "10", "20", "30", "40"]),
    ],
)
def test_the_axis_of_a_picture_counts_in_whole_links(broken: int, axis: list[str]) -> None:
    nights = [Night(n, f"2027-01-{n:02} 02:00:00", 9, 3, f'{{"404": {broken}}}') for n in (1, 2)]

    shown = portrait(nights=nights)

    assert re.findall(r">(\d+)</text>", shown.pictures[0].svg) == axis


async def test_the_page_is_about_the_run_that_is_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    night = Crawled(tmp_path / "crawl.db")
    for links in ("<a href=one>1</a>", "<a href=one>1</a><a href=two>2</a>", "<a href=two>2</a>"):
        (folder / "index.html").write_text(links)
        await night.crawl(str(folder))

    async with open_findings(night.db) as findings:
        shown = [
            await portrait_of(await subject_of(findings, run, "crawl.db")) for run in (1, 2, 3)
        ]

    assert [headline(each) for each in shown] == [
        "1 broken link",
        "1 new broken link, 1 known",
        "No new broken links, 1 known, 1 unlinked",
    ]
    assert [len(each.pictures) for each in shown] == [3, 5, 5]
    assert [[aside.name for aside in each.asides] for each in shown] == [["slowest"]] * 3
    host = shown[2].hosts[0]
    assert (host.key, host.pages, host.ok, host.broken) == ("http://site.localhost", 2, 1, 1)
    assert host.median is not None
    assert host.late is not None
    assert 0 < host.median <= host.late


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text("<a href=gone>gone</a>")
    db, output = str(tmp_path / "crawl.db"), tmp_path / "report.html"

    status = main([str(tmp_path / "site"), "--db", db, "--format", "html", "--output", str(output)])

    assert status == 1
    assert output.read_text().startswith("<!doctype html>")
    assert "<h1>1 broken link</h1>" in output.read_text()
    with closing(sqlite3.connect(db)) as connection:
        assert connection.execute("SELECT state FROM run").fetchall() == [("finished",)]
