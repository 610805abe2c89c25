"""The verdicts that only the whole of a run can give: on redirect chains and on fragments."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby

from crawler.judge.fragments import Place, judge_fragment, nearest_anchor
from crawler.judge.overrides import Overrides
from crawler.model import Verdict
from crawler.settings import Rule
from crawler.store.protocol import FragmentVerdict, Store, Unmatched


async def settle_fragments(store: Store, run_id: int, rules: Iterable[Rule]) -> None:
    """Judge every fragment that no anchor matches to the letter, and store what is not ok.

    A person's `rules` come first.
    """
    overrides = Overrides(rules)
    absent: defaultdict[str, set[str]] = defaultdict(set)
    for url, directive in await store.notes(run_id, "text-absent"):
        absent[url].add(directive)
    verdicts: list[FragmentVerdict] = []
    unmatched = sorted(await store.unmatched_fragments(run_id), key=_document)
    for document_id, group in groupby(unmatched, _document):
        anchors = frozenset(await store.anchors(document_id))
        for each in group:
            texts = absent.get(each.final_url, ())
            place = Place(each.final_url, anchors, drawn=each.drawn, absent=texts)
            judgement = judge_fragment(each.named, place)
            judgement = overrides.judge(each.url, judgement.reason) or judgement
            if judgement.verdict is not Verdict.OK:
                broken = judgement.verdict is Verdict.BROKEN
                nearest = nearest_anchor(each.named, anchors) if broken else None
                verdicts.append(FragmentVerdict(each.target_id, each.fragment, judgement, nearest))
    await store.write_fragments(run_id, verdicts)


def _document(unmatched: Unmatched) -> int:
    return unmatched.document_id
