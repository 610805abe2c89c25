"""Promises about a built site's folder that answers as a web server."""

import os
from pathlib import Path

import pytest

from crawler.fetch.folder import Folder
from tests.built import MAX_BODY, PAGE, SITE, folder, get, location, status, write


def test_a_file_comes_with_what_a_web_server_says_of_it(tmp_path: Path) -> None:
    site = folder(tmp_path, {"guide/a.html": PAGE})
    os.utime(tmp_path / "guide/a.html", (0, 1_700_000_000.9))

    answer = get(site, "/guide/a.html?v=1")

    assert answer.body == PAGE
    assert answer.headers == {
        "content-type": "text/html",
        "content-length": "11",
        "last-modified": "Tue, 14 Nov 2023 22:13:20 GMT",
        "etag": '"6553f100-b"',
    }


def test_every_answer_fills_a_row(tmp_path: Path) -> None:
    write(tmp_path, {"a.html": PAGE})
    site = Folder(tmp_path.resolve(), SITE, clock=lambda: 5.0)

    fetch = get(site, "/a.html").fetch

    assert (fetch.method, fetch.status, fetch.error) == ("GET", 200, None)
    assert (fetch.started_at, fetch.wire_bytes, fetch.body_bytes) == (5.0, 11, 11)
    assert (fetch.truncated, fetch.total_ms >= 0) == (False, True)


@pytest.mark.parametrize(
    ("size", "truncated"), [(MAX_BODY, False), (MAX_BODY + 1, True), (MAX_BODY * 3, True)]
)
def test_a_body_is_cut_at_the_cap(tmp_path: Path, size: int, *, truncated: bool) -> None:
    site = folder(tmp_path, {"big.txt": b"x" * size})

    answer = get(site, "/big.txt")

    assert (len(answer.body), answer.fetch.body_bytes) == (MAX_BODY, MAX_BODY)
    assert answer.fetch.truncated is truncated
    assert answer.headers["content-length"] == str(size)


@pytest.mark.parametrize("path", ["/operator%.html", "/%zz", "/100%"])
def test_an_address_that_servers_take_for_malformed_is_refused(tmp_path: Path, path: str) -> None:
    site = folder(tmp_path, {path[1:]: PAGE})

    assert status(site, path) == 400
    assert status(site, f"/operator%25.html?{path}") == (200 if "operator" in path else 404)


def test_head_has_the_headers_and_no_body(tmp_path: Path) -> None:
    site = folder(tmp_path, {"a.html": PAGE})

    head = site.answer(f"{SITE}/a.html", "HEAD", MAX_BODY)

    assert head.headers == get(site, "/a.html").headers
    assert (head.body, head.fetch.body_bytes, head.fetch.truncated) == (b"", 0, False)
    assert head.fetch.method == "HEAD"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.html", "text/html"),
        ("a.HTM", "text/html"),
        ("a.css", "text/css"),
        ("a.mjs", "application/javascript"),
        ("a.svg", "image/svg+xml"),
        ("a.woff2", "font/woff2"),
        ("a.webp", "image/webp"),
        ("a.avif", "image/avif"),
        ("a.wasm", "application/wasm"),
        ("a.webmanifest", "application/manifest+json"),
        ("a.md", "text/markdown"),
        ("a.tar.gz", "application/gzip"),
        ("objects.inv", "application/octet-stream"),
        ("LICENSE", "application/octet-stream"),
    ],
)
def test_the_extension_says_the_content_type(tmp_path: Path, name: str, kind: str) -> None:
    site = folder(tmp_path, {name: b"x", "index.html": b""})

    assert get(site, f"/{name}").headers["content-type"] == kind


@pytest.mark.parametrize("index", ["index.html", "index.htm"])
def test_a_folder_answers_with_its_index(tmp_path: Path, index: str) -> None:
    site = folder(tmp_path, {index: PAGE, f"a/{index}": b"within"})

    assert get(site, "/").body == PAGE
    assert get(site, "/a/?q").body == b"within"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("/guide", (200, b"page"), id="the page"),
        pytest.param("/guide?x", (200, b"page"), id="with a query"),
        pytest.param("/guide.html", (200, b"page"), id="by its name"),
        pytest.param("/api", (200, b"its page"), id="before a folder of that name"),
        pytest.param("/api/", (200, b"its index"), id="the folder by its slash"),
        pytest.param("/v1.2", (200, b"notes"), id="with a dot in it"),
        pytest.param("/LICENSE", (200, b"file"), id="after a file of that name"),
        pytest.param("/guide/", (404, None), id="no page has a slash"),
        pytest.param("/more", (404, None), id="no folder is a page"),
    ],
)
def test_a_page_answers_without_its_extension_too(
    tmp_path: Path, path: str, expected: tuple[int, bytes | None]
) -> None:
    pages = {"guide.html": b"page", "api.html": b"its page", "api/index.html": b"its index"}
    others = {"v1.2.html": b"notes", "LICENSE": b"file", "LICENSE.html": b"x", "more.html/a": b""}

    answer = get(folder(tmp_path, pages | others), path)

    assert answer.fetch.status == expected[0]
    assert expected[1] in {None, answer.body}


