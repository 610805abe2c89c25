"""What the page of a report says of a run: of one that has ended, and of one under way.

To import it is to import pygal.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from crawler.report import charts
from crawler.report.changes import Change, others
from crawler.report.phrases import number_of
from crawler.report.subject import Subject
from crawler.report.text import broken_links
from crawler.store.changes import FixedLink
from crawler.store.figures import Aside, Depth, HostFigures, Night
from crawler.store.finding import Finding, KnownRun
from crawler.store.findings import Findings
from crawler.store.protocol import Totals

MOST_FINDINGS = 20_000
"Links in one page; of more than these a person reads the numbers, and asks the database."


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart, what it shows, and its colours' names."""

    name: str
    title: str
    legend: Sequence[str]
    svg: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """All that stands on the page; `first`: there is no night before to compare with.

    Of the links that were broken, the places of some are `mended`, and others are `unlinked`: their
    pages lead there no more. `told` is what changed besides, by what it is called.
    """

    run: KnownRun
    totals: Totals
    database: str
    first: bool
    findings: Sequence[Finding]
    mended: Sequence[FixedLink]
    unlinked: Sequence[FixedLink]
    told: Sequence[tuple[str, Sequence[Change]]]
    pictures: Sequence[Picture]
    hosts: Sequence[HostFigures]
    asides: Sequence[Aside]


async def portrait_of(subject: Subject) -> Portrait:
    """Return what a page says of a run."""
    figures, run_id = subject.findings.figures, subject.run.id
    nights = await figures.nights(run_id)
    hosts = await figures.hosts(run_id)
    changes = await subject.findings.changes(await subject.span())
    return Portrait(
        run=subject.run,
        totals=subject.totals,
        database=subject.database,
        first=len(nights) <= 1,
        findings=await _findings(subject),
        mended=[link for link in changes.fixed if link.how == "mended"],
        unlinked=[link for link in changes.fixed if link.how == "unlinked"],
        told=[(name, things) for name, things in others(changes) if things],
        pictures=pictures(nights, await figures.depths(run_id), hosts),
        hosts=hosts,
        asides=[each for each in await figures.asides(run_id) if each.rows],
    )


async def _findings(subject: Subject) -> list[Finding]:
    """Return what is broken: of more than a page has room for, first what is new."""
    many = subject.totals.broken_links > MOST_FINDINGS
    findings: list[Finding] = []
    async with subject.new_first() if many else subject.broken() as stream:
        async for finding in stream:
            findings.append(finding)
            if len(findings) == MOST_FINDINGS:
                break
    return findings


async def portrait_so_far(findings: Findings, run_id: int, nights: Sequence[Night]) -> Portrait:
    """Return what can be said of a run under way without reading all its links.

    That is the dead targets, each with the page that first led there; whether other links lead
    there too, and the fragments, are known at its end. `nights` are those before.
    """
    figures = findings.figures
    dead = await figures.dead(run_id)
    hosts, depths = await figures.hosts(run_id), await figures.depths(run_id)
    return Portrait(
        run=await findings.run(run_id),
        totals=Totals(
            pages=sum(host.pages for host in hosts),
            followed=0,
            links=0,
            fetches=0,
            hosts=len(hosts),
            failing_hosts=0,
            broken_links=len(dead),
            new_broken_links=sum(each.is_new for each in dead),
            verdicts={},
        ),
        database="",
        first=not nights,
        findings=sorted(dead, key=lambda each: not each.is_new)[:MOST_FINDINGS],
        mended=(),
        unlinked=(),
        told=(),
        pictures=pictures(nights, depths, hosts),
        hosts=hosts,
        asides=(),
    )


def headline(portrait: Portrait) -> str:
    """Return what a person wants to know first: that a run says little, or what it says."""
    broken, new = portrait.totals.broken_links, portrait.totals.new_broken_links
    if little := _little(portrait.run):
        return f"{little}: {broken_links(portrait.totals)}" if broken else little
    so_far = " so far" if portrait.run.state == "running" else ""
    if portrait.first or so_far:
        return (
            f"{number_of(broken, 'broken link')}{so_far}" if broken else f"No broken links{so_far}"
        )
    compared = [number_of(new, "new broken link") if new else "No new broken links"]
    compared += [f"{broken - new:,} known"] if broken > new else []
    compared += [f"{len(portrait.mended):,} mended"] if portrait.mended else []
    compared += [f"{len(portrait.unlinked):,} unlinked"] if portrait.unlinked else []
    return ", ".join(compared)


def _little(run: KnownRun) -> str:
    """Return in a few words why a run that has ended says little; nothing where it says all."""
    if run.doubts:
        return "The run cannot be trusted"
    return "" if run.state in ("running", "finished") else "The run ended early"


def pictures(
    nights: Sequence[Night], depths: Sequence[Depth], hosts: Sequence[HostFigures]
) -> list[Picture]:
    """Draw what there is to see: how the nights went only where there are two."""
    by_night = []
    if len(nights) > 1:
        sizes = ("URLs", "pages followed")
        by_night = [
            Picture("rot", "Broken links, by night", charts.KINDS, charts.rot(nights)),
            Picture("size", "Size of the site, by night", sizes, charts.size(nights)),
        ]
    levels, times = ("followed", "only checked"), ("95 of 100 answers", "median")
    return [
        *by_night,
        Picture("depths", "URLs, by links from a seed", levels, charts.depths(depths)),
        Picture("verdicts", "Verdicts, by host", charts.VERDICTS, charts.verdicts(hosts)),
        Picture("latency", "Time to answer, by host", times, charts.latency(hosts)),
    ]
