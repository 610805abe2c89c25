"""Promises about the seeds that a person gives."""

import io
import re
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.cli.sowing import sown
from crawler.engine.seeds import Seed, parse_seeds, read_seeds, seed_of
from crawler.errors import UsageError

NO_FOLDER = "is a file: a built site is given by its folder, and a list of seeds by --seeds"


def seeds_file(folder: Path, content: str | bytes) -> Path:
    path = folder / "seeds.txt"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        read_seeds(path)
    return str(caught.value)


def test_seeds_stand_one_a_line_among_comments_and_blank_lines(tmp_path: Path) -> None:
    path = seeds_file(tmp_path, "# ours\n\n  https://EXAMPLE.org#top  \r\n\t# more\nhttp://a/b?c\n")

    assert read_seeds(path) == [Seed("https://example.org/"), Seed("http://a/b?c")]


def test_a_seed_that_stands_there_twice_is_one(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").touch()
    path = seeds_file(tmp_path, "docs\nhttp://a/\n docs\n" * 3)

    assert read_seeds(path) == [seed_of("docs", tmp_path), Seed("http://a/")]


def test_the_last_line_needs_no_end(tmp_path: Path) -> None:
    assert read_seeds(seeds_file(tmp_path, "http://a/")) == [Seed("http://a/")]


def test_a_byte_order_mark_belongs_to_no_seed(tmp_path: Path) -> None:
    assert read_seeds(seeds_file(tmp_path, "\ufeffhttp://a/\n")) == [Seed("http://a/")]


def test_a_hash_inside_a_url_begins_no_comment(tmp_path: Path) -> None:
    assert read_seeds(seeds_file(tmp_path, "http://a/#b # c\n")) == [Seed("http://a/")]


def test_behind_a_seed_may_stand_a_comment(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    path = seeds_file(tmp_path, "http://a/ # ours\nsite = http://b/\t# built\n # nothing\n")

    assert read_seeds(path) == [Seed("http://a/"), Seed("http://b/", tmp_path / "site")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("a/html", "b/html", id="of one name"),
        pytest.param("a/html_1", "b/html.1", id="of one name as a host"),
        pytest.param("a/html = http://c/", "b/html = http://c", id="for one URL"),
    ],
)
def test_two_folders_that_answer_for_one_url_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one: str, other: str
) -> None:
    for folder in (one, other):
        (tmp_path / folder.partition(" ")[0]).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    said = refusal(seeds_file(tmp_path, f"http://d/\n{one}\n{one}\n{other}\n"))

    assert re.search(r"seeds.txt, line 4: '.*/a/.*' and '.*/b/.*' both answer for http://", said)
    with pytest.raises(UsageError, match="both answer for"):
        parse_seeds([one, other])


def test_a_folder_is_relative_to_the_seeds_file_and_answers_under_its_name(tmp_path: Path) -> None:
    (tmp_path / "My Site_2").mkdir()

    (seed,) = read_seeds(seeds_file(tmp_path, "My Site_2\n"))

    assert seed == Seed("http://my-site-2.localhost/", (tmp_path / "My Site_2").resolve())


@pytest.mark.parametrize(
    ("line", "url"),
    [
        ("built = https://docs.example.org", "https://docs.example.org/"),
        ("built\t=  HTTPS://docs.example.org/v 2/", None),
        ("./built/ = https://docs.example.org/v2/#x", "https://docs.example.org/v2/"),
        ("built = https://docs.example.org/v2", "https://docs.example.org/v2/"),
        ("built = https://docs.example.org/v2?x=/", "https://docs.example.org/v2/"),
    ],
)
def test_a_folder_may_answer_for_the_url_it_will_have(
    tmp_path: Path, line: str, url: str | None
) -> None:
    (tmp_path / "built").mkdir()
    path = seeds_file(tmp_path, line)

    if url is None:
        assert "is neither a URL nor a folder" in refusal(path)
    else:
        assert read_seeds(path) == [Seed(url, (tmp_path / "built").resolve())]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nowhere", "'nowhere' is neither a URL nor a folder"),
        ("x" * 5000, f"'{'x' * 60}...' is neither a URL nor a folder"),
        ("seeds.txt", f"'seeds.txt' {NO_FOLDER}"),
        ("nowhere = http://a/", "'nowhere' is neither a URL nor a folder"),
        (". = http://[", "'http://[' is no http(s) URL"),
        ("ftp://example.org/", "'ftp://example.org/' is no http(s) URL"),
        ("mailto:me@example.org", "'mailto:me@example.org' is no http(s) URL"),
        ("http://exa mple.org/", "'http://exa mple.org/' is no http(s) URL"),
        ("https://", "'https://' is no http(s) URL"),
        ("C:/site", "'C:/site' is neither a URL nor a folder"),
    ],
)
def test_a_bad_line_is_named_with_its_number(tmp_path: Path, line: str, said: str) -> None:
    path = seeds_file(tmp_path, f"# seeds\n\nhttp://a/\n{line}\nalso bad\n")

    assert refusal(path) == f"{path}, line 4: {said}"


