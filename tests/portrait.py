"""The page of a report as a test wants it."""

from collections.abc import Sequence

from crawler.report.changes import Change
from crawler.report.portrait import Portrait, pictures
from crawler.store.changes import FixedLink
from crawler.store.figures import Aside, Depth, HostFigures, Night
from crawler.store.finding import Finding, KnownRun
from crawler.store.protocol import Totals

SITE = "https://docs.test"
OTHER = "https://other.test"
NIGHTS = [
    Night(1, "2027-01-13 02:00:00.000", 60, 20, '{"404": 5, "fragment": 2}'),
    Night(2, "2027-01-14 02:00:00.000", 64, 22, '{"410": 1, "dns": 3}'),
]
HOSTS = [
    HostFigures(SITE, 60, 40, 15, 0, 5, 2.5, 20.25),
    HostFigures(OTHER, 4, 0, 2, 1, 1, None, None),
]
FIXED = FixedLink(f"{SITE}/mended", "", "404", f"{SITE}/guide", 7, "mended")
TOLD = [("Newly blocked", [Change("403", f"{OTHER}/barred")])]
ASIDES = [
    Aside("notes", ("url", "kind", "detail"), 1, [(f"{SITE}/a", "duplicate-id", "top")]),
    Aside("slowest", ("url", "status", "total_ms"), 9, [(f"{SITE}/b", None, 1234.5)]),
]


def finding(
    source: str = f"{SITE}/",
    target: str = f"{SITE}/gone",
    fragment: str = "",
    *,
    text: str = "text",
    is_new: bool = False,
    section: str | None = None,
) -> Finding:
    """Return a link that leads nowhere."""
    return Finding(
        source=source,
        target=target,
        fragment=fragment,
        reason="fragment" if fragment else "404",
        status=200 if fragment else 404,
        kind="a href",
        text=text,
        line=3,
        section=section,
        href=target,
        nearest="near" if fragment else None,
        occurrences=2,
        first_seen_at="2027-01-10 02:00:00.000",
        nights=4,
        is_new=is_new,
        whole=not fragment,
        links=1,
    )


def portrait(
    findings: Sequence[Finding] = (),
    *,
    nights: Sequence[Night] = NIGHTS,
    fixed: Sequence[FixedLink] = (),
    state: str = "finished",
    seeds: Sequence[str] = (f"{SITE}/",),
    doubts: tuple[str, ...] = (),
) -> Portrait:
    """Return a page of `findings`, the only ones of their run."""
    run = KnownRun(
        id=2,
        started_at="2027-01-14 02:00:00.000",
        ended_at=None if state == "running" else "2027-01-14 02:01:30.000",
        state=state,
        reason="deadline" if state == "incomplete" else None,
        version="1.0",
        seeds=tuple(seeds),
        folders={},
        doubts=doubts,
    )
    new = sum(each.is_new for each in findings)
    return Portrait(
        run=run,
        totals=Totals(64, 22, 313, 70, 2, 1, len(findings), new, {"ok": 40}),
        database="data/crawl.db",
        first=len(nights) < 2,
        findings=findings,
        mended=[each for each in fixed if each.how == "mended"],
        unlinked=[each for each in fixed if each.how == "unlinked"],
        told=(),
        pictures=pictures(nights, [Depth(0, 1, 0), Depth(1, 20, 3)], HOSTS),
        hosts=HOSTS,
        asides=ASIDES,
    )


def many(number: int) -> list[Finding]:
    """Return so many findings as a large site has them: long addresses, texts, sections."""
    return [
        finding(
            f"{SITE}/library/chapter-{n % 500:03}/section-{n % 50}.html",
            f"{SITE}/reference/generated/module.{n % 2500:04}.html",
            f"module.Class{n % 7}.method" if n % 3 else "",
            text=f"method {n} of the module",
            section=f"section-{n % 50}",
            is_new=n % 100 == 0,
        )
        for n in range(number)
    ]
