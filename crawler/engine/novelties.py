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
        documents = [_document_of(page) for page in pages]
        wanted = [each for each in documents if each is not None]
        if not wanted:
            return list(pages)
        brought = await self._ask(wanted)
        return [
            await self._with(page, () if document is None else brought.get(document, ()))
            for page, document in zip(pages, documents, strict=True)
        ]

    async def _with(self, page: Page, targets: Sequence[Novelty]) -> Page:
        if page.unchanged is None or not targets:
            return page
        digest = page.unchanged.digest
        found = await self._discovery.of_unchanged(targets, digest, page.request)
        await asyncio.sleep(0)
        return page._replace(found=found)


def _document_of(page: Page) -> int | None:
    """Return the document of a page that is followed, and was not read again."""
    is_followed = page.request.scope is Scope.FOLLOW
    return page.unchanged.document_id if page.unchanged and is_followed else None
