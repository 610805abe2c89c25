"""Promises about what single hosts are told: secrets go to one origin, and are seen nowhere."""

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from aiohttp import encode_basic_auth, web
from aiohttp.test_utils import RawTestServer

from crawler.access import Header, HostSettings, Secret
from crawler.cli import main
from crawler.engine.hosts import Politeness, politeness
from crawler.errors import UsageError
from crawler.report.names import Format
from crawler.settings import Settings
from tests.night import SETTINGS, Night, Outcome
from tests.site import HTML, Site

TOKEN, PASSWORD = "token-7c1f", "password-9e2d"
BASIC = encode_basic_auth("ann", PASSWORD)


def heard(site: Site, path: str, header: str) -> set[str | None]:
    return {hit.headers.get(header) for hit in site.of(path)}


async def test_headers_and_password_go_to_the_seeds_own_origin_alone(
    site: Site, night: Night
) -> None:
    site.links("/", "/away", site.external("/external"))
    site.redirect("/away", site.external("/landed"))
    settings = replace(
        SETTINGS, header=(Header(f"X-Token: {TOKEN}"),), auth=Secret(f"ann:{PASSWORD}")
    )

    await night.crawl(site.url(), settings)

    for path in ("/", "/away", "/robots.txt"):
        assert (TOKEN, BASIC) in {
            (hit.headers.get("x-token"), hit.headers.get("authorization")) for hit in site.of(path)
        }
    for path in ("/external", "/landed"):
        assert heard(site, path, "x-token") == heard(site, path, "authorization") == {None}


async def test_a_host_is_told_what_its_table_says(site: Site, night: Night) -> None:
    site.links("/", site.external("/external"))
    table = {
        "headers": {"X-Token": TOKEN, "Cookie": "a=1"},
        "auth": f"ann:{PASSWORD}",
        "accept": [418],
    }
    site.page("/external", status=418)
    settings = replace(SETTINGS, hosts=(HostSettings.of(site.external(), table),))

    await night.crawl(site.url(), settings)

    assert heard(site, "/", "x-token") == {None}
    assert heard(site, "/external", "x-token") == {TOKEN}
    assert heard(site, "/external", "authorization") == {BASIC}
    assert night.outcome(site.external("/external")) == ("ok", "accepted")


async def test_a_cookie_of_ours_stands_beside_those_of_a_chain(site: Site, night: Night) -> None:
    async def login(request: web.Request) -> web.Response:
        if "met=1" in request.headers.get("Cookie", ""):
            return web.Response(text="<p>", content_type="text/html")
        return web.Response(status=302, headers={"Location": "/", "Set-Cookie": "met=1"})

    site.handler("/", login)

    await night.crawl(site.url(), replace(SETTINGS, header=(Header("cookie: ours=1"),)))

    assert heard(site, "/", "cookie") == {"ours=1", "ours=1; met=1"}
    assert night.outcome(site.url()) == ("ok", None)


def test_a_hosts_own_pace_wins_over_that_of_all() -> None:
    table = HostSettings.of("HTTPS://A.test:443", {"per-host": 3, "delay": 0.5})
    settings = Settings(hosts=(table,), per_host=7, delay=1)

    assert politeness(settings, "https://a.test", inside=True) == Politeness(3, 0.5)
    assert politeness(settings, "http://a.test", inside=True) == Politeness(7, 1)


