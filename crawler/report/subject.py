"""What a report is about, whatever its format."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from crawler.report.editing import Editing
from crawler.store.changes import Span
from crawler.store.finding import Finding, KnownRun
from crawler.store.findings import Findings
from crawler.store.protocol import Totals
from crawler.store.site import Edge, MappedPage


@dataclass(frozen=True, slots=True)
class Subject:
    """A run with its totals, the database that it is in, and whether colours would be seen."""

    run: KnownRun
    totals: Totals
    findings: Findings
    database: str
    editing: Editing
    colour: bool = False

    def broken(self) -> aclosing[AsyncGenerator[Finding]]:
        """Return the stream of what is broken; `async with` ends it wherever the reader does."""
        return aclosing(self._placed(self.findings.of(self.run.id)))

    def newly_broken(self) -> aclosing[AsyncGenerator[Finding]]:
        """Return the stream of what was not broken on the night before, without files to edit."""
        return aclosing(self.findings.new(self.run.id, None))

    def new_first(self) -> aclosing[AsyncGenerator[Finding]]:
        """Return the stream of what is broken, what is new before all else: not all may be read."""
        return aclosing(self._placed(self._new_first()))

    async def span(self) -> Span:
        """Return the run beside the night before it."""
        return await self.findings.span(self.run.id, None)

    def edges(self) -> aclosing[AsyncGenerator[Edge]]:
        """Return the stream of which page links to which."""
        return aclosing(self.findings.edges(self.run.id))

    def mapped(self) -> aclosing[AsyncGenerator[MappedPage]]:
        """Return the stream of the pages that belong into a sitemap."""
        return aclosing(self.findings.mapped(self.run.id))

    async def _new_first(self) -> AsyncGenerator[Finding]:
        async with self.newly_broken() as new:
            async for finding in new:
                yield finding
        if self.totals.new_broken_links == self.totals.broken_links:
            return
        async with aclosing(self.findings.of(self.run.id)) as found:
            async for finding in found:
                if not finding.is_new:
                    yield finding

    async def _placed(self, findings: AsyncGenerator[Finding]) -> AsyncGenerator[Finding]:
        async with aclosing(findings):
            async for finding in findings:
                yield await self.editing.placed(finding)


async def subject_of(
    findings: Findings,
    run_id: int | None,
    database: str,
    *,
    sources: Iterable[Path] = (),
    colour: bool = False,
    totals: Totals | None = None,
) -> Subject:
    """Return a run, the newest where none is named; UsageError where it is not there.

    Below `sources` are the files that the site is made from. The run's `totals` are asked of the
    database where they are not known.
    """
    run = await findings.run(run_id)
    totals = totals or await findings.totals(run.id)
    return Subject(run, totals, findings, database, Editing(findings, run, sources), colour)
