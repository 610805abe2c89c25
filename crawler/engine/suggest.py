"""What to link to instead of what is dead: the copy that an archive has of it."""

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from crawler.engine.cancelling import at_once
from crawler.engine.hosts import HostClock, Politeness
from crawler.engine.span import Span
from crawler.engine.stop import Stop
from crawler.fetch.archive import NoArchiveError, closest_copy
from crawler.fetch.client import NOTHING, BodyLimit, Sent
from crawler.fetch.retry import RetryPolicy
from crawler.fetch.web import Asked
from crawler.model import Answer, Note
from crawler.store.protocol import Store

# Dead pages of which an archive is asked in a run.
_MOST_COPIES = 50


class Paced:
    """The web, for who asks one host alone: at its pace, and again where that may help."""

    def __init__(self, web: Asked, polite: Politeness, retry: RetryPolicy) -> None:
        self._web = web
        self._clock = HostClock(polite)
        self._retry = retry

    async def fetch(self, url: str, method: str, limit: BodyLimit, sent: Sent = NOTHING) -> Answer:
        """Return what came back from canonical `url`; a failure is an answer with an error."""
        answer, tries = await self._ask(url, method, limit, sent), 1
        while (wait := self._retry.wait(answer, tries, time.time())) is not None:
            await asyncio.sleep(wait)
            answer, tries = await self._ask(url, method, limit, sent), tries + 1
        return answer

    async def _ask(self, url: str, method: str, limit: BodyLimit, sent: Sent) -> Answer:
        await asyncio.sleep(self._clock.due - time.monotonic())
        self._clock.started(time.monotonic())
        answer = await self._web.fetch(url, method, limit, sent)
        self._clock.answered(answer, time.monotonic(), time.time())
        return answer


class Archive(NamedTuple):
    """An archive's availability API, and the web by which it is asked."""

    web: Asked
    api: str


async def suggest_copies(
    store: Store, run_id: int, archive: Archive, stop: Stop, span: Span
) -> None:
    """Note the copies that `archive` has of what is broken; what is known is not asked again.

    One that gives no answer is not asked for anything more; nor is any once `stop` is asked for the
    end, or when the `span` of the run is over.
    """
    await store.keep_copies(run_id)
    dead = await store.dead_pages(run_id, _MOST_COPIES)
    notes: list[tuple[int, Note]] = []
    async with at_once(_ask(archive, dead, notes), stop.asked()) as (asking, asked):
        await asyncio.wait({asking, asked}, timeout=span.left, return_when=asyncio.FIRST_COMPLETED)
        if asking.done():
            asking.result()
    await store.write_notes(run_id, notes)


async def _ask(
    archive: Archive,
    dead: Iterable[tuple[int, str, str | None]],
    notes: list[tuple[int, Note]],
) -> None:
    """Add a note for each page that has a copy, as it is found."""
    with suppress(NoArchiveError):
        for url_id, url, last_ok_at in dead:
            copy = await closest_copy(archive.web, archive.api, url, last_ok_at)
            if copy is not None:
                notes.append((url_id, Note("archive", copy)))
