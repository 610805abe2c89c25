"""Promises that a built site's folder yields nothing that is not in it."""

import errno
import os
import socket
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.fetch.folder import Folder
from crawler.urls import canonical
from tests.built import MAX_BODY, PAGE, SECRET, SITE, folder, get, status, write


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


def test_a_page_without_its_extension_lies_within_the_folder(tmp_path: Path) -> None:
    write(tmp_path, {"site.html": SECRET, "out/secret.html": SECRET, "site/b.html": PAGE})
    (tmp_path / "site/linked.html").symlink_to("../out/secret.html")
    (tmp_path / "site/out").symlink_to("../out")
    site = folder(tmp_path / "site", url=f"{SITE}/en/")

    linked = get(site, "/en/linked")

    assert (linked.fetch.status, linked.body) == (200, b"")
    paths = ("/en/out/secret", "/en", "/en/")
    assert [status(site, path) for path in paths] == [404, 301, 404]


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
        assert answer.fetch.status in {200, 301, 400, 404}
        assert answer.fetch.status != 200 or answer.body in {PAGE, b""}
