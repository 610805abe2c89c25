"""Promises about what a night costs: what has not changed is neither read nor written again."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from crawler.judge.suspects import probe_url
from crawler.model import Verdict
from crawler.parse import reading
from crawler.rules import Rule
from tests.night import SETTINGS, Night
from tests.site import Site
from tests.validated import validated

TABLES = ("document", "link", "anchor", "url", "host")


def counts(night: Night) -> list[int]:
    return [night.column(f"SELECT count(*) FROM {table}")[0] for table in TABLES]  # noqa: S608


async def test_a_page_that_the_server_calls_unchanged_is_as_it_was(
    site: Site, night: Night
) -> None:
    site.handler("/", validated('<a href="/a#x">a</a><a href="/gone">'))
    site.handler("/a", validated('<h2 id="y">y</h2><a href="/b">'))
    site.links("/b", "/")
    await night.crawl(site.url())
    before = counts(night), night.broken()

    await night.crawl(site.url())

    assert (counts(night), night.broken()) == before
    assert len(before[1]) == 2
    assert night.rows("SELECT DISTINCT status FROM fetch WHERE run_id = 2 ORDER BY 1") == [
        (200,),
        (304,),
        (404,),
    ]
    assert night.rows(
        "SELECT verdict, status, content_type FROM pages WHERE run_id = 2 AND url = ?",
        site.url("/a"),
    ) == [("ok", 304, "text/html; charset=utf-8")]
    bytes_moved = night.column("SELECT sum(wire_bytes) FROM fetch GROUP BY run_id")
    assert bytes_moved[1] < bytes_moved[0]


async def test_a_page_that_comes_with_the_same_bytes_is_as_it_was(site: Site, night: Night) -> None:
    site.links("/", "/a#x", "/gone")
    site.links("/a", "/b")
    await night.crawl(site.url())
    before = counts(night), night.broken()

    await night.crawl(site.url())

    assert (counts(night), night.broken()) == before
    assert night.column("SELECT count(*) FROM page WHERE run_id = 2") == [4]


async def test_a_page_that_changed_is_read_again(site: Site, night: Night) -> None:
    site.handler("/", validated('<a href="/gone">'))
    await night.crawl(site.url())
    site.handler("/", validated('<a href="/other">'))

    await night.crawl(site.url())

    assert {target for _, target, _, _ in night.broken()} == {site.url("/other")}


async def test_what_was_only_looked_up_is_read_when_it_is_to_be_followed(
    site: Site, night: Night
) -> None:
    site.links("/", "/a#x")
    site.handler("/a", validated('<i id="x"><a href="/gone">'))
    await night.crawl(site.url(), replace(SETTINGS, depth=0))
    assert night.broken() == set()

    await night.crawl(site.url())

    assert [hit.headers.get("if-none-match") for hit in site.of("/a")] == [None, None]
    assert {target for _, target, _, _ in night.broken()} == {site.url("/gone")}


async def test_what_an_older_parser_has_read_is_read_again(
    site: Site, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.handler("/", validated('<a href="/gone">'))
    await night.crawl(site.url())
    monkeypatch.setattr(reading, "_VERSION", reading._VERSION + 1)

    await night.crawl(site.url())

    assert night.column(
        "SELECT status FROM page WHERE url_id IN (SELECT url_id FROM document)"
    ) == [
        200,
        200,
    ]
    assert night.column("SELECT count(*) FROM document") == [2]
    assert len(night.broken()) == 1


async def test_what_a_page_was_suspected_of_it_is_while_it_does_not_change(
    site: Site, night: Night
) -> None:
    async def lost(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="<title>Page not found</title>", content_type="text/html")

    site.links("/", "/lost")
    site.handler("/lost", lost)
    site.handler(probe_url(site.url()[:-1]).removeprefix(site.url()[:-1]), lost)

    for _ in range(2):
        await night.crawl(site.url())
        assert night.outcome(site.url("/lost")) == ("broken", "soft-404")


async def test_a_folder_is_known_by_its_bytes(night: Night, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text('<a href="a.html">')
    (folder / "a.html").write_text('<a href="gone.html">')
    await night.crawl(str(folder))
    before = counts(night), night.broken()
    for page in folder.iterdir():
        page.touch()

    await night.crawl(str(folder))

    assert (counts(night), night.broken()) == before


# Leaves elsewhere


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


async def test_what_was_ill_on_the_night_before_goes_first(site: Site, night: Night) -> None:
    paths = [f"/{number}" for number in range(30)]
    site.links("/", *paths)
    for path in paths:
        site.page(path)
    site.page("/29", status=500)
    settings = replace(SETTINGS, concurrency=1, retries=0)
    await night.crawl(site.url(), settings)
    site.hits.clear()

    await night.crawl(site.url(), settings)

    assert [hit.path for hit in site.hits][:3] == ["/robots.txt", "/", "/29"]
