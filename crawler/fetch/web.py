"""One face to all that can be fetched: servers behind sockets, and built sites in folders."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from crawler.fetch.client import NOTHING, BodyLimit, Client, Sent
from crawler.fetch.folder import Folder
from crawler.model import Answer


class Asked(Protocol):
    """Whatever answers URLs."""

    async def fetch(self, url: str, method: str, limit: BodyLimit, sent: Sent = NOTHING) -> Answer:
        """Return what came back from canonical `url`; a failure is an answer with an error."""


class Web:
    """Answers a URL from the folder that holds it, or over HTTP."""

    def __init__(self, client: Client, folders: Sequence[Folder], most: int) -> None:
        self._client = client
        self._folders = folders
        self._most = most

    async def fetch(self, url: str, method: str, limit: BodyLimit, sent: Sent = NOTHING) -> Answer:
        """Return what came back from canonical `url`; a failure is an answer with an error."""
        for folder in self._folders:
            if folder.holds(url):
                return await asyncio.to_thread(folder.answer, url, method, self._most)
        return await self._client.fetch(url, method, limit, sent)


class PermittedWeb:
    """The web, for who may ask it only at times; when not, nothing goes out and nothing comes."""

    def __init__(self, web: Asked, permitted: Callable[[], bool]) -> None:
        self._web = web
        self._permitted = permitted

    async def fetch(self, url: str, method: str, limit: BodyLimit, sent: Sent = NOTHING) -> Answer:
        """Return what came back from canonical `url`; wait to be cancelled where that is barred."""
        if not self._permitted():
            await asyncio.Event().wait()
        return await self._web.fetch(url, method, limit, sent)