def test_lines_are_counted_as_editors_count_them(tmp_path: Path) -> None:
    path = seeds_file(tmp_path, "# form\ffeed, next\x85line, separator\u2028here\r\nbad\r\n")

    assert refusal(path).startswith(f"{path}, line 2: 'bad'")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "there is no seed in it", id="empty"),
        pytest.param(b"\n# nothing\n", "there is no seed in it", id="comments"),
        pytest.param(b"http://a/\n\xff", "is not UTF-8 (byte 10)", id="not UTF-8"),
        pytest.param("http://a/".encode("utf-16"), "is not UTF-8 (byte 0)", id="UTF-16"),
        pytest.param(b"http://a/\n\0", "is no text file", id="binary"),
    ],
)
def test_a_file_without_seeds_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = seeds_file(tmp_path, content)

    assert refusal(path) == f"{path}: {said}"


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    meant = "; a seed itself is given without --seeds"
    assert refusal(tmp_path) == f"{tmp_path}: cannot be read: Is a directory{meant}"
    assert refusal(Path("https://a.test/")).endswith(meant)
    assert refusal(tmp_path / "x") == f"{tmp_path / 'x'}: cannot be read: No such file or directory"


def test_a_folder_without_a_name_for_a_host_needs_a_url(tmp_path: Path) -> None:
    (tmp_path / "___").mkdir()

    with pytest.raises(UsageError, match="say which URL the folder answers for: folder = URL"):
        seed_of("___", tmp_path)


def test_the_site_of_a_folder_is_what_it_answers_and_not_its_host(tmp_path: Path) -> None:
    built, written = tmp_path / "built", tmp_path / "written"
    built.mkdir()
    written.mkdir()
    (written / "a.md").touch()
    url = "https://docs.example.org/v2"

    seeds = [seed_of(f"{name} = {url}", tmp_path) for name in ("built", "written")]

    assert {seed.site for seed in [*seeds, Seed(url, built)]} == {f"{url}/"}


def test_a_seed_that_is_given_twice_is_one(tmp_path: Path) -> None:
    ready = Seed("http://a/")

    assert parse_seeds(["http://a", tmp_path, "http://A/", ready, tmp_path]) == [
        ready,
        seed_of(str(tmp_path), Path()),
    ]


@pytest.mark.parametrize("path", [None, Path("-")])
def test_standard_input_is_read_once(monkeypatch: pytest.MonkeyPatch, path: Path | None) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"http://a/\nhttp://b/\n")))

    assert sown(["-", "http://c/", "-"], path) == parse_seeds(["http://a", "http://b", "http://c"])


def test_what_is_wrong_with_standard_input_is_said_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for content, said in ((b"", ": there is no seed in it"), (b"\nbad", ", line 2: 'bad' is")):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

        with pytest.raises(UsageError, match=f"^standard input{said}"):
            sown(["-"], None)


def test_seeds_can_be_given_as_strings_or_ready_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site").mkdir()
    monkeypatch.chdir(tmp_path)

    seeds = parse_seeds(["http://a", Seed("http://b/"), "site"])

    assert [seed.url for seed in seeds] == ["http://a/", "http://b/", "http://site.localhost/"]


@pytest.mark.parametrize("written", ["HTTP://A:80", "http://a/./#part", "http://ann@a"])
def test_a_seed_that_a_program_makes_is_the_url_that_a_line_would_be(written: str) -> None:
    assert [Seed(written)] == parse_seeds([written]) == [Seed("http://a/")]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": "a.test"}, "'a.test' is no http"),
        ({"url": "ftp://ann:secret@a/"}, r"'ftp://\*\*\*@a/' is no http"),
        ({"url": None}, "url must be str, not NoneType"),
        ({"folder": "site"}, "folder must be Path or None, not str"),
    ],
)
def test_what_a_program_makes_that_is_no_seed_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=f"^{said}"):
        Seed(**{"url": "http://a/", **wrong})


@pytest.mark.parametrize("line", ["a" + "\t" * 100_000 + "b", "a" + " \t=" * 50_000])
def test_a_line_of_blanks_takes_no_longer_than_its_length(line: str) -> None:
    started = time.process_time()

    with pytest.raises(UsageError, match="is neither a URL nor a folder"):
        seed_of(line, Path())

    assert time.process_time() - started < 0.1


def test_a_seed_may_be_a_path(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()

    assert parse_seeds([tmp_path / "site"]) == parse_seeds([str(tmp_path / "site")])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("https://a.test/", "seeds are given as a list"),
        (b"https://a.test/", "seeds are given as a list"),
        ([b"https://a.test/"], "a seed is a URL or a path, not bytes"),
        ([None], "a seed is a URL or a path, not NoneType"),
    ],
    ids=repr,
)
def test_seeds_of_other_types_are_refused(given: Iterable[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_seeds(given)


def test_a_crawl_without_seeds_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no seed: give URLs"):
        parse_seeds([])


@given(st.text(min_size=1))
def test_whatever_is_written_is_a_seed_or_refused(written: str) -> None:
    try:
        seed = seed_of(written, Path("nowhere"))
    except UsageError:
        return

    assert seed.url.startswith(("http://", "https://"))
