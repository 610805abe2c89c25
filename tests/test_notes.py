"""Promises about what is found and is no verdict, and about what is asked for at a run's end."""

from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web

from crawler.store.statements import UNREAD_TEXTS
from tests.night import SETTINGS, Night, Outcome
from tests.site import Site
from tests.stored import rows


@pytest.mark.slow
async def test_what_is_unsettled_is_asked_once_more_at_the_end(site: Site, night: Night) -> None:
    site.links("/", "/a", "/b")
    site.page("/a", status=503)
    site.page("/b", status=500)

    await night.crawl(site.url(), replace(SETTINGS, retries=0, second_look=0.01))

    assert site.methods("/a") == ["GET", "GET"]
    assert site.methods("/b") == ["GET", "GET"]
    assert night.outcome(site.url("/a")) == Outcome("transient", "503")


@pytest.mark.slow
async def test_what_was_asked_for_too_soon_is_asked_once_more_at_the_end(
    site: Site, night: Night
) -> None:
    site.links("/", "/gone", "/kept")
    site.page("/kept", status=429)

    async def limited(_: web.Request) -> web.Response:
        return web.Response(status=429 if len(site.of("/gone")) == 1 else 404)

    site.handler("/gone", limited)

    await night.crawl(site.url(), replace(SETTINGS, retries=0, second_look=0.01))

    assert night.broken() == {(site.url(), site.url("/gone"), "", "404")}
    assert night.outcome(site.url("/kept")) == Outcome("blocked", "429")
    assert site.methods("/kept") == ["GET", "GET"]


@pytest.mark.slow
async def test_a_host_that_has_no_other_answer_than_429_is_not_asked_once_more(
    site: Site, night: Night
) -> None:
    kept = site.external("/kept")
    site.links("/", kept)
    site.page("/kept", status=429)

    await night.crawl(site.url(), replace(SETTINGS, retries=0, second_look=0.01))

    assert night.outcome(kept) == Outcome("blocked", "429")
    assert site.methods("/kept") == ["HEAD", "GET"]


@pytest.mark.slow
async def test_a_run_that_ends_before_its_last_look_keeps_what_it_found(
    site: Site, night: Night
) -> None:
    site.links("/", "/busy", "/kept")
    site.page("/busy", status=503)
    site.page("/kept", status=429)
    settings = replace(SETTINGS, retries=0, second_look=60, deadline=timedelta(seconds=1))

    await night.crawl(site.url(), settings)

    assert night.outcome(site.url("/busy")) == Outcome("transient", "503")
    assert night.outcome(site.url("/kept")) == Outcome("blocked", "429")


async def test_ids_that_two_elements_have_are_noted_where_a_link_names_them(
    site: Site, night: Night
) -> None:
    twice = '<p id="a"><p id="b"><p id="a"><!-- <p id="b"> --><i id="c"></i><i id="c"></i>'
    copied = '<h2><a id="d"/>One</h2><p>two</p>'
    links = "<a href='#a'>a</a><a href='#b'>b</a><a href='#d'>d</a>"
    site.page("/", f"{twice}{links}{copied}")

    await night.crawl(site.url())

    assert night.rows("SELECT * FROM notes") == [(site.url(), "duplicate-id", "a")]


async def test_the_last_look_at_a_host_is_slow_and_for_one_thing_at_a_time(
    site: Site, night: Night
) -> None:
    names = [f"/{number}" for number in range(6)]
    site.links("/", *names)
    for name in names:
        site.page(name, status=500)

    await night.crawl(site.url(), replace(SETTINGS, retries=0, second_look=0.2))

    first, again = zip(*(site.of(name) for name in names), strict=True)
    assert min(hit.at for hit in again) - max(hit.at for hit in first) >= 0.2
    assert {hit.others for hit in again} == {0}


async def test_a_page_that_leads_on_to_what_is_dead_is_dead(site: Site, night: Night) -> None:
    site.links("/", "/first", "/old", "/fine", "/to-old")
    site.page("/to-old", "<meta http-equiv=refresh content='0; url=/old'>")
    site.page("/first", "<meta http-equiv=refresh content='0; url=/second'>")
    site.page("/second", "<meta http-equiv=refresh content='0; url=/gone'>")
    site.redirect("/old", "/second")
    site.page("/fine", "<meta http-equiv=refresh content='0; url=/'>")

    await night.crawl(site.url(), replace(SETTINGS, depth=3))

    assert night.outcome(site.url("/first")) == Outcome("broken", "refresh")
    assert night.outcome(site.url("/second")) == Outcome("broken", "refresh")
    assert night.outcome(site.url("/old")) == Outcome("broken", "refresh")
    assert night.outcome(site.url("/to-old")) == Outcome("broken", "refresh")
    assert night.outcome(site.url("/fine")) == Outcome("ok")


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


