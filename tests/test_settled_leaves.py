"""Promises about leaves elsewhere that have long been well: they are not asked every night."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.judge.suspects import probe_url
from crawler.model import Verdict
from crawler.rules import Rule
from tests.night import SETTINGS, Night
from tests.site import Site
from tests.validated import validated


async def nights_asked(site: Site, night: Night, days: int) -> list[int]:
    """Crawl every day; return on which days the page elsewhere was asked for."""
    asked = []
    for day in range(days):
        site.hits.clear()
        await night.crawl(site.url(), day=day)
        if site.of("/far"):
            asked.append(day)
    return asked


@pytest.mark.slow
async def test_what_is_well_elsewhere_is_asked_every_night_for_a_week_then_weekly(
    site: Site, night: Night
) -> None:
    site.links("/", site.external("/far"), site.external("/gone"))
    site.redirect("/far", site.external("/farther"))
    site.page("/farther", "far")

    asked = await nights_asked(site, night, 16)

    assert asked[:7] == list(range(7))
    assert len(asked) == 8
    assert night.outcome(site.external("/far")) == ("ok", None)
    assert len(site.of("/gone")) == 1  # on the last night too


async def test_what_leads_to_a_page_of_the_site_does_not_keep_it_from_being_read(
    site: Site, night: Night
) -> None:
    site.links("/", "/a", site.external("/old"))
    site.redirect("/old", site.url("/guide"), 301)
    site.links("/a", "/guide")
    site.links("/guide", "/child")
    site.page("/child")
    await nights_asked(site, night, 8)

    site.links("/guide", "/child", "/gone")
    await night.crawl(site.url(), day=8)

    assert night.broken() == {(site.url("/guide"), site.url("/gone"), "", "404")}


async def test_what_leads_to_a_leaf_of_the_site_is_asked_every_night(
    site: Site, night: Night
) -> None:
    site.links("/", site.external("/old"))
    site.redirect("/old", site.url("/guide"), 301)
    site.page("/guide")
    for day in range(9):
        site.page("/guide", status=404 if day == 8 else 200)
        await night.crawl(site.url(), replace(SETTINGS, depth=0), day=day)

    assert night.broken() == {(site.url(), site.external("/old"), "", "404")}


async def test_what_was_noted_of_a_page_elsewhere_is_known_while_it_is_not_asked(
    site: Site, night: Night
) -> None:
    site.links("/", site.external("/settings#tokens"))
    site.redirect("/settings", "/users/sign_in")
    site.page("/users/sign_in", "<title>Sign in</title><form><input type=password></form>")

    await nights_asked(site, night, 9)

    assert site.of("/settings") == []
    assert night.rows(
        "SELECT verdict, reason FROM links WHERE run_id = 9 AND fragment = 'tokens'"
    ) == [("blocked", "challenge")]


async def test_what_is_lost_elsewhere_under_200_is_broken_every_night(
    site: Site, night: Night
) -> None:
    site.links("/", site.external("/far"))
    site.page("/far", "far")
    await nights_asked(site, night, 8)
    for path in ("/far", probe_url(site.external("")).removeprefix(site.external(""))):
        site.page(path, "<title>Page not found</title>")

    told = []
    for day in range(8, 20):
        await night.crawl(site.url(), day=day)
        told.append(night.outcome(site.external("/far")).reason)

    assert told == sorted(told, key=str)
    assert told[-5:] == ["soft-404"] * 5


async def test_a_place_that_is_new_in_what_is_not_asked_is_looked_for_there(
    site: Site, night: Night
) -> None:
    site.links("/", site.external("/far#old"))
    site.page("/far", "<p id=old>")
    await nights_asked(site, night, 8)
    site.page("/far", "<p id=old><p id=new>")
    site.hits.clear()

    await night.crawl(site.url(), day=8)
    assert site.of("/far") == []
    site.links("/", site.external("/far#old"), site.external("/far#new"))
    await night.crawl(site.url(), day=9)

    assert len(site.of("/far")) == 1
    assert night.broken() == set()


async def test_a_clock_that_was_wrong_once_keeps_nothing_from_being_asked(
    site: Site, night: Night
) -> None:
    site.links("/", site.external("/far"))
    site.page("/far", "far")
    await nights_asked(site, night, 8)
    for day in (2000, 9):
        site.hits.clear()
        await night.crawl(site.url(), day=day)

    assert len(site.of("/far")) == 1


async def test_what_was_ill_elsewhere_is_young_again(site: Site, night: Night) -> None:
    site.links("/", site.external("/far"))
    site.page("/far", "far")
    await nights_asked(site, night, 8)
    site.page("/far", status=404)
    for day in (12, 16):  # it is asked on one of them
        await night.crawl(site.url(), day=day)
    assert night.outcome(site.external("/far")) == ("broken", "404")

    site.page("/far", "back")
    site.hits.clear()
    for day in range(17, 20):
        await night.crawl(site.url(), day=day)

    assert len(site.of("/far")) == 3


async def test_what_was_blocked_elsewhere_is_asked_again(site: Site, night: Night) -> None:
    site.links("/", site.external("/far"))
    site.page("/far", "far")
    for well in (0, 6):
        await night.crawl(site.url(), day=well)
    site.page("/far", status=403)

    for day in (6.8, 7.5, 8.5):
        await night.crawl(site.url(), day=day)

        assert night.outcome(site.external("/far")) == ("blocked", "403")


async def test_what_other_rules_judged_is_asked_again(site: Site, night: Night) -> None:
    site.links("/", site.external("/far"))
    rule = Rule(url="*", status=(404,), verdict=Verdict.OK)
    for day in (0, 8):
        await night.crawl(site.url(), replace(SETTINGS, rules=(rule,)), day=day)
        assert night.broken() == set()

    await night.crawl(site.url(), day=9)

    assert night.broken() == {(site.url(), site.external("/far"), "", "404")}


async def test_a_redirect_that_is_not_asked_is_not_seen_once_more(site: Site, night: Night) -> None:
    site.links("/", site.external("/far"))
    site.page("/far", "far")
    for day in (0, 8):
        await night.crawl(site.url(), day=day)
    site.redirect("/far", site.external("/farther"), 301)
    site.page("/farther", "far")
    await night.crawl(site.url(), day=18)
    site.hits.clear()

    for soon in (18.1, 18.2):
        await night.crawl(site.url(), day=soon)

    assert not site.of("/far")
    assert night.column("SELECT max(moved_nights) FROM page") == [1]


async def test_what_becomes_a_page_elsewhere_is_not_told_as_another_page(
    site: Site, night: Night
) -> None:
    site.links("/", site.external("/far"))
    site.handler("/far", validated("x", "image/png"))
    for day in (0, 10):
        await night.crawl(site.url(), day=day)
    site.handler("/far", validated("<title>Far</title>"))

    await night.crawl(site.url(), day=20)

    assert [hit.method for hit in site.of("/far")] == ["HEAD", "GET", "GET"]
    assert night.rows("SELECT url, kind FROM notes") == []


async def test_a_place_in_what_is_not_asked_is_looked_up_all_the_same(
    site: Site, night: Night
) -> None:
    site.links("/", site.external("/far"))
    site.page("/far", "<i id=x>")
    assert (await nights_asked(site, night, 9))[-1] < 8
    site.links("/", site.external("/far#y"))

    await night.crawl(site.url(), day=9)

    assert len(night.broken()) == 1


async def test_zero_asks_for_everything_every_night(site: Site, night: Night) -> None:
    site.links("/", site.external("/far"))
    site.page("/far", "far")

    for day in range(0, 40, 8):
        await night.crawl(site.url(), replace(SETTINGS, recheck_after=timedelta()), day=day)

    assert len(site.of("/far")) == 5
