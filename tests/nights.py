"""Small databases of a few nights, whose pages are declared."""

from typing import Any

from crawler.engine.settle import settle_moves
from crawler.location import Location, Server
from crawler.model import Ending, Judgement, Page, Verdict
from crawler.store.ledger import Ledger
from crawler.store.protocol import FragmentVerdict
from crawler.urls import url_id
from tests.stored import HOST, NOW, SEEDS, begun, fetch, leaf, link, page, rows

HOME, DOC, GONE, SLOW = (f"{HOST}/{name}" for name in ("", "doc", "gone", "slow"))
DAY = 86_400.0
NIGHTS = [f"2027-01-{15 + number} 08:00:00.000" for number in range(9)]


class Nights:
    """Runs over one database, a day apart."""

    def __init__(self, store: Ledger, location: Location) -> None:
        self._store = store
        self._location = location
        self._count = 0
        self.hour: int | None = None

    async def add(
        self,
        *pages: Page,
        fragments: dict[str, str] | None = None,
        state: str = "finished",
        reason: str | None = None,
        doubts: tuple[str, ...] = (),
        series: str = SEEDS,
    ) -> int:
        """Add a night; `fragments` of DOC that are missing, each with the nearest anchor."""
        now = NOW + self._count * DAY if self.hour is None else NOW + self.hour * DAY / 24
        self._count += 1
        run_id = await begun(self._store, *pages, now=now, series=series)
        await self._store.settle_chains(run_id, 10)
        await settle_moves(self._store, run_id, 10)
        judgement = Judgement(Verdict.BROKEN, "fragment")
        verdicts = [
            FragmentVerdict(url_id(DOC), fragment, judgement, nearest)
            for fragment, nearest in (fragments or {}).items()
        ]
        await self._store.write_fragments(run_id, verdicts)
        await self._store.end(run_id, Ending(state, reason, now + 60, doubts))
        return run_id

    def select(self, query: str) -> list[tuple[Any, ...]]:
        return rows(self._location, f"SELECT {query}")

    def columns(self, view: str) -> list[str]:
        if isinstance(self._location, Server):
            query = """
            SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(:view) ORDER BY attnum
            """
        else:
            query = "SELECT name FROM pragma_table_info(:view)"
        return [name for (name,) in rows(self._location, query, {"view": view})]


def home(*targets: str) -> Page:
    return page(HOME, *(link(target) for target in targets))


def dead(url: str) -> Page:
    return leaf(url, Verdict.BROKEN, "404", attempt=fetch(404))


def failing(url: str) -> Page:
    return leaf(url, Verdict.TRANSIENT, "503", attempt=fetch(503))