async def test_a_text_is_looked_for_also_where_the_page_was_read_before_the_link_was_met(
    site: Site, night: Night
) -> None:
    site.links("/", "/a", "/b", "/old")
    site.page("/a", "<p>some words")
    site.redirect("/old", "/a")
    quotes = ["/a#:~:text=some", "/a#:~:text=none", "/old#:~:text=never", "/a#:~:text=none&x"]
    site.links("/b", *quotes)

    await night.crawl(site.url())
    await night.crawl(site.url())

    said = dict(
        night.rows("SELECT fragment, verdict FROM links WHERE fragment <> '' AND run_id = 2")
    )
    assert said == {
        ":~:text=some": "ok",
        ":~:text=none": "unverifiable",
        ":~:text=never": "unverifiable",
        ":~:text=none&x": "unverifiable",
    }
    assert night.rows("SELECT * FROM notes") == []


async def test_leaves_of_a_host_that_answers_to_anything_are_read(site: Site, night: Night) -> None:
    site.links("/", site.external("/gone#x"), site.external("/lost"), site.external("/there"))
    for name in ("/gone", "/lost"):
        site.page(name, "<title>Seite nicht gefunden</title>")
    site.page("/there", "<title>Welcome</title>")
    site.declare_probe("<title>Seite nicht gefunden</title>", site.external(""))

    await night.crawl(site.url())

    dead = {target for _, target, _, _ in night.broken()}
    assert dead == {site.external("/gone"), site.external("/lost")}
    assert site.methods("/lost") == ["HEAD", "GET"]
    assert site.methods("/there") == ["HEAD", "GET"]


async def test_a_circle_that_a_cookie_opens_is_none_whatever_was_linked_first(
    site: Site, night: Night
) -> None:
    async def gate(request: web.Request) -> web.Response:
        if request.cookies.get("seen") == "1":
            return web.Response(text="<p id=x>in", content_type="text/html")
        return web.Response(status=302, headers={"Location": "/set"})

    async def set_cookie(_request: web.Request) -> web.Response:
        headers = {"Location": "/gate", "Set-Cookie": "seen=1; Path=/"}
        return web.Response(status=302, headers=headers)

    site.links("/", "/gate#x", "/set", "/round-1")
    site.handler("/gate", gate)
    site.handler("/set", set_cookie)
    site.redirect("/round-1", "/round-2")
    site.redirect("/round-2", "/round-1")

    await night.crawl(site.url())

    assert night.broken() == {(site.url(), site.url("/round-1"), "", "redirect-loop")}
    assert len(site.of("/gate")) + len(site.of("/set")) <= 6


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


async def test_pages_that_a_script_draws_are_counted_as_such(site: Site, night: Night) -> None:
    site.page("/", '<title>Docs</title><script src="/app.js"></script><div id="app"></div>')
    site.page("/app.js", "")

    for _ in range(2):
        summary = await night.crawl(site.url())

        assert summary.totals.drawn == 1
        assert night.rows("SELECT url, kind FROM notes") == [(site.url(), "drawn")]


async def test_a_short_page_that_was_drawn_before_it_came_is_read(site: Site, night: Night) -> None:
    menu = '<nav><a href="/">Home</a> <a href="#nope">API</a></nav>'
    shown = f'<div id="root">{menu}<h1 id="guide">Guide</h1><p>Run it.</div>'
    site.page("/", f'{shown}<script src="/a.js"></script>')
    site.page("/a.js", "")

    assert (await night.crawl(site.url())).totals.drawn == 0
    assert night.broken() == {(site.url(), site.url(), "nope", "fragment")}


async def test_a_fragment_of_a_page_that_only_leads_on_is_looked_for_where_it_leads(
    site: Site, night: Night
) -> None:
    onward = '<script>location.href = "/new" + location.hash</script>'
    site.links("/", "/old#here", "/old#gone")
    site.page("/old", f"{onward}<meta http-equiv=refresh content='0; url=/moved'>")
    site.redirect("/moved", "/new")
    site.page("/new", '<p id="here">')

    await night.crawl(site.url())

    assert night.broken() == {(site.url(), site.url("/old"), "gone", "fragment")}


async def test_links_with_a_text_directive_are_found_without_a_look_at_all_links(
    site: Site, night: Night
) -> None:
    site.links("/", "/a#:~:text=words", "/a#id")
    await night.crawl(site.url())

    query = f"EXPLAIN QUERY PLAN {UNREAD_TEXTS}"
    plan = [step[3] for step in rows(night.db, query, {"run": 1})]

    assert [step for step in plan if step.startswith("SCAN link")] == [
        "SCAN link USING COVERING INDEX link_text"
    ]
