"""Promises about what is shown while a crawl lasts: a bar, lines, or nothing."""

import asyncio
import logging
import os
import re
import sys
from contextlib import closing
from pathlib import Path

import pytest

from crawler.cli.manner import How
from crawler.cli.progress import shown
from crawler.engine.progress import Progress, Wait
from tests import command
from tests.site import Site

pytestmark = pytest.mark.slow

SLOW = Wait("http://slow.test", "it answered 429, so 2 s between requests", 24.2, 12)
PROGRESS = Progress(done=1200, open=34, in_flight=5, broken=6, waits=lambda: [SLOW, SLOW])
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Ears(logging.Handler):
    """Hears what is logged, and says when that was `enough`."""

    def __init__(self, enough: int) -> None:
        super().__init__()
        self.messages: list[str] = []
        self.satisfied = asyncio.Event()
        self._enough = enough

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())
        if len(self.messages) >= self._enough:
            self.satisfied.set()


async def test_a_log_has_a_line_in_every_interval(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    ears = Ears(enough=2)
    logger = logging.getLogger("crawler.cli.progress")
    logger.addHandler(ears)

    async with shown(PROGRESS, "log", every=0.01):
        await asyncio.wait_for(ears.satisfied.wait(), 30)
    logger.removeHandler(ears)

    assert ears.messages[0] == (
        "0 s: 1,200 done, 29 queued, 5 in flight, 6 broken, 1,200/s; waiting for"
        " http://slow.test, 24 s yet: it answered 429, so 2 s between requests; 12 open"
    )


async def test_after_the_end_nothing_more_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    async with shown(PROGRESS, "log", every=0):
        await asyncio.sleep(0)
    lines = len(caplog.messages)
    for _ in range(5):
        await asyncio.sleep(0)

    assert len(caplog.messages) == lines


@pytest.mark.parametrize("how", ["none", "auto"])
async def test_where_nobody_watches_nothing_is_shown_for_a_short_crawl(
    how: How, capsys: pytest.CaptureFixture[str]
) -> None:
    async with shown(PROGRESS, how):
        await asyncio.sleep(0)

    assert capsys.readouterr() == ("", "")


async def test_whoever_watches_a_crawl_sees_its_error_too() -> None:
    with pytest.raises(LookupError):
        async with shown(PROGRESS, "log"):
            raise LookupError


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("how", ["bar", "auto"])
async def test_a_bar_shows_the_numbers_and_leaves_the_terminal_clean(
    site: Site, tmp_path: Path, how: How
) -> None:
    site.links("/", "/a", "/b", "/gone")
    for path in ("/a", "/b"):
        site.page(path)
    site.robots("")
    screen = Screen()

    with closing(screen):
        crawl = asyncio.create_task(
            asyncio.to_thread(
                command.run,
                *(site.url(), "--db", str(tmp_path / "crawl.db"), "--progress", how),
                cwd=tmp_path,
                environment={"TERM": "xterm", "COLUMNS": "80"},
                stderr=screen.terminal,
            )
        )
        await asyncio.wait_for(site.asked("/"), 30)
        site.gate.clear()
        await asyncio.wait_for(site.busy(3), 30)
        await asyncio.wait_for(screen.shows("3 in flight"), 30)
        site.gate.set()
        result = await asyncio.wait_for(crawl, 30)
        said = screen.read()

    assert result.returncode == 1
    assert re.search(r"1 done, 0 queued, 3 in flight, 0 broken, \S+/s", CONTROL.sub("", said))
    bars = CONTROL.sub("", said).split("\r")
    assert max(map(len, bars)) == 80 - len("^C") - 1, "a Ctrl-C breaks the line"
    assert said.rindex("\x1b[?25l") < said.rindex("\x1b[?25h"), "the cursor stays hidden"
    assert "\x1b[2K" in said[said.rindex("done") :], "the bar stays"
    assert "Run 1 finished" in result.stdout


class Screen:
    """A pseudo-terminal, and what was written to it so far."""

    def __init__(self) -> None:
        self._reader, self.terminal = os.openpty()
        os.set_blocking(self._reader, False)
        self._said = ""

    async def shows(self, text: str) -> None:
        """Wait until `text` has been written."""
        loop = asyncio.get_running_loop()
        changed = asyncio.Event()
        loop.add_reader(self._reader, changed.set)
        try:
            while text not in self.read():
                await changed.wait()
                changed.clear()
        finally:
            loop.remove_reader(self._reader)

    def read(self) -> str:
        """Return all that was written."""
        try:
            while part := os.read(self._reader, 65536):
                self._said += part.decode()
        except BlockingIOError:
            pass
        return self._said

    def close(self) -> None:
        os.close(self._reader)
        os.close(self.terminal)
