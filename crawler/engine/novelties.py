"""What unchanged documents link to and the run has not met, asked of the store for many at once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from crawler.engine.discovery import Discovery, Novelty
from crawler.model import Page, Scope

Ask = Callable[[Sequence[int]], Awaitable[Mapping[int, Sequence[Novelty]]]]


class Novelties:
    """Finds what those pages bring that were not read again, when they are about to be stored.

    On a quiet night these are nearly all, and to ask costs more than the answer: so it is asked for
    all that are stored together, and no worker, with its permit, waits for it.
    """

    def __init__(self, ask: Ask, discovery: Discovery) -> None:
        self._ask = ask
        self._discovery = discovery

    async def added(self, pages: Sequence[Page]) -> list[Page]:
        """Return `pages`, the followed ones that are as they were with the requests they bring."""
        followed = [page.unchanged for page in pages if page.request.scope is Scope.FOLLOW]
        documents = {known.document_id for known in followed if known is not None}
        wanted = [each for each in documents if each is not None]
        if not wanted:
            return list(pages)
        brought = await self._ask(wanted)
        return [await self._with(page, brought) for page in pages]

    async def _with(self, page: Page, brought: Mapping[int, Sequence[Novelty]]) -> Page:
        known = page.unchanged
        if known is None or known.document_id is None or known.document_id not in brought:
            return page
        targets = brought[known.document_id]
        found = await self._discovery.of_unchanged(targets, known.digest, page.request)
        await asyncio.sleep(0)
        return page._replace(found=found)
