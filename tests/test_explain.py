"""Promises about what the command says of one URL."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from crawler.cli import main
from tests.night import Night
from tests.site import Site


async def test_a_url_is_explained_from_its_attempts_to_who_links_to_it(
    site: Site, night: Night, capsys: pytest.CaptureFixture[str]
) -> None:
    site.links("/", "/old")
    site.redirect("/old", "/gone", 301)
    site.page("/gone", status=404, headers={"Server": "s/1", "Set-Cookie": "id=secret"})
    await night.crawl(site.url())

    said = [await _explained(night.db, site.url(path), capsys) for path in ("/old", "/gone")]

    assert "  verdict: broken (404)" in said[0]
    assert f"  301  {site.url('/old')}\n  404  {site.url('/gone')}" in said[0]
    assert f"  broken 404  {site.url()}:1  a href “/old”" in said[0]
    assert "    location: /gone" in said[0]
    assert "  GET  404 from 127.0.0.1  in " in said[1]
    assert "    server: s/1\n    set-cookie: id\n" in said[1]
    assert "secret" not in said[1]


async def _explained(db: Path, url: str, capsys: pytest.CaptureFixture[str]) -> str:
    await asyncio.to_thread(_run, "explain", url, "--db", str(db))
    return capsys.readouterr().out


def _run(*arguments: str) -> None:
    with suppress(SystemExit):
        main(arguments)


async def test_a_url_that_no_run_met_is_said_to_be_unknown(
    site: Site, night: Night, capsys: pytest.CaptureFixture[str]
) -> None:
    await night.crawl(site.url())
    arguments = ["explain", "https://unknown.test/", "--run", "1", "--db", str(night.db)]

    status = await asyncio.to_thread(main, arguments)

    assert status == 2
    assert capsys.readouterr().err == "crawler: run 1 has not met https://unknown.test/\n"
