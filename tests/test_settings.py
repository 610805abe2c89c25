"""Promises about settings: nonsense is refused before anything begins."""

from dataclasses import FrozenInstanceError, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.errors import UsageError
from crawler.settings import Settings
from crawler.size import Size


@pytest.mark.parametrize(
    ("written", "size"),
    [
        *(("0", 0), ("512", 512), (4096, 4096), ("1b", 1), ("2k", 2048), ("512KiB", 524_288)),
        *(("8 MiB", 8_388_608), (" 1m ", 1_048_576), ("1g", 1 << 30), ("1GiB", 1 << 30)),
    ],
)
def test_a_size_is_written_with_its_unit(written: str | int, size: int) -> None:
    assert Size(written) == size


@pytest.mark.parametrize("written", ["", "MiB", "-1", "1.5M", "8 MB", "1e3", "0x10", "1 k x", -2])
def test_what_is_no_size_is_refused_by_name(written: str | int) -> None:
    with pytest.raises(ValueError, match=f"^not a size: {written}$"):
        Size(written)


def test_the_defaults_are_those_of_the_manual() -> None:
    settings = Settings()

    assert (settings.depth, settings.concurrency, settings.retries) == (2, 32, 2)
    assert (settings.timeout, settings.connect_timeout, settings.max_body) == (20, 10, 8 << 20)
    assert settings.database == Path("data/crawl.db")
    assert settings.deepest == 2


def test_depth_all_has_no_limit() -> None:
    assert Settings(depth="all").deepest == float("inf")


def test_settings_do_not_change() -> None:
    settings = Settings()

    with pytest.raises(FrozenInstanceError):
        settings.depth = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"depth": -1}, "depth must be at least 0, or `all`, not -1"),
        ({"concurrency": 0}, "concurrency must be at least 1, not 0"),
        ({"workers": 0}, "workers must be at least 1, not 0"),
        ({"workers": 10**9}, "workers must be at most 10000, not 1000000000"),
        ({"max_redirects": 10**19}, f"max-redirects must be at most {10**12}, not {10**19}"),
        ({"timeout": float("inf")}, f"timeout must be at most {10**12}, not inf"),
        ({"per_host": 0}, "per-host must be at least 1, not 0"),
        ({"delay": -0.1}, "delay must be at least 0, not -0.1"),
        ({"max_pages": 0}, "max-pages must be at least 1, not 0"),
        ({"timeout": 0}, "timeout must be at least 0.001, not 0"),
        ({"timeout": float("nan")}, "timeout must be at least 0.001, not nan"),
        ({"connect_timeout": -1}, "connect-timeout must be at least 0.001, not -1"),
        ({"retries": -1}, "retries must be at least 0, not -1"),
        ({"backoff": -1}, "backoff must be at least 0, not -1"),
        ({"max_redirects": -1}, "max-redirects must be at least 0, not -1"),
        ({"max_body": Size("0")}, "max-body must be at least 1, not 0"),
        ({"second_look": 300}, "second-look must be at most 120, not 300"),
        ({"grace": -1}, "grace must be at least 0, not -1"),
        ({"deadline": timedelta()}, "deadline must be longer than 0 s"),
        ({"include": ("a", "(")}, "include: '(' is no regular expression: missing )"),
        ({"exclude": ("*",)}, "exclude: '*' is no regular expression: nothing to repeat"),
        ({"allow_private": ("10.0.0.1/8",)}, "allow-private: 10.0.0.1/8 has host bits set"),
        ({"external": "skp"}, "external must be 'check' or 'skip', not 'skp'"),
        ({"robots": "none"}, "robots must be 'follow' or 'all' or 'ignore', not 'none'"),
        ({"depth": "2"}, "depth must be 'all' or int, not '2'"),
        ({"depth": True}, "depth must be 'all' or int, not True"),
        ({"include": "abc"}, "include must be a tuple of str, not str"),
        ({"header": ("A: b",)}, "header must be a tuple of Header, not tuple"),
        ({"auth": "docs:secret"}, "auth must be Secret or None, not str"),
        ({"deadline": 5}, "deadline must be timedelta or None, not int"),
        ({"concurrency": 2.5}, "concurrency must be int, not float"),
        ({"max_body": "8MiB"}, "max-body must be Size, not str"),
        ({"resume": 1}, "resume must be bool, not int"),
        ({"user_agent": "a\r\nX: y"}, "the value of user-agent cannot be sent"),
        ({"allow_private": ("home",)}, "allow-private: 'home' does not appear to be an IPv4 or"),
    ],
    ids=str,
)
def test_nonsense_is_refused_by_the_name_of_the_option(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        replace(Settings(), **wrong)

    assert str(caught.value).startswith(said)


def test_a_path_and_a_number_of_bytes_are_taken_as_they_are() -> None:
    settings = Settings(db=Path("a") / "b.db")

    assert settings.db == str(Path("a") / "b.db")
    assert replace(settings, max_body=4096).max_body == 4096  # type: ignore[arg-type]


def test_the_least_that_makes_sense_is_accepted() -> None:
    least = Settings(
        depth=0,
        concurrency=1,
        workers=1,
        per_host=1,
        delay=0,
        deadline=timedelta(milliseconds=1),
        max_pages=1,
        retries=0,
        backoff=0,
        max_redirects=0,
        max_body=Size(1),
        allow_private=("10.0.0.0/8", "fd00::/8"),
        include=("^https://", ""),
        grace=0,
    )

    assert least.deepest == 0
