"""Promises about what is said beside the report, and to a program that embeds the crawler."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

import crawler
from crawler.cli import main
from crawler.cli.logs import set_logging
from crawler.engine.events import PageDone
from crawler.engine.run import crawl
from crawler.settings import Settings


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text('<a href="gone">gone</a>')
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    set_logging()


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    main(["site", *arguments])
    return capsys.readouterr().err.splitlines()


@pytest.mark.usefixtures("here")
def test_who_asks_for_it_is_told_every_request(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "-v")

    assert [line.rpartition(" in ")[0] for line in lines] == [
        "crawler: GET http://site.localhost/robots.txt: 404",
        "crawler: GET http://site.localhost/: 200",
        "crawler: GET http://site.localhost/gone: 404",
    ]
    assert said(capsys) == []


@pytest.mark.usefixtures("here")
def test_who_wants_quiet_hears_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = said(capsys, "-q", "http://127.0.0.1:9/", "--retries", "0", "--second-look", "0")

    assert line.startswith("crawler: the run cannot be trusted: ")


@pytest.mark.usefixtures("here")
def test_logs_for_machines_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [json.loads(line) for line in said(capsys, "--verbose", "--log-format", "json")]

    assert {line["level"] for line in lines} == {"debug"}
    assert {line["logger"] for line in lines} == {"crawler.engine.worker"}
    assert lines[1]["message"].startswith("GET http://site.localhost/: 200 in ")
    assert lines[0]["time"].endswith("+00:00")


@pytest.mark.usefixtures("here")
def test_numbers_and_tracebacks_are_in_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    set_logging(form="json")
    logger = logging.getLogger("crawler.test")

    logger.info("so far\x1b", extra={"numbers": {"done": 7}})
    try:
        int("no")
    except ValueError:
        logger.exception("failed")

    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["message"], first["done"]) == ("so far\x1b", 7)
    assert second["exception"].splitlines()[-1].startswith("ValueError: ")


async def test_every_page_is_told_when_it_is_done(here: Path) -> None:
    told: list[PageDone] = []

    await crawl(["site"], Settings(db=str(here / "crawl.db")), on_page=told.append)

    assert told == [
        PageDone("http://site.localhost/", 0, "ok", None, 200, None),
        PageDone("http://site.localhost/gone", 1, "broken", "404", 404, None),
    ]


def test_what_the_package_offers_is_there() -> None:
    stub = Path(crawler.__file__).with_suffix(".pyi").read_text("utf-8")

    for line in stub.splitlines():
        name = line.rpartition(" as ")[2]
        assert getattr(crawler, name) is not None
