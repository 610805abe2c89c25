"""Promises about sites without an end, and about those that are only large."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from aiohttp import web

from crawler.engine import traps
from crawler.engine.traps import Traps, shape
from tests.night import SETTINGS, Night
from tests.site import HTML, Site

HOST = "https://a.test"


def reasons(met: Traps, urls: Callable[[int], str], number: int) -> list[str | None]:
    return [met.reason(HOST + urls(n), HOST) for n in range(number)]


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/", id="a home page"),
        pytest.param("/3/library/xml.etree.elementtree.html", id="a page"),
        pytest.param("/docs/en/docs/api/docs/x.html", id="a name three times"),
        pytest.param("/a/a/a/a/b", id="a name four times"),
        pytest.param("/" + "/".join(map(str, range(30))), id="a deep path"),
        pytest.param("/a/b//c//d//e", id="empty segments"),
        pytest.param("/?" + "&".join(f"f[]={n}" for n in range(20)), id="a long form"),
        pytest.param("/?code=" + "x" * 4000, id="a long value"),
        pytest.param("/?q=" + "x" * (4096 - len(f"{HOST}/?q=")), id="a URL as long as they get"),
    ],
)
def test_what_people_write_is_no_trap(path: str) -> None:
    assert shape(HOST + path) is None


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        pytest.param("/a/b/a/b/a/b/a/b/a/b", "trap-path", id="a path that repeats"),
        pytest.param("/a/a/a/a/a", "trap-path", id="a name five times"),
        pytest.param("/a/a/a/a/a/", "trap-path", id="a folder's name five times"),
        pytest.param("/a/////////b", "trap-path", id="a path of nothing"),
        pytest.param("/" + "/".join(map(str, range(31))), "trap-path", id="a very deep path"),
        pytest.param("/?" + "&".join(f"f={n}" for n in range(21)), "trap-query", id="a query"),
        pytest.param("/?q=" + "x" * 4096, "trap-path", id="a very long URL"),
    ],
)
def test_a_url_that_grows_is_a_trap(path: str, reason: str) -> None:
    assert shape(HOST + path) == reason


@pytest.mark.parametrize(
    "urls",
    [
        pytest.param(lambda n: f"/calendar/{n}/{n % 12}", id="a calendar"),
        pytest.param(lambda n: f"/search?b={n}&a={n}", id="queries"),
        pytest.param(lambda n: f"/search?{'ab'[n % 2]}={n}&{'ba'[n % 2]}={n}", id="in any order"),
    ],
)
def test_a_pattern_is_left_when_there_are_enough_of_it(
    monkeypatch: pytest.MonkeyPatch, urls: Callable[[int], str]
) -> None:
    monkeypatch.setattr(traps, "_MOST_OF_A_PATTERN", 100)
    assert reasons(Traps(), urls, 102) == [None] * 100 + ["trap-pattern"] * 2


def test_hosts_with_numbers_are_no_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traps, "_MOST_OF_A_PATTERN", 10)
    hosts = [f"http://127.0.0.{n}" for n in range(50)]
    met = Traps()

    assert {met.reason(f"{host}/page", host) for host in hosts} == {None}


@pytest.mark.parametrize(
    "urls",
    [
        pytest.param(lambda n: f"/x;jsessionid={n:032x}", id="in the path"),
        pytest.param(lambda n: f"/x?a=1&PHPSESSID={n:032x}&b=2", id="in the query"),
        pytest.param(lambda n: f"/x?ASPSESSIONIDCABD={n:024x}", id="with letters at its end"),
        pytest.param(lambda n: f"/x?session_id=a-b.c{n:012x}", id="of letters and marks"),
        *(
            pytest.param(lambda n, name=name: f"/x?{name}={n:016x}", id=name)
            for name in ("sessionid", "sessid", "sess_id", "sid", "osCsid", "zenid", "CFTOKEN")
        ),
    ],
)
def test_a_page_is_asked_for_in_a_few_sessions_only(urls: Callable[[int], str]) -> None:
    assert reasons(Traps(), urls, 7) == [None] * 5 + ["trap-session"] * 2


def test_what_a_person_may_have_typed_is_no_session() -> None:
    assert set(reasons(Traps(), lambda n: f"/x{n % 2}?sid=person-{n}", 7)) == {None}


def test_queries_of_other_names_are_other_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traps, "_MOST_OF_A_PATTERN", 1)

    assert reasons(Traps(), lambda n: f"/search?{'abc'[n]}=1", 3) == [None] * 3


def test_pages_of_a_session_are_told_apart() -> None:
    assert set(reasons(Traps(), lambda n: f"/{n}x?sid={7:032x}", 500)) == {None}


def test_a_host_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traps, "_MOST_OF_A_HOST", 10)
    assert reasons(Traps(), lambda n: f"/{'x' * n}", 12) == [None] * 10 + ["trap-host"] * 2


def test_what_is_remembered_has_an_end_and_keeps_what_is_met_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(traps, "_REMEMBERED", 100)
    monkeypatch.setattr(traps, "_MOST_OF_A_PATTERN", 500)
    met = Traps()

    found = [
        (met.reason(f"{HOST}/{'x' * n}1", HOST), met.reason(f"{HOST}/day-{n}", HOST))[1]
        for n in range(502)
    ]

    assert found == [None] * 500 + ["trap-pattern"] * 2
    assert len(met._patterns) <= 100


def test_a_page_is_one_copy_too_many_from_the_fifty_first_on_its_host_on() -> None:
    met = Traps()

    assert [met.copied(HOST, b"home") for _ in range(52)] == [False] * 50 + [True] * 2
    assert not met.copied(HOST, b"other")
    assert not met.copied("https://b.test", b"home")


def test_of_copies_those_are_remembered_that_are_met_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(traps, "_REMEMBERED", 100)
    met = Traps()
    often = [met.copied(HOST, b"home") for _ in range(50)]

    once = [met.copied(HOST, bytes([number])) for number in range(250)]

    assert not any(often + once)
    assert met.copied(HOST, b"home")
    assert len(met._copies) <= 100


async def test_a_site_without_an_end_has_an_end(
    site: Site, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traps, "_MOST_OF_A_PATTERN", 20)

    async def endless(request: web.Request) -> web.Response:
        kind, day = request.path.rstrip("/"), request.path.rpartition("-")[2]
        following = {
            "/path": [f"{kind}/path/"],
            "/grow": [f"{request.path_qs}&x=1"],
            "/day-": [f"/day-{int(day) + 1}" if day.isdigit() else ""],
            "/visi": [f"/visit;jsessionid={len(site.hits):032x}"],
        }
        hrefs = following.get(request.path[:5], ["/path", "/grow?x=1", "/day-1", "/visit"])
        html = "".join(f'<a href="{href}">x</a>' for href in hrefs)
        return web.Response(body=html.encode(), headers={"Content-Type": HTML})

    site.otherwise = endless

    await night.crawl(site.url(), replace(SETTINGS, depth="all", robots="ignore"))

    kinds = Counter(path[1:5] for path in site.counts)
    assert kinds == {"": 1, "path": 4, "grow": 20, "day-": 20, "visi": 6}
    assert sorted(night.column("SELECT reason FROM pages WHERE verdict = 'skipped'")) == [
        *("trap-path", "trap-pattern", "trap-query", "trap-session")
    ]


@pytest.mark.slow
async def test_a_server_that_has_its_home_page_for_everything_is_no_endless_site(
    site: Site, night: Night
) -> None:
    async def home(_: web.Request) -> web.Response:
        links = "".join(f'<a href="{name}/">{name}</a>' for name in ("guide", "api", "gone"))
        return web.Response(text=f"<title>Home</title><p>Welcome{links}", content_type="text/html")

    site.otherwise = home

    for _ in range(2):
        await night.crawl(site.url(), replace(SETTINGS, depth="all", robots="ignore"))

        assert night.broken() == {
            (site.url(), site.url(f"/{name}/"), "", "soft-404") for name in ("guide", "api", "gone")
        }
        assert night.outcome(site.url()) == ("ok", None)
    assert len(site.counts) < 300
    assert "trap-copy" in night.column("SELECT reason FROM pages WHERE verdict = 'skipped'")
