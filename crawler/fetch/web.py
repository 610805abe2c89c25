"""One face to all that can be fetched: servers behind sockets, and built sites in folders."""

import asyncio
from collections.abc import Sequence

from crawler.fetch.client import NOTHING, BodyLimit, Client, Sent
from crawler.fetch.folder import Folder
from crawler.model import Answer


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
