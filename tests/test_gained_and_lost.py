"""Promises about the views of pages and anchors that came or went: each is told once."""

import pytest

from crawler.model import Page, Verdict
from tests.nights import DOC, GONE, HOME, SLOW, Nights, dead, failing, home
from tests.stored import HOST, leaf, link, page, redirect

WALL = leaf(DOC, Verdict.BLOCKED, "401")
LARGE = leaf(DOC, Verdict.UNVERIFIABLE, "too-large")


def come_or_gone(nights: Nights) -> list[tuple[str, str]]:
    lost = nights.select("reason, url FROM pages_lost ORDER BY url")
    return lost + nights.select("'new', url FROM pages_gained ORDER BY url")


def met(told: Page) -> Page:
    """Return a page as one of the site's, whatever became of it."""
    return told._replace(request=page(told.request.url).request)


@pytest.mark.parametrize("ill", [failing(DOC), WALL, LARGE])
@pytest.mark.parametrize(
    ("now", "reason"),
    [([], "unlinked"), ([dead(DOC)], "404"), ([redirect(DOC, SLOW), leaf(SLOW)], "moved")],
)
async def test_a_page_that_fails_before_it_goes_is_lost(
    nights: Nights, ill: Page, now: list[Page], reason: str
) -> None:
    await nights.add(home(DOC), page(DOC))
    said = []
    for told in ([met(ill)], [met(ill)], now, now):
        await nights.add(home(DOC), *told)
        said.append(come_or_gone(nights))

    assert said == [[], [], [(reason, DOC)], []]


@pytest.mark.parametrize("ill", [failing(DOC), WALL, LARGE])
async def test_a_page_that_fails_when_it_comes_is_new_when_it_is_read(
    nights: Nights, ill: Page
) -> None:
    await nights.add(home())
    said = []
    for told in (met(ill), met(ill), page(DOC), page(DOC)):
        await nights.add(home(DOC), told)
        said.append(come_or_gone(nights))

    assert said == [[], [], [("new", DOC)], []]


async def test_a_page_that_has_failed_since_the_first_night_is_not_new(nights: Nights) -> None:
    said = []
    for told in (failing(DOC), failing(DOC), page(DOC)):
        await nights.add(home(DOC), met(told))
        said.append(come_or_gone(nights))

    assert said == [[], [], []]


async def test_a_page_that_was_dead_is_new_though_it_is_barred_at_first(nights: Nights) -> None:
    said = []
    for told in (page(DOC), dead(DOC), WALL, page(DOC)):
        await nights.add(home(DOC), met(told))
        said.append(come_or_gone(nights))

    assert said == [[], [("404", DOC)], [], [("new", DOC)]]


async def test_a_page_that_fails_until_it_is_broken_is_lost_then(nights: Nights) -> None:
    said = []
    for told in (page(DOC), *[failing(DOC)] * 4, page(DOC)):
        await nights.add(home(DOC), met(told))
        said.append(come_or_gone(nights))

    assert said == [[], [], [], [("503", DOC)], [], [("new", DOC)]]


async def test_a_page_that_fails_and_is_not_met_as_what_leads_there_fails_is_not_lost(
    nights: Nights,
) -> None:
    deep, leading = page(GONE), page(DOC, link(GONE))
    said = []
    for told in ((leading, deep), (leading, failing(GONE)), (failing(DOC),), (leading, deep)):
        await nights.add(home(DOC), *map(met, told))
        said.append(come_or_gone(nights))

    assert said == [[], [], [], []]


async def test_pages_and_anchors_come_and_go(nights: Nights) -> None:
    anchored = page(DOC, anchors=["kept", "lost", "unlinked"])
    links = (link(DOC, "kept"), link(DOC, "lost"))
    await nights.add(page(HOME, *links), anchored, page(GONE))
    assert nights.select("count(*) FROM pages_gained") == [(0,)]

    await nights.add(
        page(HOME, *links), page(DOC, anchors=["kept"]), page(SLOW), fragments={"lost": "kept"}
    )

    assert nights.select("url, title FROM pages_gained") == [(SLOW, "title")]
    assert nights.select("url, reason FROM pages_lost") == [(GONE, "unlinked")]
    assert nights.select("url, name, source, still, nearest FROM anchors_lost") == [
        (DOC, "lost", HOME, 1, "kept")
    ]


