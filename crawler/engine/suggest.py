"""What to link to instead of what is dead: the copy that an archive has of it."""

from crawler.fetch.archive import closest_copy
from crawler.fetch.web import Asked
from crawler.model import Note
from crawler.store.protocol import Store

# Dead pages of which an archive is asked in a run, the longest dead first.
_MOST_COPIES = 50


async def suggest_copies(store: Store, run_id: int, web: Asked, api: str) -> None:
    """Note the copies that an archive has of what is broken; what is known is not asked again."""
    notes = []
    for url_id, url, last_ok_at, copy in await store.dead_pages(run_id, _MOST_COPIES):
        found = copy or await closest_copy(web, api, url, last_ok_at)
        if found is not None:
            notes.append((url_id, Note("archive", found)))
    await store.write_notes(run_id, notes)
