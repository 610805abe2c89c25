"""Promises about what is found and is no verdict, and about what is asked for at a run's end."""

from dataclasses import replace

import pytest
from aiohttp import web

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


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("<title>Nothing here</title><h1>Seite nicht gefunden</h1>", id="German"),
        pytest.param("<title>Page introuvable</title>", id="French"),
        pytest.param("<h1>お探しのページは見つかりません</h1>", id="Japanese"),
        pytest.param("<title>Страница не найдена</title>", id="Russian"),
        pytest.param("<h1>/old/page: not found</h1>", id="with the path in it"),
        pytest.param("<h1>a.test</h1><!-- sedoparking.com -->", id="parked"),
        pytest.param("<p>This domain is for sale!", id="for sale"),
    ],
)
async def test_what_a_host_says_of_anything_is_broken_in_any_language(
    site: Site, night: Night, body: str
) -> None:
    site.links("/", "/old/page", "/good")
    site.page("/good", "<title>Good</title><p>404 things to know.")
    site.page("/old/page", body)
    probe = site.declare_probe(body.replace("/old/page", "/{}"))

    await night.crawl(site.url())

    assert night.broken() == {(site.url(), site.url("/old/page"), "", "soft-404")}
    assert site.methods(probe) == ["GET"]


async def test_what_a_host_answers_to_anything_is_broken_whatever_it_says(
    site: Site, night: Night
) -> None:
    names = ["/a", "/b", "/c"]
    site.links("/", *names)
    for name in names:
        site.page(name, "<title>Welcome</title><p>Choose a product.")
    site.declare_probe("<title>Welcome</title><p>Choose a product.")

    await night.crawl(site.url())

    assert {target for _, target, _, reason in night.broken() if reason == "soft-404"} == set(
        map(site.url, names)
    )


async def test_pages_that_are_the_same_are_fine_where_other_paths_are_not_found(
    site: Site, night: Night
) -> None:
    names = ["/a", "/b", "/c"]
    site.links("/", *names)
    for name in names:
        site.page(name, "<title>Welcome</title><p>Choose a product.")

    await night.crawl(site.url())

    assert night.broken() == set()


LOST = "<title>Page Not Found | Wren</title><h1>Page Not Found</h1>"


@pytest.mark.parametrize(
    "name", ["/docs/removed", "/docs/removed/", "/docs/removed?q", "/docs/v1/removed.html"]
)
async def test_what_a_folder_says_of_anything_is_broken_though_its_host_has_a_real_404(
    site: Site, night: Night, name: str
) -> None:
    site.links("/", "/docs/", "/docs/good", name, "/blog/404")
    site.page("/docs/", "<title>Docs</title>")
    site.page("/docs/good", "<title>Good</title>")
    site.page(name, LOST)
    site.page("/blog/404", LOST)
    folder = name[: name.rstrip("/").rindex("/") + 1]
    probe = site.declare_probe(LOST, folder=folder)

    totals = (await night.crawl(site.url())).totals

    assert night.broken() == {(site.url(), site.url(name), "", "soft-404")}
    assert site.methods(probe) == ["GET"]
    assert (totals.pages, totals.skipped) == (5, {})


async def test_what_a_folder_answers_to_anything_is_broken_but_for_its_index(
    site: Site, night: Night
) -> None:
    names = ("", "?from=a", "?from=b", "index.html", "index.php")
    index, removed = [f"/docs/{name}" for name in names], ("/docs/a", "/docs/b/c", "/docs/b/")
    page = "<title>Docs</title><p>Choose a product."
    site.links("/", *index, *removed, "/docs")
    for name in (*index, *removed, "/docs"):
        site.page(name, page)
    site.declare_probe(page, folder="/docs/")

    await night.crawl(site.url())

    assert {target for _, target, _, _ in night.broken()} == set(map(site.url, removed))


async def test_what_nobody_made_is_not_asked_for_where_robots_txt_forbids_it(
    site: Site, night: Night
) -> None:
    site.robots("User-agent: *\nAllow: /docs/a$\nDisallow: /docs/\n")
    site.links("/", "/docs/a")
    site.page("/docs/a", LOST)
    probe = site.declare_probe(LOST, folder="/docs/")

    totals = (await night.crawl(site.url())).totals

    assert site.methods(probe) == []
    assert (totals.pages, totals.skipped) == (2, {})
    await night.crawl(site.url(), replace(SETTINGS, robots="ignore"))
    assert site.methods(probe) == ["GET"]


async def test_a_host_that_has_said_enough_is_not_asked_in_its_folders(
    site: Site, night: Night
) -> None:
    site.links("/", "/docs/removed")
    site.page("/docs/removed", LOST)
    site.declare_probe(LOST)
    probe = site.declare_probe(LOST, folder="/docs/")

    await night.crawl(site.url())

    assert night.outcome(site.url("/docs/removed")) == Outcome("broken", "soft-404")
    assert site.methods(probe) == []


async def test_only_a_few_folders_of_a_host_are_asked_those_with_the_most_suspects(
    site: Site, night: Night
) -> None:
    counts = {"/a/": 1, "/b/": 2, "/c/": 3, "/d/": 4, "/e/": 5}
    names = [f"{folder}{number}" for folder in counts for number in range(counts[folder])]
    site.links("/", *names)
    for name in names:
        site.page(name, LOST)
    probes = [site.declare_probe(LOST, folder=folder) for folder in counts]

    await night.crawl(site.url())

    assert [len(site.of(probe)) for probe in probes] == [0, 0, 1, 1, 1]
    assert len(night.broken()) == 12


async def test_a_folder_that_says_nothing_does_not_hide_what_is_in_it(
    site: Site, night: Night
) -> None:
    names = ["/en/docs/a", "/en/docs/b", "/en/blog/a"]
    site.links("/", *names)
    for name in names:
        site.page(name, LOST)
    site.declare_probe(LOST, folder="/en/docs/")

    await night.crawl(site.url())

    assert {target for _, target, _, _ in night.broken()} == set(map(site.url, names[:2]))


async def test_a_folder_for_members_is_not_broken_for_what_it_says_to_others(
    site: Site, night: Night
) -> None:
    members, home = ["/in/a", "/in/b", "/in/c"], ["/my/a", "/my/b", "/my/c"]
    login = "<title>Log in</title><form method=post><input type=password name=p></form>"
    site.links("/", *members, *home, "/my/404")
    site.page("/my/404", LOST)
    for name in members:
        site.page(name, login)
    for name in home:
        site.redirect(name, "/")
    site.declare_probe(login, folder="/in/")
    probe = site.declare_probe("", folder="/my/")
    site.redirect(probe, "/")

    await night.crawl(site.url())

    assert night.broken() == set()
    assert site.methods(probe) == ["GET"]


async def test_leaves_are_read_only_in_the_folder_that_answers_to_anything(
    site: Site, night: Night
) -> None:
    site.links("/", *map(site.external, ("/docs/gone#x", "/docs/lost", "/blog/there")))
    for name in ("/docs/gone", "/docs/lost", "/blog/there"):
        site.page(name, LOST)
    site.declare_probe(LOST, site.external(""), "/docs/")

    await night.crawl(site.url())

    dead = {target for _, target, _, _ in night.broken()}
    assert dead == {site.external("/docs/gone"), site.external("/docs/lost")}
    assert site.methods("/docs/lost") == ["HEAD", "GET"]
    assert site.methods("/blog/there") == ["HEAD"]


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
