"""Promises about the redirects that a built site declares in its file `_redirects`."""

import logging
from pathlib import Path

import pytest

from crawler.fetch.folder import Folder
from tests.built import MAX_BODY, PAGE, SITE, folder, location, status, write


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
        pytest.param("/old //x.test/a", "/old", (301, "//x.test/a"), id="another host"),
        pytest.param("/old /new", "/old/?q", (301, f"{SITE}/new"), id="with a slash"),
        pytest.param("/old/ /new!", "/old", (301, f"{SITE}/new!"), id="without its slash"),
        pytest.param("/old /new 301!", "/old/", (301, f"{SITE}/new"), id="forced, with a slash"),
        pytest.param("/old /a\n/old/ /b", "/old/", (301, f"{SITE}/b"), id="the very path first"),
        pytest.param("/old /old/", "/old/", (404, None), id="a slash alone is no redirect"),
        pytest.param("/d/x /new", "/d/x/", (301, f"{SITE}/new"), id="a file has no slash"),
        pytest.param("/d /new", "/d/", (301, f"{SITE}/new"), id="a folder without an index"),
        pytest.param("/old /new", "/old/x", (404, None), id="exact paths only"),
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
