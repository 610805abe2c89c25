"""Promises about what is asked for with conditions, and what is read again: by type and tag."""

import pytest

from tests.night import Night
from tests.site import Site
from tests.validated import answering_with, validated


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/logo", "image/png"),
        ("/guide.pdf", "application/pdf"),
        ("/source.rst", "text/plain"),
        ("/menu.js", "application/x-javascript"),
    ],
)
async def test_what_is_no_document_is_not_sent_again_either(
    site: Site, night: Night, path: str, content_type: str
) -> None:
    site.links("/", path)
    site.handler(path, validated("x", content_type))
    facts = "SELECT verdict, reason, scope, content_type FROM pages WHERE run_id = ? AND url = ?"
    for _ in range(3):
        await night.crawl(site.url())

    statuses = night.column(
        "SELECT status FROM fetch JOIN url ON url_id = id WHERE url LIKE ?", f"%{path}"
    )
    assert statuses == [200, 304, 304]
    assert night.rows(facts, 1, site.url(path)) == night.rows(facts, 3, site.url(path)) != []


async def test_an_image_that_changed_is_sent_again(site: Site, night: Night) -> None:
    site.links("/", "/logo.png")
    site.handler("/logo.png", validated("x", "image/png"))
    await night.crawl(site.url())
    site.handler("/logo.png", validated("y", "image/png"))

    await night.crawl(site.url())

    assert [hit.headers.get("if-none-match") is None for hit in site.of("/logo.png")] == [
        True,
        False,
    ]
    assert night.column("SELECT status FROM page WHERE run_id = 2") == [200, 200]


@pytest.mark.parametrize(
    "called",
    [
        *("text/plain", "text/markdown", "application/octet-stream", "binary/octet-stream"),
        *("application/x-octet-stream", "application/unknown", "application/x-download", "odd"),
    ],
)
async def test_a_page_that_was_called_something_else_is_read_when_that_is_mended(
    site: Site, night: Night, called: str
) -> None:
    site.links("/", "/page")
    site.handler("/page", validated('<a href="/gone">', called))
    await night.crawl(site.url())
    assert night.broken() == set()
    site.handler("/page", validated('<a href="/gone">'))  # the file, and so its tag, is the same

    await night.crawl(site.url())

    assert {target for _, target, _, _ in night.broken()} == {site.url("/gone")}


@pytest.mark.parametrize(
    ("was", "now", "broken"),
    [
        ("text/html; charset=iso-8859-1", "text/html; charset=utf-8", {"/gone"}),
        (
            "text/html; charset=utf-8",
            "text/html; charset=iso-8859-1",
            {"/gone", "/page#gr%C3%B6%C3%9Fe"},
        ),
        ("text/html; charset=utf-8", "text/css", set()),
        ("text/css", "text/html; charset=utf-8", {"/gone"}),
        ("application/manifest+json", "text/html; charset=utf-8", {"/gone"}),
        ("text/html; charset=utf-8", "application/xml", set()),
    ],
)
async def test_the_same_bytes_in_another_encoding_or_as_another_type_are_read_again(
    site: Site, night: Night, was: str, now: str, broken: set[str]
) -> None:
    body = '<h2 id="größe"><a href="/gone">'.encode()
    site.links("/", "/page#größe", "/page")
    for content_type in (was, now):
        site.handler("/page", answering_with(body, content_type))
        await night.crawl(site.url())

    ill = {
        target + (f"#{fragment}" if fragment else "") for _, target, fragment, _ in night.broken()
    }
    assert ill == {site.url(each) for each in broken}


async def test_what_the_server_no_longer_says_of_a_page_is_not_said_to_it(
    site: Site, night: Night
) -> None:
    site.handler("/", validated("x"))
    await night.crawl(site.url())
    site.handler("/", answering_with(b"x", "text/html; charset=utf-8"))
    await night.crawl(site.url())
    await night.crawl(site.url())

    tags = [hit.headers.get("if-none-match") is not None for hit in site.of("/")]
    assert tags == [False, True, False]


async def test_a_tag_that_would_match_anything_is_not_sent(site: Site, night: Night) -> None:
    site.page("/", "x", headers={"ETag": "*"})
    for _ in range(2):
        await night.crawl(site.url())

    assert [hit.headers.get("if-none-match") for hit in site.of("/")] == [None, None]


async def test_a_text_that_turns_out_to_be_a_sitemap_is_read(site: Site, night: Night) -> None:
    site.links("/", "/pages.txt")
    site.handler("/pages.txt", validated(site.url("/gone"), "text/plain"))
    await night.crawl(site.url())
    site.robots(f"Sitemap: {site.url('/pages.txt')}")

    await night.crawl(site.url())

    assert {target for _, target, _, _ in night.broken()} == {site.url("/gone")}


async def test_an_image_that_becomes_a_page_is_read(site: Site, night: Night) -> None:
    site.links("/", "/logo")
    site.handler("/logo", validated("x", "image/png"))
    await night.crawl(site.url())
    site.handler("/logo", validated('<title>Logo</title><a href="/gone">'))

    await night.crawl(site.url())

    assert {target for _, target, _, _ in night.broken()} == {site.url("/gone")}


async def test_a_page_is_compared_with_what_it_was_before_a_night_without_a_document(
    site: Site, night: Night
) -> None:
    site.links("/", site.external("/far#x"))
    for title, content_type in (("Docs", "text/html"), ("", "image/png"), ("Casino", "text/html")):
        words = " ".join(f"{title}{number}" for number in range(200))
        body = f"<title>{title}</title><p id=x>{words}" if title else "x"
        site.handler("/far", validated(body, content_type))
        await night.crawl(site.url())

    assert night.column("SELECT detail FROM notes WHERE kind = 'changed'") == [
        'the title was "Docs" and is "Casino"'
    ]
