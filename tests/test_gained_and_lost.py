"""Promises about the views of pages that came or went: each is told once, on whatever nights."""

import pytest

from crawler.model import Page, Verdict
from tests.nights import DOC, GONE, SLOW, Nights, dead, failing, home
from tests.stored import leaf, link, page, redirect

WALL = leaf(DOC, Verdict.BLOCKED, "401")


def come_or_gone(nights: Nights) -> list[tuple[str, str]]:
    lost = nights.select("reason, url FROM pages_lost ORDER BY url")
    return lost + nights.select("'new', url FROM pages_gained ORDER BY url")


def met(told: Page) -> Page:
    """Return a page as one of the site's, whatever became of it."""
    return told._replace(request=page(told.request.url).request)


@pytest.mark.parametrize("ill", [failing(DOC), WALL])
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


@pytest.mark.parametrize("ill", [failing(DOC), WALL])
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
