"""A real browser without a window; where there is none, the tests that need it are skipped."""

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


@asynccontextmanager
async def opened_browser() -> AsyncGenerator[Browser]:
    """Start the Chromium of this machine, for as long as the block lasts."""
    path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium on this machine: apt install chromium")
    async with async_playwright() as playwright:
        # As root, as in a container, Chromium starts without its sandbox or not at all.
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        await browser.close()


class Reader:
    """A person with a page open; `complaints` is what the browser objected to, or fetched."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        page.on("request", self._count)

    def _count(self, request: object) -> None:
        url = getattr(request, "url", "")
        if not url.startswith(("file:", "http://127.0.0.1:")):
            self.complaints.append(url)

    async def open(self, path: Path) -> None:
        await self.page.goto(path.as_uri())

    async def groups(self) -> list[str]:
        """Return the headings of the groups that are shown."""
        return await self.page.locator("#list h3").all_inner_texts()

    async def count(self) -> str:
        return await self.page.locator("#count").inner_text()
