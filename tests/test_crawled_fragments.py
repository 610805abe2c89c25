"""Promises about the fragments that a crawl meets: which of them lead to something."""

from dataclasses import replace
from urllib.parse import unquote

import pytest

from crawler.size import Size
from tests.night import SETTINGS, Night, Outcome
from tests.rude import answering
from tests.site import Site

OK = Outcome("ok")


async def test_a_fragment_names_an_id_or_an_anchor_or_the_top(site: Site, night: Night) -> None:
    names = [
        "",
        "top",
        "TOP",
        "id",
        "name",
        "%C3%A4%20b",
        "ä b",
        "100%",
        ":~:text=x",
        "id:~:text=x",
    ]
    wrong = ["gone", "ID", "in-template", "in-comment", "in-script", "other-name"]
    site.links("/", *(f"/a#{name}" for name in names + wrong))
    site.page(
        "/a",
        """
        <p id="id"><a name="name"></a><p id="ä b"><p id="100%"><input name="other-name">
        <template><p id="in-template"></template><!-- <p id="in-comment"> -->
        <script>'<p id="in-script">'</script>
        """,
    )

    await night.crawl(site.url())

    assert {fragment for _, _, fragment, _ in night.broken()} == set(wrong)
    assert {reason for *_, reason in night.broken()} == {"fragment"}
    assert site.counts == {"/": 1, "/a": 1}


async def test_a_fragment_is_looked_for_at_the_end_of_redirects(site: Site, night: Night) -> None:
    site.links("/", "/old#here", "/old#gone", "/to-part#whatever")
    site.redirect("/old", "/new")
    site.redirect("/to-part", "/new#here")
    site.page("/new", '<p id="here">')

    await night.crawl(site.url())

    assert night.broken() == {(site.url(), site.url("/old"), "gone", "fragment")}


async def test_a_fragment_of_what_is_no_html_is_no_anchor(site: Site, night: Night) -> None:
    site.links("/", "/a.pdf#page=2", "/a.css#x", "/feed.xml#y")
    site.page("/a.pdf", "%PDF", headers={"Content-Type": "application/pdf"})
    site.page("/a.css", "p{}", headers={"Content-Type": "text/css"})
    site.page("/feed.xml", "<feed/>", headers={"Content-Type": "application/xml"})

    await night.crawl(site.url())

    assert night.broken() == set()


async def test_a_fragment_of_a_page_that_is_too_large_to_be_read_is_unverifiable(
    site: Site, night: Night
) -> None:
    site.page("/", f"<a href='{site.external('/big')}#x'></a><a href='{site.external('/way')}#y'>")
    site.page("/big", "<p id=x>" + "x" * 9000)
    site.redirect("/way", site.external("/big"))

    await night.crawl(site.url(), replace(SETTINGS, max_body=Size(4096)))

    judged = night.rows("SELECT fragment, verdict, reason FROM links WHERE fragment <> ''")
    assert sorted(judged) == [
        ("x", "unverifiable", "too-large"),
        ("y", "unverifiable", "too-large"),
    ]
    assert night.outcome(site.external("/big")) == ("ok", "too-large")


async def test_a_fragment_of_a_page_in_which_there_is_nothing_is_unverifiable(
    site: Site, night: Night
) -> None:
    site.links("/", "/bare#x", "/way#y", "/bare", "/bare.css#z")
    site.page("/bare")
    site.page("/bare.css", headers={"Content-Type": "text/css"})
    site.redirect("/way", "/bare")

    await night.crawl(site.url())

    judged = night.rows("SELECT fragment, verdict, reason FROM links ORDER BY 1")
    assert judged == [
        ("", "ok", "empty"),
        ("x", "unverifiable", "empty"),
        ("y", "unverifiable", "empty"),
        ("z", "ok", "empty"),
    ]


async def test_a_page_with_nothing_in_it_is_empty_whatever_its_headers_refer_to(
    site: Site, night: Night
) -> None:
    link = {"Link": '</api/>; rel="https://api.w.org/"', "Content-Location": "/bare.html"}
    site.links("/", "/bare#x", site.external("/far#x"))
    site.page("/bare", headers=link)
    site.page("/far", headers=link)

    await night.crawl(site.url())

    judged = night.rows("SELECT fragment, verdict, reason FROM links")
    assert judged == [("x", "unverifiable", "empty")] * 2


async def test_a_fragment_of_a_page_that_does_not_say_what_it_is_is_judged(
    site: Site, night: Night
) -> None:
    async with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n<p id='a'>hi") as other:
        site.links("/", f"{other}#a", f"{other}#gone")

        await night.crawl(site.url())

    assert night.broken() == {(site.url(), other, "gone", "fragment")}


@pytest.mark.parametrize("name", ["你" * 300, "ü" * 600, "x%00" + "ü" * 500])
async def test_a_fragment_that_is_long_only_as_it_is_encoded_is_found(
    site: Site, night: Night, name: str
) -> None:
    site.links("/", f"/a#{name}", f"/a#{name}-gone")
    site.page("/a", f'<p id="{unquote(name).replace(chr(0), chr(0xFFFD))}">')

    await night.crawl(site.url())

    (broken,) = night.broken()
    assert broken[2].endswith("-gone")


@pytest.mark.parametrize(
    ("login", "form"),
    [
        ("/login?next=/admin/", "<p>Use your key."),
        ("/users/sign_in", "<form method=post><input type=password name=p></form>"),
    ],
)
async def test_a_fragment_of_a_page_behind_a_login_is_blocked_every_night(
    site: Site, night: Night, login: str, form: str
) -> None:
    site.links("/", "/admin/#users", site.external("/admin/#roles"), "/login-page#gone", login)
    site.redirect("/admin/", login)
    site.page(login, f"<title>Sign in</title>{form}")
    site.redirect("/login-page", "/docs/login")
    site.page("/docs/login", "<title>Login</title>")

    for _ in range(2):
        await night.crawl(site.url())

        assert night.broken() == {(site.url(), site.url("/login-page"), "gone", "fragment")}
        assert night.outcome(site.url("/admin/")) == OK
        assert night.rows("SELECT * FROM notes") == []
    judged = night.rows("SELECT fragment, verdict, reason FROM links WHERE verdict = 'blocked'")
    assert sorted(judged) == [
        *[("roles", "blocked", "challenge")] * 2,
        *[("users", "blocked", "challenge")] * 2,
    ]
