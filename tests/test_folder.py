"""Promises about a built site's folder that answers as a web server."""

import errno
import logging
import os
import socket
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.fetch.folder import Folder
from crawler.model import Answer
from crawler.urls import canonical

SITE = "http://site.localhost"
SECRET = b"not for the world"
PAGE = b"<p>page</p>"
MAX_BODY = 1000


def write(root: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


def folder(root: Path, files: dict[str, bytes] | None = None, url: str = f"{SITE}/") -> Folder:
    write(root, files or {})
    return Folder.at(root, url)


def get(site: Folder, path: str) -> Answer:
    return site.answer(site.host + path, "GET", MAX_BODY)


def status(site: Folder, path: str) -> int | None:
    return get(site, path).fetch.status


def location(site: Folder, path: str) -> tuple[int | None, str | None]:
    answer = get(site, path)
    return answer.fetch.status, answer.headers.get("location")


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


def test_head_has_the_headers_and_no_body(tmp_path: Path) -> None:
    site = folder(tmp_path, {"a.html": PAGE})

    head = site.answer(f"{SITE}/a.html", "HEAD", MAX_BODY)

    assert head.headers == get(site, "/a.html").headers
    assert (head.body, head.fetch.body_bytes, head.fetch.truncated) == (b"", 0, False)
    assert head.fetch.method == "HEAD"


def test_other_methods_are_not_allowed(tmp_path: Path) -> None:
    site = folder(tmp_path, {"a.html": PAGE})

    answer = site.answer(f"{SITE}/a.html", "POST", MAX_BODY)

    assert (answer.fetch.status, answer.headers["allow"]) == (405, "GET, HEAD")


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
        pytest.param("/50%.html", True, id="a bare percent sign"),
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


def test_links_within_the_folder_are_followed_and_folders_linked_from_outside_are_not_there(
    tmp_path: Path,
) -> None:
    write(tmp_path, {"out/secret.html": SECRET, "site/v1/a.html": PAGE})
    (tmp_path / "site/latest").symlink_to("v1")
    (tmp_path / "site/up").symlink_to("..")
    (tmp_path / "site/loop").symlink_to("loop")
    (tmp_path / "site/dangling").symlink_to("gone")
    site = folder(tmp_path / "site")

    assert status(site, "/latest/a.html") == 200
    for path in ("/up/out/secret.html", "/up/", "/up", "/loop", "/dangling", "/dangling/"):
        assert status(site, path) == 404


@pytest.mark.parametrize("path", ["/jquery.js", "/"])
def test_a_file_linked_from_outside_is_there_but_none_of_it_is_read(
    tmp_path: Path, path: str
) -> None:
    write(tmp_path, {"out/secret.html": SECRET, "site/v1/a.html": PAGE})
    (tmp_path / "site/jquery.js").symlink_to(tmp_path / "out/secret.html")
    (tmp_path / "site/index.html").symlink_to("../out/secret.html")
    site = folder(tmp_path / "site")

    answer = get(site, path)

    assert (answer.fetch.status, answer.body) == (200, b"")
    assert answer.headers["content-length"] == "0"


def test_a_neighbour_whose_name_starts_like_the_folder_is_outside(tmp_path: Path) -> None:
    write(tmp_path, {"site-private/a.html": SECRET, "site/b.html": PAGE})
    (tmp_path / "site/link").symlink_to("../site-private")

    assert status(folder(tmp_path / "site"), "/link/a.html") == 404


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    write(tmp_path, {"build-7/a.html": PAGE})
    (tmp_path / "current").symlink_to("build-7")

    assert status(folder(tmp_path / "current"), "/a.html") == 200


def test_what_is_no_file_is_never_opened(tmp_path: Path) -> None:
    site = folder(tmp_path)
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))

        assert status(site, "/fifo") == 404
        assert status(site, "/socket") == 404


@pytest.mark.parametrize(
    ("error", "expected"), [(errno.EACCES, 403), (errno.EIO, 500)], ids=["forbidden", "broken disk"]
)
@pytest.mark.parametrize("call", ["open", "resolve"])
def test_a_file_that_cannot_be_read_is_an_answer_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, error: int, expected: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(error, os.strerror(error))

    site = folder(tmp_path, {"a.html": PAGE})
    monkeypatch.setattr(Path, call, fail)

    # What cannot be resolved for another reason than a permission is not there.
    assert status(site, "/a.html") == (404 if (call, expected) == ("resolve", 500) else expected)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    root = tmp_path_factory.mktemp("world")
    write(root, {"secret": SECRET, "out/secret": SECRET, "site/a/page": PAGE, "site/page": PAGE})
    (root / "site/up").symlink_to("..")
    (root / "site/a/root").symlink_to("/")
    (root / "site/a/file").symlink_to(root / "secret")
    (root / "site/self").symlink_to(".")
    return folder(root / "site")