@pytest.mark.parametrize("ill", [failing(DOC), LARGE])
async def test_an_anchor_that_was_lost_while_its_page_failed_is_lost(
    nights: Nights, ill: Page
) -> None:
    told = []
    for anchors in (["kept", "lost"], None, None, ["kept"], ["kept"]):
        doc = met(ill) if anchors is None else page(DOC, anchors=anchors)
        await nights.add(page(HOME, link(DOC, "kept"), link(DOC, "lost")), doc)
        told.append(nights.select("url, name, source, still FROM anchors_lost"))

    assert told == [[], [], [], [(DOC, "lost", HOME, 1)], []]


async def test_an_anchor_is_lost_to_a_page_that_failed_on_the_night_before(nights: Nights) -> None:
    told, links = [], (link(DOC, "kept"), link(DOC, "lost"))
    linking = page(SLOW, *links)
    for slow, anchors in (
        (page(SLOW, link(DOC, "older")), ["kept", "lost", "older"]),
        (linking, ["kept", "lost", "older"]),
        (failing(SLOW), ["kept", "lost", "older"]),
        (linking, ["kept"]),
        (linking, ["kept"]),
    ):
        await nights.add(home(SLOW), met(slow), page(DOC, anchors=anchors))
        told.append(nights.select("url, name, source, still FROM anchors_lost"))

    assert told == [[], [], [], [(DOC, "lost", SLOW, 1)], []]


@pytest.mark.parametrize("ill", [failing(DOC), LARGE])
async def test_what_a_page_that_fails_leads_to_neither_goes_nor_comes(
    nights: Nights, ill: Page
) -> None:
    there = (page(DOC, link(GONE)), page(GONE, link(f"{HOST}/deep")), page(f"{HOST}/deep"))
    said = []
    for pages in (there, (met(ill),), there, ()):
        await nights.add(home(DOC), *pages)
        lost, gained = "url, reason FROM pages_lost", "url, 'new' FROM pages_gained"
        said.append(nights.select(lost) + nights.select(gained))

    assert said[:3] == [[], [], []]
    assert {reason for _, reason in said[3]} == {"unlinked"}
    assert len(said[3]) == 3


async def test_a_page_that_was_only_looked_at_is_not_new_when_it_is_followed(
    nights: Nights,
) -> None:
    await nights.add(home(DOC, GONE), leaf(DOC), dead(GONE))

    await nights.add(home(DOC, GONE), page(DOC), page(GONE))

    assert nights.select("url FROM pages_gained") == [(GONE,)]


@pytest.mark.parametrize("ill", [failing(DOC), WALL, LARGE])
@pytest.mark.parametrize("back", [page(DOC), dead(DOC)])
async def test_a_page_that_goes_while_what_leads_there_fails_is_lost_once_that_is_settled(
    nights: Nights, ill: Page, back: Page
) -> None:
    deeper = f"{HOST}/deeper"
    there = (page(DOC, link(SLOW)), page(SLOW, link(deeper)), page(deeper))
    said = []
    for told in (there, (met(ill),), (met(ill),), (met(back),), (met(back),)):
        await nights.add(home(DOC), *told)
        said.append([url for _, url in come_or_gone(nights) if url != DOC])

    assert said == [[], [], [], [deeper, SLOW], []]


async def test_a_page_that_is_back_with_what_leads_there_was_not_lost(nights: Nights) -> None:
    there = (page(DOC, link(GONE)), page(GONE, link(SLOW)), page(SLOW))
    said = []
    for told in (there, (failing(DOC),), (there[0], failing(GONE)), (there[0], page(GONE))):
        await nights.add(home(DOC), *map(met, told))
        said.append(come_or_gone(nights))

    assert said == [[], [], [], [("unlinked", SLOW)]]
