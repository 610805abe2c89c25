"""All that is known of one URL in a run: what was asked, what came back, who decided, who links."""

import json
from collections.abc import Iterator

from crawler.judge.grounds import Case, ground_of, own_ground_of
from crawler.report.phrases import at_line
from crawler.report.printable import printable
from crawler.rules import Rule
from crawler.store.explanation import Attempted, Explanation, Inbound

_MOST_LINKS = 50
_UNJUDGED = "not judged yet"


def explain_text(explanation: Explanation, fragment: str) -> Iterator[str]:
    """Yield the lines of the report on a URL, and on one `fragment` of it."""
    known = explanation.page
    yield printable(known.url)
    media = f", {printable(known.content_type)}" if known.content_type else ""
    yield f"  run {explanation.run_id}, depth {known.depth}, {known.scope}, {known.state}{media}"
    yield f"  verdict: {known.verdict or 'none yet'}{f' ({known.reason})' if known.reason else ''}"
    if fragment:
        yield f"  #{printable(fragment)}: {_judged(fragment, explanation)}"
    yield f"  rule: {printable(ground_of(_case(explanation), _rules(explanation)))}"
    yield from _attempts(explanation)
    if len(explanation.hops) > 1:
        yield ""
        yield "Redirects:"
        for hop in explanation.hops:
            place = f" (to #{printable(hop.fragment)})" if hop.fragment else ""
            yield f"  {hop.status or '---'}  {printable(hop.url)}{place}"
    if explanation.notes:
        yield ""
        yield "Notes:"
        yield from (f"  {kind}: {printable(detail)}" for kind, detail in explanation.notes)
    yield ""
    yield f"Links here: {len(explanation.links):,}"
    yield from map(_link, explanation.links[:_MOST_LINKS])
    if len(explanation.links) > _MOST_LINKS:
        yield f"  and {len(explanation.links) - _MOST_LINKS:,} more"


def _judged(fragment: str, explanation: Explanation) -> str:
    found = next((link for link in explanation.links if link.fragment == fragment), None)
    if found is None:
        return "no link names it"
    near = f", perhaps #{printable(found.nearest)}" if found.nearest else ""
    case = Case(explanation.page.url, found.verdict, found.reason)
    own = own_ground_of(case, _rules(explanation))  # of ours the reason says which it is
    by = f", by {printable(own)}" if own else ""
    return f"{found.verdict or _UNJUDGED}{f' ({found.reason})' if found.reason else ''}{by}{near}"


def _case(explanation: Explanation) -> Case:
    known, attempts = explanation.page, explanation.attempts
    last = attempts[-1] if attempts else None
    return Case(
        url=known.url,
        verdict=known.verdict,
        reason=known.reason,
        status=last.status if last else None,
        error=last.error if last else None,
        redirected=len(explanation.hops) > 1,
    )


def _rules(explanation: Explanation) -> list[Rule]:
    written = json.loads(explanation.rules)
    return [
        Rule.of({name: each[name] for name in each if each[name] is not None}) for each in written
    ]


def _attempts(explanation: Explanation) -> Iterator[str]:
    if explanation.asked_id != explanation.run_id:
        yield f"  asked in run {explanation.asked_id}, and not since"
    for attempt in explanation.attempts:
        yield ""
        yield from _attempt(attempt)


def _attempt(attempt: Attempted) -> Iterator[str]:
    came = attempt.status if attempt.error is None else attempt.error
    address = f" from {attempt.remote_ip}" if attempt.remote_ip else ""
    yield (
        f"{attempt.started_at}  {attempt.method}  {came}{address}"
        f"  in {attempt.total_ms:,.0f} ms, {attempt.body_bytes:,} bytes"
    )
    if attempt.detail:
        yield f"    {printable(attempt.detail)}"
    for name, value in json.loads(attempt.headers or "{}").items():
        yield f"    {name}: {printable(value)}"


def _link(link: Inbound) -> str:
    source = at_line(printable(link.source), link.line)
    fragment = f" #{printable(link.fragment)}" if link.fragment else ""
    said = f" {link.reason}" if link.reason else ""
    text = f" “{printable(link.text)}”" if link.text else ""
    return f"  {link.verdict or _UNJUDGED}{said}  {source}  {link.kind}{fragment}{text}"