PIECES = [
    *("a", "page", "up", "root", "file", "self", "secret", "out", "site", "etc", "passwd", ""),
    *(".", "..", "%2e", "%2E%2e", ".%2e", "%252e%252e", "%2F", "%2f..", "..%2f", "%5C", "..\\"),
    *("%00", "\0", "%", "%zz", "%C0%AE", "~", "C:", "_redirects", "?", "#", ";"),
]


@given(
    st.one_of(
        st.lists(st.sampled_from(PIECES)).map("/".join),
        st.lists(st.sampled_from([*PIECES, "/"])).map("".join),
        st.text(),
    )
)
@example("up/secret")
@example("../secret")
@example("a/file")
def test_no_path_yields_a_byte_from_outside(guarded: Folder, path: str) -> None:
    url = f"{SITE}/{path}"

    for form in {url, canonical(url) or url}:
        answer = guarded.answer(form, "GET", MAX_BODY)
        assert answer.fetch.status in {200, 301, 404}
        assert answer.fetch.status != 200 or answer.body in {PAGE, b""}


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


def declared(root: Path, text: str, url: str = f"{SITE}/") -> Folder:
    return folder(root, {"_redirects": text.encode(), "there.html": PAGE, "d/x": b"x"}, url)


@pytest.mark.parametrize(
    ("line", "path", "expected"),
    [
        pytest.param("/old /new", "/old", (301, f"{SITE}/new"), id="301 by default"),
        pytest.param("/old /new 302", "/old?q=1", (302, f"{SITE}/new"), id="with a query"),
        pytest.param("/old\t/new#part  308", "/old", (308, f"{SITE}/new#part"), id="a fragment"),
        pytest.param(
            "/old https://x.test:8/ 307 # why", "/old", (307, "https://x.test:8/"), id="out"
        ),
        pytest.param("\ufeff/old /new", "/old", (301, f"{SITE}/new"), id="a byte order mark"),
        pytest.param("/ü /new", "/%C3%BC", (301, f"{SITE}/new"), id="a path that is not ASCII"),
        pytest.param("/old //x.test/", "/old", (301, f"{SITE}//x.test/"), id="two slashes"),
        pytest.param("/old /new", "/old/", (404, None), id="exact paths only"),
        pytest.param("# /old /new", "/old", (404, None), id="a comment"),
        pytest.param("/old /a\n/old /b", "/old", (301, f"{SITE}/a"), id="the first match wins"),
        pytest.param("/there.html /new", "/there.html", (200, None), id="a file goes first"),
        pytest.param("/d /new", "/d", (301, f"{SITE}/d/"), id="a folder goes first"),
        pytest.param("/there.html /new 301!", "/there.html", (301, f"{SITE}/new"), id="forced"),
    ],
)
def test_a_declared_redirect_is_answered(
    tmp_path: Path, line: str, path: str, expected: tuple[int, str | None]
) -> None:
    assert location(declared(tmp_path, line), path) == expected


def test_declared_paths_count_from_the_root_of_the_folder(tmp_path: Path) -> None:
    site = declared(tmp_path, "/old /new", "https://docs.example.org/en/")

    assert location(site, "/en/old") == (301, "https://docs.example.org/en/new")


def test_the_head_of_a_redirect_has_no_body(tmp_path: Path) -> None:
    answer = declared(tmp_path, "/old /new").answer(f"{SITE}/old", "HEAD", MAX_BODY)

    assert (answer.fetch.status, answer.body) == (301, b"")


def test_lines_that_are_no_plain_redirects_are_ignored_with_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines = [
        "/a/* /b",
        "/old/:id /new",
        "/o /n/:id",
        "/app /index.html 200",
        "/x",
        "/x/y z",
        "/p?q /r",
    ]

    with caplog.at_level(logging.WARNING):
        site = declared(
            tmp_path, "\n".join([*lines, "", "/good /new", "/bad /b 404", "/c /d 301 e"])
        )

    assert location(site, "/good") == (301, f"{SITE}/new")
    assert status(site, "/app") == 404
    [record] = caplog.records
    assert record.getMessage().endswith("ignored: lines 1, 2, 3, 4, 5, 6, 7, 10, 11")


def test_the_files_that_configure_a_host_are_not_served(tmp_path: Path) -> None:
    site = folder(tmp_path, {"_redirects": b"", "_headers": b"", "a/_headers": b"x"})

    assert [status(site, f"/{name}") for name in ("_redirects", "_headers")] == [404, 404]
    assert status(site, "/a/_headers") == 200


@pytest.mark.parametrize("kind", ["out", "folder"])
def test_redirects_are_read_from_a_file_within_the_folder_only(tmp_path: Path, kind: str) -> None:
    write(tmp_path, {"secret": b"/old /new", "site/a.html": PAGE})
    if kind == "out":
        (tmp_path / "site/_redirects").symlink_to(tmp_path / "secret")
    else:
        (tmp_path / "site/_redirects").mkdir()

    assert status(folder(tmp_path / "site"), "/old") == 404
