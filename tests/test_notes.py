"""Promises about what is found and is no verdict, and about what is asked for at a run's end."""

from dataclasses import replace

from tests.night import SETTINGS, Night, Outcome
from tests.site import Site


async def test_what_is_unsettled_is_asked_once_more_at_the_end(site: Site, night: Night) -> None:
    site.links("/", "/a", "/b")
    site.page("/a", status=503)
    site.page("/b", status=500)

    await night.crawl(site.url(), replace(SETTINGS, retries=0, second_look=0.01))

    assert site.methods("/a") == ["GET", "GET"]
    assert site.methods("/b") == ["GET", "GET"]
    assert night.outcome(site.url("/a")) == Outcome("transient", "503")


async def test_ids_that_two_elements_have_are_noted(site: Site, night: Night) -> None:
    site.page("/", '<p id="a"><p id="b"><p id="a"><!-- <p id="b"> -->')

    await night.crawl(site.url())

    assert night.rows("SELECT * FROM notes") == [(site.url(), "duplicate-id", "a")]


async def test_a_page_about_404_is_suspect_and_not_broken(site: Site, night: Night) -> None:
    site.links("/", "/about-404")
    site.page("/about-404", "<title>404 Not Found - HTTP</title>")

    await night.crawl(site.url())

    assert night.rows("SELECT * FROM notes") == [
        (site.url("/about-404"), "suspect", 'the title says "404 Not Found - HTTP"')
    ]
    assert night.broken() == set()


async def test_a_text_that_a_page_surely_has_not_cannot_be_verified(
    site: Site, night: Night
) -> None:
    site.links("/", "/a#:~:text=Some%20WORDS", "/a#:~:text=other,words", "/a#:~:text=none")
    site.page("/a", "<p>some <b>words</b> and other things<script>none</script>")

    await night.crawl(site.url())

    assert night.rows("SELECT fragment, verdict, reason FROM links WHERE verdict <> 'ok'") == [
        (":~:text=none", "unverifiable", "text-fragment")
    ]


async def test_a_missing_fragment_comes_with_the_nearest_that_exists(
    site: Site, night: Night
) -> None:
    site.links("/", "/a#Instalation", "/a#zzz")
    site.page("/a", '<p id="installation"><p id="usage">')

    await night.crawl(site.url())

    assert night.rows("SELECT fragment, nearest FROM broken ORDER BY 1") == [
        ("Instalation", "installation"),
        ("zzz", None),
    ]
