"""What changed between two runs, for a person in a terminal: a line a thing, nothing twice."""

from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import aclosing
from typing import NamedTuple

from crawler.report.phrases import at_line, number_of
from crawler.report.places import Placing, places_of, plain, query_of, unplaced
from crawler.report.printable import printable
from crawler.store.changes import Changes, FixedLink, LostAnchor, LostPage, Span, StillBroken
from crawler.store.findings import Findings

_MOST = 20


class Change(NamedTuple):
    """A thing that changed: a word on it, its URL, and what follows that in a line."""

    word: str
    url: str
    rest: str = ""


async def changes_report(
    findings: Findings, span: Span, placed: Placing = unplaced
) -> AsyncGenerator[str]:
    """Yield the lines on what changed from one run to another, what is newly broken `placed`."""
    yield _headline(span)
    if not span.alike:
        yield "They did not check the same: pages that came or went are not told."
    quiet, query = True, query_of(await findings.run(span.run_id))
    async with aclosing(findings.new(span.run_id, span.before_id)) as new:
        async for line in places_of(new, plain, query, placed):
            if quiet:
                yield ""
                yield "Newly broken:"
            quiet = False
            yield line
    for line in changed(await findings.changes(span)):
        quiet = False
        yield line
    if quiet:
        yield "Nothing changed."
    if known := await findings.still(span):
        yield ""
        yield still(known)


def changed(changes: Changes) -> Iterator[str]:
    """Yield the lines on what changed, but for what is newly broken; none where nothing did."""
    for name, lines in sections(changes):
        yield ""
        yield f"{name}:"
        yield from (f"  {line}" for line in lines)


def sections(changes: Changes) -> Iterator[tuple[str, list[str]]]:
    """Yield what changed, but for what is newly broken, by what it is called, a line a thing.

    The first of many are named, and the others counted; what has no lines is left out.
    """
    fixed = _fixed(link for link in changes.fixed if link.how != "accepted")
    for name, things in (("Fixed", fixed), *others(changes)):
        more = [f"and {len(things) - _MOST:,} more"] if len(things) > _MOST else []
        if things:
            yield name, [*map(_line, things[:_MOST]), *more]


def others(changes: Changes) -> Iterator[tuple[str, list[Change]]]:
    """Yield what changed, but for links that broke, or are mended or unlinked, by its name."""
    accepted = _fixed(link for link in changes.fixed if link.how == "accepted")
    yield "Accepted, by a rule of the settings", [each._replace(word="") for each in accepted]
    yield (
        "Failing, for a passing reason",
        [Change(each.reason, each.url) for each in changes.failing],
    )
    yield "Flaky", [Change("", url) for url in changes.flaky]
    yield "Newly blocked", [Change(each.reason, each.url) for each in changes.blocked]
    yield (
        "Another page than before",
        [Change("", url, f"  {detail}") for url, detail in changes.changed],
    )
    yield "Dead, but archived", [Change("", url, f"  {copy}") for url, copy in changes.archived]
    yield "New pages", [Change("", url) for url in changes.gained]
    yield "Lost pages", [_lost(page) for page in changes.lost]
    yield "Lost anchors", _anchors(changes.anchors)


def still(found: Sequence[StillBroken]) -> str:
    """Return in a line what was broken before and is: at least one place."""
    oldest = min(place.first_seen_at for place in found)[:10]
    links = number_of(sum(place.links for place in found), "link")
    verb = "stays" if len(found) == 1 else "stay"
    places_ = number_of(len(found), "place")
    return f"{places_} {verb} broken ({links}; the oldest since {oldest})"


def _headline(span: Span) -> str:
    against = f"run {span.before_id} of {_minute(span.before_at)}" if span.before_id else "nothing"
    doubted = f" (fixes nothing: {printable(span.doubts)})" if span.doubts else ""
    return f"Run {span.run_id} of {_minute(span.started_at)} against {against}{doubted}"


def _minute(moment: str | None) -> str:
    return (moment or "")[:16]


def _line(change: Change) -> str:
    word = f"{change.word}  " if change.word else ""
    return printable(f"{word}{change.url}{change.rest}")


def _fixed(links: Iterable[FixedLink]) -> list[Change]:
    """Return a thing a place, with the first of its links: one of a menu is on every page."""
    places: defaultdict[tuple[str, ...], list[FixedLink]] = defaultdict(list)
    for link in links:
        places[link.how, link.target, link.fragment, link.reason].append(link)
    return [_fixed_place(found[0], len(found) - 1) for found in places.values()]


def _fixed_place(link: FixedLink, others: int) -> Change:
    place = f"{link.target}#{link.fragment}" if link.fragment else link.target
    more = f" and {number_of(others, 'more link')}" if others else ""
    source = at_line(link.source, link.line)
    return Change(link.how, place, f" (was {link.reason})  {source}{more}")


def _lost(page: LostPage) -> Change:
    return Change(page.reason, page.url, f" to {page.moved_to}" if page.moved_to else "")


def _anchors(links: Iterable[LostAnchor]) -> list[Change]:
    """Return a thing an anchor, with the first link that leads there, or did: a menu has many."""
    anchors: defaultdict[tuple[str, str], list[LostAnchor]] = defaultdict(list)
    for link in links:
        anchors[link.url, link.name].append(link)
    return [_anchor(found) for found in anchors.values()]


def _anchor(links: Sequence[LostAnchor]) -> Change:
    told = [link for link in links if link.still] or links
    first, others = told[0], len(told) - 1
    nearest = f" (there is #{first.nearest})" if first.nearest else ""
    more = f" and {number_of(others, 'more link')}" if others else ""
    now = "" if first.still else f", which {'do' if others else 'does'} no more"
    linked = f", linked from {at_line(first.source, first.line)}{more}{now}"
    return Change("", f"{first.url}#{first.name}", f"{nearest}{linked}")
