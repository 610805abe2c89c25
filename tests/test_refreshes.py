"""Promises about pages that lead on to others by themselves."""

from dataclasses import replace
from typing import Literal

import pytest

from tests.night import SETTINGS, Night, Outcome
from tests.site import Site

ONWARD = '<script>location.href = "{0}" + location.hash</script>'
REFRESH = "<meta http-equiv=refresh content='0; url={0}'>"


def leads_on(site: Site, path: str, to: str, rest: str = "") -> None:
    """Declare a page as tools for moved pages write it: its script takes the fragment along."""
    site.page(path, (ONWARD + REFRESH).format(to) + rest)


@pytest.mark.parametrize("depth", [1, 2, "all"])
async def test_a_fragment_is_looked_for_where_its_page_leads_however_deep_that_is(
    site: Site, night: Night, depth: int | Literal["all"]
) -> None:
    site.links("/", "/old#here", "/old#gone", "/list")
    leads_on(site, "/old", "/new")
    site.page("/new", "<p id=here>")
    site.links("/list", "/new")

    await night.crawl(site.url(), replace(SETTINGS, depth=depth))

    assert night.broken() == {(site.url(), site.url("/old"), "gone", "fragment")}


async def test_a_fragment_is_looked_for_where_its_page_leads_on_another_host(
    site: Site, night: Night
) -> None:
    site.links("/", "/old#here", "/old#gone")
    leads_on(site, "/old", site.external("/new"))
    site.page("/new", "<p id=here>")

    await night.crawl(site.url())

    assert night.broken() == {(site.url(), site.url("/old"), "gone", "fragment")}


async def test_a_page_that_leads_on_may_have_places_of_its_own(site: Site, night: Night) -> None:
    site.links("/", "/old#here", "/old#moved", "/old#gone")
    leads_on(site, "/old", "/older", rest="<p id=moved>")
    leads_on(site, "/older", "/new")
    site.page("/new", "<p id=here>")

    await night.crawl(site.url(), replace(SETTINGS, depth=3))

    assert night.broken() == {(site.url(), site.url("/old"), "gone", "fragment")}


async def test_where_pages_elsewhere_lead_is_not_known(site: Site, night: Night) -> None:
    site.links("/", site.external("/old#here"))
    leads_on(site, "/old", "/new")
    site.page("/new", "<p id=here>")

    await night.crawl(site.url())

    assert night.rows("SELECT verdict, reason FROM links WHERE fragment = 'here'") == [
        ("unverifiable", "script")
    ]


@pytest.mark.parametrize("body", ["", "It has moved."])
async def test_where_the_headers_of_pages_elsewhere_lead_is_not_known(
    site: Site, night: Night, body: str
) -> None:
    site.links("/", site.external("/old#here"))
    site.page("/old", body, headers={"Refresh": "0; url=/new"})
    site.page("/new", "<p id=here>")

    await night.crawl(site.url())

    assert night.rows("SELECT verdict, reason FROM links WHERE fragment = 'here'") == [
        ("unverifiable", "script")
    ]


async def test_a_page_elsewhere_that_leads_on_no_more_is_read_again(
    site: Site, night: Night
) -> None:
    site.links("/", site.external("/old#here"))
    site.page("/old", "It has moved.", headers={"Refresh": "0; url=/new"})
    await night.crawl(site.url(), day=0)
    site.page("/old", "It has moved.")

    await night.crawl(site.url(), day=1)

    assert night.broken() == {(site.url(), site.external("/old"), "here", "fragment")}


async def test_a_place_where_nothing_was_read_is_not_known(site: Site, night: Night) -> None:
    site.links("/", "/old#here")
    leads_on(site, "/old", "/new.pdf")
    site.page("/new.pdf", "%PDF", headers={"Content-Type": "application/pdf"})

    await night.crawl(site.url())

    assert night.rows("SELECT verdict, reason FROM links WHERE fragment = 'here'") == [
        ("unverifiable", "script")
    ]


@pytest.mark.parametrize(
    "around",
    [
        "<noscript>{}</noscript><p>hello",
        "<p>hello<noscript><div>{}</div></noscript>",
        "<template>{}</template><p>hello",
        '<iframe srcdoc="{}"></iframe><p>hello',
    ],
)
async def test_a_page_that_stays_is_not_dead_for_what_others_would_be_led_to(
    site: Site, night: Night, around: str
) -> None:
    site.links("/", "/page")
    site.page("/page", around.format(REFRESH.format("/gone")))

    await night.crawl(site.url())

    assert night.outcome(site.url("/page")) == Outcome("ok")
    assert night.broken() == {(site.url("/page"), site.url("/gone"), "", "404")}
    assert night.rows("SELECT kind, line FROM broken") == [("inner meta refresh", 1)]


async def test_what_leads_on_to_a_page_that_is_known_as_broken_stays_so(
    site: Site, night: Night
) -> None:
    site.links("/", "/page", "/moved")
    site.page("/page", REFRESH.format("/gone"))
    site.page("/moved", REFRESH.format("/away"))
    site.redirect("/away", "/gone")
    await night.crawl(site.url(), day=0)
    site.page("/gone", status=500)

    summary = await night.crawl(site.url(), day=1)

    assert night.outcome(site.url("/page")) == Outcome("broken", "refresh")
    assert summary.totals.broken_links == 4
    assert summary.totals.new_broken_links == 0
    assert night.rows("SELECT * FROM fixed") == []


async def test_what_leads_on_to_a_page_that_is_failing_for_long_is_broken_too(
    site: Site, night: Night
) -> None:
    site.links("/", "/page")
    site.page("/page", REFRESH.format("/failing"))
    site.page("/failing", status=500)
    for day in range(4):
        await night.crawl(site.url(), day=day)

    assert night.outcome(site.url("/page")) == Outcome("broken", "refresh")


async def test_what_leads_on_is_broken_on_the_night_on_which_its_end_is(
    site: Site, night: Night
) -> None:
    site.links("/", "/page", "/moved")
    site.page("/page", REFRESH.format("/failing"))
    site.redirect("/moved", "/page")
    site.page("/failing", status=500)
    for day in range(2):
        await night.crawl(site.url(), day=day)
    assert night.broken() == set()

    await night.crawl(site.url(), day=2)

    broken = night.broken()
    assert broken == {
        (site.url(), site.url("/page"), "", "refresh"),
        (site.url(), site.url("/moved"), "", "refresh"),
        (site.url("/page"), site.url("/failing"), "", "500"),
    }
    await night.crawl(site.url(), day=3)
    assert night.broken() == broken
    assert night.rows("SELECT * FROM new_broken") == []


async def test_a_page_may_lead_on_with_its_headers_alone(site: Site, night: Night) -> None:
    site.page("/", headers={"Refresh": "0; url=/home"})
    site.links("/home", "/gone")

    summary = await night.crawl(site.url())

    assert summary.doubts == ()
    assert night.broken() == {(site.url("/home"), site.url("/gone"), "", "404")}


async def test_a_seed_with_nothing_in_it_is_no_site_whatever_its_headers_refer_to(
    site: Site, night: Night
) -> None:
    site.page("/", headers={"Link": '</api/>; rel="https://api.w.org/"'})

    summary = await night.crawl(site.url())

    assert summary.doubts == (f"the seed {site.url()} is empty",)
