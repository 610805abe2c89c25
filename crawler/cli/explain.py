"""What is known of one URL, as a command."""

import asyncio

from crawler.cli.output import print_lines
from crawler.cli.status import Status
from crawler.errors import UsageError
from crawler.location import Location
from crawler.report.explain import explain_text
from crawler.store.explanation import Explanation
from crawler.store.findings import open_findings
from crawler.urls import Target, resolve


def run_explain(url: str, run_id: int | None, db: Location) -> int:
    """Print what a run knows of `url`; UsageError where there is no such run, or none met it."""
    meant = resolve(url, url)
    found = None if meant is None else asyncio.run(_explanation(meant, run_id, db))
    if meant is None or found is None:
        who = "no run has" if run_id is None else f"run {run_id} has not"
        raise UsageError(f"{who} met {url}")
    print_lines(explain_text(found, meant.fragment))
    return Status.OK


async def _explanation(meant: Target, run_id: int | None, db: Location) -> Explanation | None:
    async with open_findings(db) as findings:
        if run_id is not None:
            await findings.run(run_id)
        return await findings.explain(meant.id, run_id)
