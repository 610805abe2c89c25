"""Promises about what nobody made, for which a host and its folders are asked."""

from dataclasses import replace

import pytest

from tests.night import SETTINGS, Night, Outcome
from tests.site import Site


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


async def test_a_host_for_members_is_not_broken_for_what_it_says_to_others(
    site: Site, night: Night
) -> None:
    login = "<title>Log in</title><form method=post><input type=password name=p></form>"
    site.links("/", *map(site.external, ("/a#top", "/b#top", "/c#top", "/d")))
    for path in "/a", "/b", "/c", "/d":
        site.page(path, login)
    probe = site.declare_probe(login, site.external(""))

    await night.crawl(site.url())

    assert night.broken() == set()
    assert site.methods(probe) == ["GET"]


async def test_a_page_that_is_not_found_is_broken_though_members_may_log_in_on_it(
    site: Site, night: Night
) -> None:
    lost = f"{LOST}<form method=post><input type=password name=p></form>"
    site.links("/", site.external("/lost#top"))
    site.page("/lost", lost)
    site.declare_probe(lost, site.external(""))

    await night.crawl(site.url())

    assert {target for _, target, _, _ in night.broken()} == {site.external("/lost")}


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
