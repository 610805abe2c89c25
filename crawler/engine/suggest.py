"""What to link to instead of what is dead: the copy that an archive has of it."""

from contextlib import suppress

from crawler.fetch.archive import NoArchiveError, closest_copy
from crawler.fetch.web import Asked
from crawler.model import Note
from crawler.store.protocol import Store

# Dead pages of which an archive is asked in a run.
_MOST_COPIES = 50


async def suggest_copies(store: Store, run_id: int, web: Asked, api: str) -> None:
    """Note the copies that an archive has of what is broken; what is known is not asked again.

    One that gives no answer is not asked for anything more.
    """
    await store.keep_copies(run_id)
    notes = []
    with suppress(NoArchiveError):
        for url_id, url, last_ok_at in await store.dead_pages(run_id, _MOST_COPIES):
            copy = await closest_copy(web, api, url, last_ok_at)
            if copy is not None:
                notes.append((url_id, Note("archive", copy)))
    await store.write_notes(run_id, notes)