async def test_a_secret_is_in_no_database_no_log_and_no_report(
    site: Site, night: Night, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    site.links("/", "/gone", "http://nowhere.invalid/")
    settings = replace(
        SETTINGS,
        header=(Header(f"X-Token: {TOKEN}"),),
        auth=Secret(f"ann:{PASSWORD}"),
        hosts=(HostSettings.of(site.external(), {"headers": {"X-Token": TOKEN}}),),
    )

    await night.crawl(site.url(), settings)

    stored = night.db.read_bytes()
    assert b"X-Token: ***" in stored
    assert not [word for word in (TOKEN, PASSWORD, BASIC) if word.encode() in stored]
    assert not [word for word in (TOKEN, PASSWORD) if word in caplog.text + repr(settings)]


def test_a_report_of_any_format_has_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKEN", TOKEN)
    monkeypatch.setenv("CRAWLER_AUTH", f"ann:{PASSWORD}")
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text('<a href="gone">gone</a>')
    (tmp_path / "crawler.toml").write_text('header = ["X-Token: ${TOKEN}"]\n')

    assert main(["site"]) == 1
    for form in get_args(Format):
        main(["report", "--format", form])
    main(["explain", "http://site.localhost/gone"])

    said = "".join(capsys.readouterr())
    assert "http://site.localhost/gone" in said
    assert not [word for word in (TOKEN, PASSWORD) if word in said]
    (stored,) = Night(tmp_path / "data/crawl.db").column("SELECT settings FROM run")
    assert json.loads(stored)["header"] == ["X-Token: ***"]
    assert json.loads(stored)["auth"] == "***"


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (f'header = ["X-Token {TOKEN}"]', "a header is written as 'Name: value'"),
        (f'header = ["X-Token: {TOKEN}\\r\\nA: b"]', "the value of the header X-Token cannot be"),
        (f'header = ["Host: {TOKEN}"]', "the header Host is set by the crawler itself"),
        (f'auth = "{TOKEN}"', "auth is written as 'name:password'"),
        (f'auth = "{TOKEN}:${{NOWHERE}}"', "the variable NOWHERE is not set in the environment"),
        (f'proxy = "socks5://{TOKEN}@host"', "proxy is written as 'http://host:port'"),
        (f'[hosts."https://a.test"]\nauth = "{TOKEN}"', "auth is written as 'name:password'"),
        (
            f'[hosts."https://a.test"]\nheader = {{A = "{TOKEN}"}}',
            "host https://a.test: there is no key 'header', did you mean headers?",
        ),
        ('[hosts."a.test"]\ndelay = 1', "a host is written as scheme and name"),
        ('[hosts."https://a.test/x"]\ndelay = 1', "a host is written as scheme and name"),
        ('[hosts."https://a.test"]\ndelay = "1"', "delay must be a number, not '1'"),
        ('[hosts."https://a.test"]\ndelay = -1', "delay must be at least 0, not -1"),
        ('[hosts."https://a.test"]\nper-host = 1.5', "per-host must be a whole number, not 1.5"),
        ('[hosts."https://a.test"]\nheaders = 1', "headers is a table of texts"),
        (
            '[hosts."https://a.test"]\naccept = ["never"]',
            "host https://a.test: accept: status 'never' is none of ",
        ),
        ("hosts = 1", "hosts are written as tables: [hosts.'https://host']"),
        ("[hosts]\na = 1", "host a: is no table"),
        (
            '[[rules]]\nurl = "*"\nstatus = [1]\nverdct = "ok"',
            "rule 1: there is no key 'verdct', did you mean verdict?",
        ),
    ],
)
def test_nonsense_is_refused_without_telling_the_secret(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    toml: str,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "crawler.toml").write_text(toml)

    assert main(["http://127.0.0.1:9/"]) == 2

    error = capsys.readouterr().err
    assert said in error
    assert TOKEN not in error


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"origin": 1}, "origin must be str, not int"),
        ({"header": (f"A: {TOKEN}",)}, "header must be a tuple of Header, not tuple"),
        ({"auth": f"ann:{PASSWORD}"}, "auth must be Secret or None, not str"),
        ({"per_host": "3"}, "per-host must be int or None, not str"),
        ({"delay": "1"}, "delay must be float or None, not str"),
        ({"accept": 403}, "accept must be a tuple of int or str, not int"),
        ({"accept": (403, None)}, "accept must be a tuple of int or str, not tuple"),
    ],
)
def test_a_program_that_hands_in_a_value_of_another_type_is_told_which(
    wrong: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=f"^{said}$"):
        HostSettings(**{"origin": "https://a.test", **wrong})


@pytest.mark.parametrize(
    ("kind", "said"), [(Secret, "a secret must be str"), (Header, "a header must be str")]
)
def test_a_program_whose_variable_is_not_set_is_told_so(kind: type, said: str) -> None:
    with pytest.raises(UsageError, match=f"^{said}, not NoneType$"):
        kind(None)


@pytest.mark.parametrize("flag", [f"--header=X-Token {TOKEN}", f"--auth={TOKEN}"])
def test_a_flag_without_sense_is_not_repeated(
    flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["http://127.0.0.1:9/", flag]) == 2
    assert TOKEN not in capsys.readouterr().err


def test_a_secret_can_be_compared_and_not_read() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert len({Secret("a"), Secret("a"), Header("A: b"), Header("A: b")}) == 2
    assert f"{Secret('a')} {Header('A: b')!r} {Header('A: b') == 1}" == "*** A: *** False"
    with pytest.raises(UsageError):
        Settings(auth=Secret("a"))


async def test_a_proxy_is_asked_for_what_is_public_and_told_its_password(night: Night) -> None:
    asked: list[tuple[str, str | None]] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        asked.append((request.raw_path, request.headers.get("Proxy-Authorization")))
        links = ("http://10.0.0.1/", "http://[::1]/", "http://localhost/", "http://b.test/")
        page = "".join(f'<a href="{link}">' for link in links)
        return web.Response(text=page, headers={"Content-Type": HTML})

    async with RawTestServer(answer, host="127.0.0.1") as server:
        proxy = Secret(f"http://ann:{PASSWORD}@127.0.0.1:{server.port}")
        await night.crawl("http://a.test/", replace(SETTINGS, proxy=proxy, robots="ignore"))

    assert asked == [("http://a.test/", BASIC), ("http://b.test/", BASIC)]
    for url in ("http://10.0.0.1/", "http://[::1]/", "http://localhost/"):
        assert night.outcome(url).reason == "private-address"
    assert PASSWORD.encode() not in night.db.read_bytes()


@pytest.mark.parametrize("gone", ["127.0.0.1:9", "proxy.invalid:3128"])
async def test_a_proxy_that_is_gone_is_no_links_fault_and_of_it_no_password_is_kept(
    night: Night, gone: str
) -> None:
    proxy = Secret(f"http://ann:{PASSWORD}@{gone}")

    await night.crawl("http://a.test/", replace(SETTINGS, proxy=proxy, retries=0, robots="ignore"))

    assert night.outcome("http://a.test/") == Outcome("blocked", "proxy")
    assert PASSWORD.encode() not in night.db.read_bytes()
