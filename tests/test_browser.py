"""Promises of the report's page in a browser: it can be searched, by keyboard too, by everybody."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from crawler.report.html import render
from crawler.report.portrait import Portrait
from tests.browser import Reader, opened_browser
from tests.portrait import FIXED, OTHER, SITE, TOLD, finding, many, portrait
from tests.test_page import hostile

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncGenerator[Browser]:
    async with opened_browser() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def reader(browser: Browser) -> AsyncGenerator[Reader]:
    async with await browser.new_context() as context:
        yield Reader(await context.new_page())


def written(folder: Path, shown: Portrait) -> Path:
    path = folder / "report.html"
    path.write_text(render(shown), "utf-8")
    return path


LINKS = [
    finding(f"{SITE}/a", f"{SITE}/one", text="the first-born, “ü” & all", section="top")._replace(
        file="docs/a.md", file_line=12
    ),
    finding(f"{SITE}/b", f"{SITE}/one", "part", text="other")._replace(reason="404", whole=True),
    finding(f"{SITE}/b", f"{OTHER}/two", "sec tion", is_new=True),
]


async def test_broken_links_are_grouped_searched_and_filtered(
    reader: Reader, tmp_path: Path
) -> None:
    page = reader.page
    await reader.open(written(tmp_path, portrait(LINKS)))

    assert await reader.groups() == ["/one", f"{OTHER}/two#sec tion"]
    said = await page.locator("#list").inner_text()
    assert "/a docs/a.md:12 a href, “the first-born" in said
    assert "/b line 3 a href, “other”, to #part, 2 times" in said
    assert await page.locator("#new h4").all_inner_texts() == [f"{OTHER}/two#sec tion"]
    await page.get_by_role("radio", name="page").check()
    assert await reader.groups() == ["/b", "/a"]
    await page.get_by_role("radio", name="host").check()
    assert await reader.groups() == [SITE, OTHER]
    await page.get_by_label("Search").fill("FIRST one")
    assert await reader.groups() == [SITE]
    assert await reader.count() == "1 link, 1 host"
    await page.get_by_label("Search").fill("nothing like it")
    assert await reader.count() == "No broken link is like that."
    await page.get_by_label("Search").fill("")
    await page.get_by_label("Reason").select_option("fragment")
    assert await reader.groups() == [OTHER]
    await page.get_by_role("combobox", name="Age").select_option("old")
    assert await reader.groups() == []
    assert reader.complaints == []


async def test_a_text_from_right_to_left_leaves_alone_what_stands_behind_it(
    reader: Reader, tmp_path: Path
) -> None:
    await reader.open(written(tmp_path, portrait([finding(text="قسم")])))

    assert await reader.page.evaluate("""() => {
        const about = [...document.querySelectorAll("#list .about")].pop();
        const edge = (text) => {
            const range = document.createRange();
            const walker = document.createTreeWalker(about, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const start = walker.currentNode.data.indexOf(text);
                if (start < 0) continue;
                range.setStart(walker.currentNode, start);
                range.setEnd(walker.currentNode, start + text.length);
                return range.getBoundingClientRect();
            }
        };
        return edge("قسم").right <= edge("2").left + 1;
    }""")


async def test_a_place_that_a_rule_calls_broken_is_not_the_page_that_it_is_on(
    reader: Reader, tmp_path: Path
) -> None:
    links = [
        finding(f"{SITE}/a", f"{SITE}/one", fragment)._replace(reason=reason)
        for fragment, reason in [("/route", "hash-route"), (":~:text=x", "text-fragment")]
    ]
    await reader.open(written(tmp_path, portrait(links)))

    assert await reader.groups() == ["/one#/route", "/one#:~:text=x"]


async def test_a_finding_leads_to_its_place_on_the_page(reader: Reader, tmp_path: Path) -> None:
    await reader.open(written(tmp_path, portrait(LINKS)))

    hrefs = await reader.page.locator("#list .rows a").evaluate_all("a => a.map(a => a.href)")
    targets = await reader.page.locator("#list h3 a").evaluate_all("a => a.map(a => a.href)")

    assert hrefs == [
        f"{SITE}/a#top:~:text=the%20first%2Dborn%2C%20%E2%80%9C%C3%BC%E2%80%9D%20%26%20all",
        f"{SITE}/b#:~:text=other",
        f"{SITE}/b#:~:text=text",
    ]
    assert targets == [f"{SITE}/one", f"{OTHER}/two#sec%20tion"]


async def test_a_status_is_said_where_the_reason_is_none(reader: Reader, tmp_path: Path) -> None:
    said = [("503", 301), ("bad-location", 302), ("dns", None)]
    links = [
        finding(f"{SITE}/", f"{SITE}/{why}")._replace(reason=why, status=status, nights=1)
        for why, status in said
    ]
    await reader.open(written(tmp_path, portrait(links)))

    about = await reader.page.locator("#list .head .about").all_inner_texts()
    assert about == ["", "status 302", "no such host"]


async def test_the_keyboard_is_enough(reader: Reader, tmp_path: Path) -> None:
    page = reader.page
    links = [finding(f"{SITE}/{n}", f"{SITE}/{n % 2}") for n in range(14)]
    await reader.open(written(tmp_path, portrait(links)))

    await page.keyboard.press("/")
    await page.keyboard.type("test/1")
    assert await reader.groups() == ["/1", "/0"]
    for key in ("Tab", "Tab", "Tab", "ArrowRight"):
        await page.keyboard.press(key)
    assert (await reader.groups())[0] == "/1"
    await page.keyboard.press("/")
    await page.keyboard.press("Control+A")
    await page.keyboard.press("Delete")
    await page.get_by_role("radio", name="target").check()
    more = page.locator("#list button").first
    assert await more.inner_text() == "Show 2 more links"
    await more.press("Enter")
    assert await page.evaluate("document.activeElement.textContent") == "/10"
    assert await page.locator("#list .group").first.locator("li").count() == 7


async def test_what_a_hostile_site_says_does_nothing(reader: Reader, tmp_path: Path) -> None:
    await reader.open(written(tmp_path, hostile()))

    script, data = await reader.groups()
    assert script == "javascript:alert(1)"
    assert data.startswith("data:text/html,x#</script><script>alert(1)")
    assert await reader.page.locator("a[href^=javascript], a[href^=data]").count() == 0
    assert await reader.page.locator("body b").count() == 0
    assert reader.complaints == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1280)])
async def test_axe_finds_nothing(browser: Browser, tmp_path: Path, scheme: str, width: int) -> None:
    dark = scheme == "dark"
    async with await browser.new_context(
        color_scheme="dark" if dark else "light", viewport={"width": width, "height": 900}
    ) as context:
        reader = Reader(await context.new_page())
        shown = replace(portrait(many(12), fixed=[FIXED]), told=TOLD)
        await reader.open(written(tmp_path, shown))
        await reader.page.locator("details").evaluate_all("all => all.forEach(d => d.open = true)")

        found = await Axe().run(reader.page)

        wide = await reader.page.evaluate("document.documentElement.scrollWidth")
    assert [each["id"] for each in found.response["violations"]] == []
    assert wide == width
