"""What a run came to, in numbers, asked of whichever connection there is."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from crawler.store import statements as sql
from crawler.store.finding import COUNT_NEW
from crawler.store.protocol import Totals

Read = Callable[[str, Mapping[str, object]], Awaitable[list[tuple[Any, ...]]]]


async def totals_of(read: Read, run_id: int) -> Totals:
    """Return the totals of a run, by what `read` returns of the database."""
    run = {"run": run_id}
    ((pages, followed, hosts, failing_hosts),) = await read(sql.COUNT_PAGES, run)
    ((fetches,),) = await read(sql.COUNT_FETCHES, run)
    ((links,),) = await read(sql.COUNT_LINKS, run)
    ((broken,),) = await read(sql.COUNT_BROKEN_LINKS, run)
    ((new,),) = await read(COUNT_NEW, run)
    verdicts: dict[str, int] = dict(await read(sql.COUNT_VERDICTS, run))
    return Totals(pages, followed, links, fetches, hosts, failing_hosts, broken, new, verdicts)