def test_a_page_of_a_folder_of_markdown_has_no_other_name(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": b"", "guide.html": PAGE})

    assert status(Folder.at(tmp_path, f"{SITE}/", is_markdown=True), "/guide") == 404


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.html", "text/plain"),
        ("a.css", "text/plain"),
        ("a.xml", "text/plain"),
        ("a.xhtml", "text/plain"),
        ("a.rss", "text/plain"),
        ("a.json", "text/plain"),
        ("a.svg", "image/svg+xml"),
        ("a.png", "image/png"),
        ("a.pdf", "application/pdf"),
    ],
)
def test_a_folder_of_markdown_has_no_other_pages(tmp_path: Path, name: str, kind: str) -> None:
    write(tmp_path, {"a.md": b"", name: b"x"})
    site = Folder.at(tmp_path, f"{SITE}/", is_markdown=True)

    assert get(site, f"/{name}").headers["content-type"] == kind


def test_a_folder_without_slash_redirects_to_itself_with_one(tmp_path: Path) -> None:
    site = folder(tmp_path, {"a b/index.html": PAGE})

    assert location(site, "/a%20b?x=1&y") == (301, f"{SITE}/a%20b/?x=1&y")
    assert location(site, "/a%20b") == (301, f"{SITE}/a%20b/")


def test_a_redirect_to_a_folder_never_names_another_host(tmp_path: Path) -> None:
    site = folder(tmp_path, {"elsewhere.test/index.html": PAGE})

    assert location(site, "//elsewhere.test") == (301, f"{SITE}//elsewhere.test/")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        pytest.param("/%C3%BC.html", True, id="a name that is not ASCII"),
        pytest.param("/caf%E9.html", True, id="a name that is not UTF-8"),
        pytest.param("/50%25.html", True, id="a percent sign"),
        pytest.param("/50%2525.html", False, id="decoded once only"),
        pytest.param("//a///b.html", True, id="slashes are merged"),
        pytest.param("/a/b.html/", False, id="a slash after a file"),
        pytest.param("/a%2Fb.html", False, id="an encoded slash"),
        pytest.param("/a%5Cb.html", False, id="an encoded backslash"),
        pytest.param("/a\\b.html", False, id="a backslash"),
        pytest.param("/a/b.html%00", False, id="a NUL"),
        pytest.param("/a/%2E/b.html", False, id="an encoded dot"),
        pytest.param("/a/%2E%2E/a/b.html", False, id="encoded dots"),
        pytest.param("/a/../a/b.html", False, id="dots"),
        pytest.param("/a/", False, id="a folder without index"),
        pytest.param("/gone.html", False, id="no such file"),
        pytest.param("/" + "x" * 5000, False, id="a name too long"),
    ],
)
def test_a_path_is_read_as_a_web_server_reads_it(tmp_path: Path, path: str, *, found: bool) -> None:
    site = folder(tmp_path, {"ü.html": PAGE, "50%.html": PAGE, "a/b.html": PAGE, "a\\b.html": PAGE})
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.html")).write_bytes(PAGE)

    answer = get(site, path)

    assert (answer.fetch.status, answer.body == PAGE) == ((200, True) if found else (404, False))
    assert answer.headers["content-type"] == "text/html"


@pytest.mark.parametrize(
    "at", ["https://docs.example.org/en/", "https://docs.example.org/en?x"], ids=["slash", "none"]
)
def test_a_folder_answers_below_the_path_where_it_is_published(tmp_path: Path, at: str) -> None:
    site = folder(tmp_path, {"a/index.html": PAGE}, at)

    assert (site.root, site.host, site.prefix) == (tmp_path, "https://docs.example.org", "/en/")
    assert status(site, "/en/a/") == 200
    assert location(site, "/en/a") == (301, "https://docs.example.org/en/a/")
    assert location(site, "/en?q") == (301, "https://docs.example.org/en/?q")


@pytest.mark.parametrize(
    ("url", "held"),
    [
        ("https://docs.example.org/en/", True),
        ("https://docs.example.org/en/a/b.html?x", True),
        ("https://docs.example.org/en", True),
        ("https://docs.example.org/en?x", True),
        ("https://docs.example.org/english/", False),
        ("https://docs.example.org/", False),
        ("http://docs.example.org/en/", False),
        ("https://docs.example.org:8443/en/", False),
        ("mailto:en@docs.example.org", False),
    ],
)
def test_only_urls_below_the_prefix_are_the_folders(
    tmp_path: Path, url: str, *, held: bool
) -> None:
    assert folder(tmp_path, url="https://docs.example.org/en/").holds(url) is held
