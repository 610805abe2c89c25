"""What to link to instead of what is dead: the copy that an archive has of it."""

from contextlib import suppress

from crawler.fetch.archive import NoArchiveError, closest_copy
from crawler.fetch.web import Asked
from crawler.model import Note
from crawler.store.protocol import Store

# Dead pages of which an archive is asked in a run, the longest dead first.
_MOST_COPIES = 50


async def suggest_copies(store: Store, run_id: int, web: Asked, api: str) -> None:
    """Note the copies that an archive has of what is broken; what is known is not asked again.

    One that gives no answer is not asked for anything more.
    """
    dead = await store.dead_pages(run_id, _MOST_COPIES)
    found = {url_id: copy for url_id, _, _, copy in dead if copy is not None}
    with suppress(NoArchiveError):
        for url_id, url, last_ok_at, copy in dead:
            closest = None if copy else await closest_copy(web, api, url, last_ok_at)
            if closest is not None:
                found[url_id] = closest
    await store.write_notes(run_id, [(id_, Note("archive", copy)) for id_, copy in found.items()])
