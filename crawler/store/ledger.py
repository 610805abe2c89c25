"""The protocol `Store` over any database: which statement answers which question."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from functools import partial

from crawler.errors import UsageError
from crawler.location import Location
from crawler.model import Ending, Judgement, Note, Page, Request, RobotsFile, Run, Verdict
from crawler.store import rows
from crawler.store import statements as sql
from crawler.store.batch import StoredHosts, add_requests, write_batch
from crawler.store.database import PATIENCE, Database, Parameters, Result, Row
from crawler.store.engines import opened
from crawler.store.history import differences, end_run, lasting
from crawler.store.memory import Memory
from crawler.store.moments import moment, timestamp
from crawler.store.protocol import (
    FragmentVerdict,
    Hosts,
    IllPage,
    OpenPages,
    Strayed,
    Totals,
    Unmatched,
)
from crawler.store.requests import open_pages_of, request_of, requests_of
from crawler.store.totals import hosts_of, night_before, totals_of
from crawler.urls import digest64, url_id
from crawler.version import __version__

# Deeper than any page: no database knows the infinity that JSON could not say.
_DEEPEST = 2**62
# Before any id.
_LEAST = -(2**63)


@asynccontextmanager
async def open_store(location: Location, *, patience: float = PATIENCE) -> AsyncGenerator["Ledger"]:
    """Open the database at `location`, made where there is none, to write to it.

    UsageError where it cannot be used, or is a file that somebody else writes to. A server that
    goes away is waited for, as long as `patience` (seconds) says.
    """
    async with opened(location, patience=patience) as (writer, reader):
        yield Ledger(writer, reader)


class Ledger:
    """The protocol `Store` over two connections; only one task may call what writes."""

    def __init__(self, writer: Database, reader: Database) -> None:
        self._writer = writer
        self._reader = reader
        self._memory = Memory(0, 0, (), "", 0.0)
        self._hosts = StoredHosts()

    async def begin(self, series: str, settings: str, now: float, *, resume: bool) -> Run:
        key = digest64(series.encode())
        begin = partial(self._begin, key, settings, moment(now), resume=resume)
        run = await self._writer.transact(begin)
        self._memory = await Memory.of(self._writer, run.id, key, moment(now), settings)
        return run

    async def _begin(self, series: int, settings: str, now: str, *, resume: bool) -> Run:
        if resume and (unfinished := await self._unfinished(series, settings)) is not None:
            values = {"run": unfinished, "settings": settings, "version": __version__}
            await self._writer.run(sql.CONTINUE_RUN, values)
            return Run(unfinished, resumed=True)
        await self._writer.run(sql.ABANDON_RUNS, {"series": series})
        values = {"series": series, "now": now, "settings": settings, "version": __version__}
        ((run_id,),) = await self._writer.rows(sql.INSERT_RUN, values)
        return Run(run_id, resumed=False)

    async def add(self, run_id: int, requests: Sequence[Request]) -> list[Request]:
        write = partial(add_requests, self._writer, self._hosts, run_id, requests)
        return await self._written(write)

    async def write(self, run_id: int, pages: Sequence[Page]) -> list[Request]:
        write = partial(write_batch, self._writer, self._hosts, run_id, pages)
        return await self._written(write)

    async def _written(self, write: Callable[[], Awaitable[list[Request]]]) -> list[Request]:
        async def work() -> list[Request]:
            self._hosts.begin()
            new = await write()
            return await self._memory.of_requests(self._writer, new)

        new = await self._transact(work)
        self._hosts.end()
        return new

    async def _transact(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Do `work` in one transaction; whoever must prove first that it may write does it here."""
        return await self._writer.transact(work)

    async def seeds(self, run_id: int) -> list[str]:
        return [url for (url,) in await self._read(sql.SEEDS, {"run": run_id})]

    async def open_pages(self, run_id: int) -> list[OpenPages]:
        return open_pages_of(await self._read(sql.OPEN_PAGES, {"run": run_id}))

    async def window(self, run_id: int, host: str, most: int) -> list[Request]:
        values = {"run": run_id, "host": rows.host_id(host), "most": most}
        found = [request_of(host, row) for row in await self._read(sql.WINDOW, values)]
        return await self._memory.with_known(self._reader, found)

    async def new_targets(
        self, run_id: int, document_ids: Sequence[int]
    ) -> dict[int, list[tuple[int, str, bool]]]:
        values = {"run": run_id, "ids": json.dumps(document_ids)}
        found: dict[int, list[tuple[int, str, bool]]] = {}
        for document_id, *target in await self._read(sql.NEW_TARGETS, values):
            found.setdefault(document_id, []).append((target[0], target[1], bool(target[2])))
        return found

    async def robots(self, run_id: int, host: str) -> RobotsFile | None:
        values = {"run": run_id, "host": rows.host_id(host)}
        for fetched_at, *rest in await self._read(sql.ROBOTS, values):
            return RobotsFile(host, timestamp(fetched_at), *rest)
        return None

    async def settle_chains(self, run_id: int, most: int) -> None:
        await self._writer.index_links()
        await self._write(sql.SETTLE_CHAINS, {"run": run_id, "most": most})

    async def endless_redirects(self, run_id: int) -> list[tuple[int, str, str]]:
        return await self._read(sql.ENDLESS_REDIRECTS, {"run": run_id})

    async def end_redirects(self, run_id: int, verdicts: Sequence[tuple[int, Judgement]]) -> None:
        values = [(verdict, reason, run_id, id_) for id_, (verdict, reason) in verdicts]
        await self._write_many(sql.END_REDIRECT, values)

    async def settle_depths(self, run_id: int, late: Sequence[int] | None) -> None:
        values = {"run": run_id, "all": late is None, "ids": json.dumps(list(late or ()))}
        await self._write(sql.SETTLE_DEPTHS, values)

    async def misjudged(self, run_id: int, hosts: Collection[str], deepest: float) -> list[Request]:
        values = {
            "run": run_id,
            "hosts": json.dumps(list(hosts)),
            "deepest": min(deepest, _DEEPEST),
        }
        return requests_of(await self._read(sql.MISJUDGED_PAGES, values))

    async def cut_chains(self, run_id: int, most: int) -> list[Request]:
        return requests_of(await self._read(sql.CUT_CHAINS, {"run": run_id, "most": most}))

    async def unread_leaves(self, run_id: int) -> list[Request]:
        found = await self._read(sql.UNREAD_LEAVES, {"run": run_id})
        return await self._memory.with_known(self._reader, requests_of(found))

    async def misled_leaves(self, run_id: int) -> list[Request]:
        return requests_of(await self._read(sql.MISLED_LEAVES, {"run": run_id}))

    async def reopen(self, run_id: int, requests: Sequence[Request]) -> None:
        values = [(r.scope, r.method, r.hops, run_id, r.url_id) for r in requests]
        await self._write_many(sql.REOPEN_PAGE, values)

    async def cookie_loops(self, run_id: int) -> list[tuple[Request, bool]]:
        found = await self._read(sql.COOKIE_LOOPS, {"run": run_id})
        return [(request_of(key, row), bool(sets)) for sets, key, *row in found]

    async def soft_leaves(self, run_id: int) -> list[Request]:
        return requests_of(await self._read(sql.SOFT_LEAVES, {"run": run_id}))

    async def unread_texts(self, run_id: int) -> list[tuple[Request, str]]:
        found = await self._read(sql.UNREAD_TEXTS, {"run": run_id})
        return [(request_of(key, row), directive) for directive, key, *row in found]

    async def absent_texts(self, run_id: int) -> list[tuple[str, str]]:
        return await self._read(sql.ABSENT_TEXTS, {"run": run_id})

    async def transient_pages(self, run_id: int, not_before: float, tries: int) -> list[Request]:
        found = await self._read(sql.TRANSIENT_PAGES, {"run": run_id})
        pages = [r._replace(not_before=not_before, tries=tries) for r in requests_of(found)]
        reopened = [(each.tries, not_before, run_id, each.url_id) for each in pages]
        await self._write_many(sql.REOPEN_LATER, reopened)
        return pages

    async def home_redirects(self, run_id: int) -> list[tuple[int, str]]:
        return await self._read(sql.HOME_REDIRECTS, {"run": run_id})

    async def keep_copies(self, run_id: int) -> None:
        before = await night_before(self._read, run_id)
        await self._write(sql.KEEP_COPIES, {"run": run_id, "before": before})

    async def dead_pages(self, run_id: int, most: int) -> list[tuple[int, str, str | None]]:
        return await self._read(sql.DEAD_PAGES, {"run": run_id, "most": most})

    async def moves(self, run_id: int, most: int) -> list[tuple[int, str, int, str]]:
        return await self._read(sql.MOVES, {"run": run_id, "most": most})

    async def write_moves(self, run_id: int, moves: Sequence[tuple[int, int]]) -> None:
        before = await night_before(self._read, run_id)
        values = [(new_id, before, old_id, new_id, run_id, old_id) for old_id, new_id in moves]
        await self._write_many(sql.WRITE_MOVE, values)

    async def write_notes(self, run_id: int, notes: Sequence[tuple[int, Note]]) -> None:
        values = [(run_id, url_id, *note) for url_id, note in notes]
        await self._write_many(sql.INSERT_NOTE, values)

    async def suspicious_hosts(self, run_id: int) -> list[str]:
        return [key for (key,) in await self._read(sql.SUSPICIOUS_HOSTS, {"run": run_id})]

    async def suspects(self, run_id: int) -> list[tuple[int, str]]:
        return await self._read(sql.SUSPECTS, {"run": run_id})

    async def confirmed_suspects(self, run_id: int) -> list[tuple[int, str]]:
        return await self._read(sql.CONFIRMED_SUSPECTS, {"run": run_id})

    async def condemn_known(self, run_id: int) -> None:
        await self._write(sql.CONDEMN_KNOWN, {"run": run_id})

    async def dead_refreshes(self, run_id: int) -> list[tuple[int, str]]:
        return await self._read(sql.DEAD_REFRESHES, {"run": run_id})

    async def is_cut_off(self, run_id: int, host: str, deepest: float) -> bool:
        values = {"run": run_id, "host": rows.host_id(host), "deepest": min(deepest, _DEEPEST)}
        return bool(await self._read(sql.CUT_OFF, values))

    async def urls(self, run_id: int, host: str, after: str | None, most: int) -> list[str]:
        behind = _LEAST if after is None else url_id(after)
        values = {"run": run_id, "host": rows.host_id(host), "after": behind, "most": most}
        return [url for (url,) in await self._read(sql.MET_URLS, values)]

    async def write_unlinked(self, run_id: int, host: str, urls: Sequence[str]) -> None:
        host_id, note = rows.host_id(host), Note("unlinked", "nothing leads to this page")
        named = [(url_id(url), host_id, url) for url in urls]
        await self._write_many(sql.INSERT_URL, named)
        await self.write_notes(run_id, [(id_, note) for id_, _, _ in named])

    async def settle_notes(self, run_id: int) -> None:
        await self._write(sql.DROP_UNNAMED_DUPLICATES, {"run": run_id})

    async def lasting_failures(self, run_id: int, ending: Ending) -> list[tuple[int, Judgement]]:
        found = await self._read(sql.LASTING_FAILURES, {"run": run_id, **lasting(ending)})
        return [(id_, Judgement(Verdict.BROKEN, reason)) for id_, reason in found]

    async def condemn(self, run_id: int, verdicts: Sequence[tuple[int, Judgement]]) -> None:
        values = [(verdict, reason, run_id, id_) for id_, (verdict, reason) in verdicts]
        await self._write_many(sql.JUDGE_PAGE, values)
        gone = [(run_id, id_) for id_, (_, reason) in verdicts if reason == "soft-404"]
        await self._write_many(sql.DROP_DOCUMENT, gone)

    async def unmatched_fragments(self, run_id: int) -> list[Unmatched]:
        found = await self._read(sql.UNMATCHED_FRAGMENTS, {"run": run_id})
        return [Unmatched._make((*row[:6], *map(bool, row[6:]))) for row in found]

    async def unread_fragments(self, run_id: int) -> list[tuple[int, str, str, str]]:
        return await self._read(sql.UNREAD_FRAGMENTS, {"run": run_id})

    async def anchors(self, document_id: int) -> list[str]:
        return [name for (name,) in await self._read(sql.ANCHORS, {"document": document_id})]

    async def refreshed_to(self, run_id: int, document_id: int) -> list[int | None]:
        values = {"run": run_id, "document": document_id}
        return [beyond for (beyond,) in await self._read(sql.REFRESHED_TO, values)]

    async def write_fragments(self, run_id: int, verdicts: Sequence[FragmentVerdict]) -> None:
        values = [
            (run_id, target_id, fragment, judgement.verdict, judgement.reason, nearest)
            for target_id, fragment, judgement, nearest in verdicts
        ]

        async def work() -> None:
            await self._writer.run(sql.DELETE_FRAGMENTS, {"run": run_id})
            await self._writer.run_many(sql.INSERT_FRAGMENT, values)

        await self._transact(work)
        await self._writer.count("fragment")

    async def explain_open(self, run_id: int, reason: str) -> None:
        await self._write(sql.EXPLAIN_OPEN_PAGES, {"run": run_id, "reason": reason})

    async def hosts(self, run_id: int) -> Hosts:
        return await hosts_of(self._read, run_id)

    async def totals(self, run_id: int) -> Totals:
        return await totals_of(self._read, run_id)

    async def ill_pages(self, run_id: int, url_ids: Sequence[int]) -> list[IllPage]:
        values = {"run": run_id, "ids": json.dumps(list(url_ids))}
        return [IllPage._make(row) for row in await self._read(sql.ILL_PAGES, values)]

    async def unasked_pages(self, run_id: int) -> list[tuple[str, int]]:
        return await self._read(sql.UNASKED_PAGES, {"run": run_id})

    async def unread_pages(self, run_id: int, least: int) -> list[tuple[str, int, int]]:
        return await self._read(sql.UNREAD_PAGES, {"run": run_id, "least": least})

    async def strayed_seeds(self, run_id: int, url_ids: Sequence[int], least: int) -> list[Strayed]:
        before = await night_before(self._read, run_id)
        ids = json.dumps(list(url_ids))
        values = {"run": run_id, "before": before, "ids": ids, "least": least}
        return [Strayed._make(row) for row in await self._read(sql.STRAYED_SEEDS, values)]

    async def missing_pages(self, run_id: int, least: int) -> tuple[int, int] | None:
        before = await night_before(self._read, run_id)
        found = await self._read(sql.PAGES_READ, {"run": run_id, "before": before})
        settings = {each: asked_as for each, asked_as, _ in found}
        pages = {each: number for each, _, number in found}
        known = pages.get(before, 0)
        is_few = [number * 2 < known for number in pages.values()]
        # Few again: that is how the site is now.
        if known < least or is_few[:2] != [True, False]:
            return None
        return None if differences(settings[before], settings[run_id]) else (pages[run_id], known)

    async def end(self, run_id: int, ending: Ending) -> None:
        await self._transact(partial(end_run, self._writer, run_id, ending))
        await self._writer.count("spell")

    async def _unfinished(self, series: int, settings: str) -> int | None:
        found = await self._writer.rows(sql.NEWEST_UNFINISHED_RUN, {"series": series})
        if not found:
            return None
        run_id, had = found[0]
        if differing := differences(had, settings):
            raise UsageError(f"run {run_id} cannot be continued: it had {'; '.join(differing)}")
        return int(run_id)

    async def _read(self, statement: str, values: Parameters) -> list[Row]:
        return await self._reader.rows(statement, values)

    async def _write(self, statement: str, values: Parameters) -> None:
        await self._transact(partial(self._writer.run, statement, values))

    async def _write_many(self, statement: str, values: Sequence[Row]) -> None:
        await self._transact(partial(self._writer.run_many, statement, values))
