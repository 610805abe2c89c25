"""A run that found nothing broken, and cannot be trusted."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from crawler.model import Ending, Verdict
from crawler.report.subject import Subject, subject_of
from crawler.store.findings import open_findings
from crawler.store.ledger import open_store
from tests.stored import HOST, NOW, begun, leaf

_DOUBT = "the seed http://host.test/[a](b)|c is transient"
NOTICES = [
    f"The run cannot be trusted: {_DOUBT}.",
    "The run is incomplete (deadline): it ended before all was checked.",
]
"What every report is to say of it."


@asynccontextmanager
async def dubious(db: Path) -> AsyncGenerator[Subject]:
    """Write the run into a new database at `db`, and yield it."""
    async with open_store(db) as store:
        run_id = await begun(store, leaf(f"{HOST}/", Verdict.TRANSIENT, "connect"))
        await store.end(run_id, Ending("incomplete", "deadline", NOW + 90, (_DOUBT,)))
    async with open_findings(db) as findings:
        yield await subject_of(findings, None, db.name)
