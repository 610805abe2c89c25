"""What a run came to, in numbers, asked of whichever connection there is."""

from collections import Counter
from collections.abc import Awaitable, Callable

from crawler.store import statements as sql
from crawler.store.asking import query_of
from crawler.store.database import Parameters, Row
from crawler.store.protocol import Hosts, Totals

Read = Callable[[str, Parameters], Awaitable[list[Row]]]


async def totals_of(read: Read, run_id: int) -> Totals:
    """Return the totals of a run, by what `read` returns of the database."""
    run = {"run": run_id}
    ((pages, followed),) = await read(sql.COUNT_PAGES, run)
    ((fetches,),) = await read(sql.COUNT_FETCHES, run)
    ((links,),) = await read(sql.COUNT_LINKS, run)
    broken = query_of("broken", "count(*), count(*) FILTER (WHERE is_new)")
    ((all_broken, new_broken),) = await read(broken, {**run, "before": None})
    judged = await read(sql.COUNT_VERDICTS, run)
    verdicts: Counter[str] = Counter()
    for verdict, _, number, _ in judged:
        verdicts[verdict] += number
    refused = {reason: own for verdict, reason, _, own in judged if own and verdict == "blocked"}
    notes: dict[str, int] = dict(await read(sql.COUNT_NOTES, run))
    hosts = await hosts_of(read, run_id)
    return Totals(
        pages=pages,
        followed=followed,
        links=links,
        fetches=fetches,
        hosts=hosts.asked,
        failing_hosts=hosts.failing,
        broken_links=all_broken,
        new_broken_links=new_broken,
        verdicts=dict(verdicts),
        skipped={reason: number for verdict, reason, number, _ in judged if verdict == "skipped"},
        refused=dict(sorted(refused.items(), key=lambda each: (-each[1], each[0]))),
        drawn=notes.get("drawn", 0),
        unlinked=notes.get("unlinked", 0),
        suspect=notes.get("suspect", 0),
    )


async def hosts_of(read: Read, run_id: int) -> Hosts:
    """Return how many hosts answered in a run, and which of them had on the night before."""
    values = {"run": run_id, "before": await night_before(read, run_id)}
    return Hosts._make((await read(sql.HOSTS, values))[0])


async def night_before(read: Read, run_id: int) -> int:
    """Return the night that a run is compared with, 0 where there is none."""
    ((before,),) = await read(sql.NIGHT_BEFORE, {"run": run_id})
    return int(before)
