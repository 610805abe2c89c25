"""The verdicts that only the whole of a run can give: on redirect chains and on fragments."""

from collections.abc import Iterable
from itertools import groupby

from crawler.judge.fragments import judge_fragment
from crawler.judge.overrides import Overrides
from crawler.model import Verdict
from crawler.settings import Rule
from crawler.store.protocol import FragmentVerdict, Store, Unmatched


async def settle_fragments(store: Store, run_id: int, rules: Iterable[Rule]) -> None:
    """Judge every fragment that no anchor matches to the letter, and store what is not ok.

    A person's `rules` come first.
    """
    overrides = Overrides(rules)
    verdicts: list[FragmentVerdict] = []
    unmatched = sorted(await store.unmatched_fragments(run_id), key=_document)
    for document_id, group in groupby(unmatched, _document):
        anchors = frozenset(await store.anchors(document_id))
        for each in group:
            judgement = judge_fragment(each.named, anchors)
            judgement = overrides.judge(each.url, judgement.reason) or judgement
            if judgement.verdict is not Verdict.OK:
                verdicts.append(FragmentVerdict(each.target_id, each.fragment, judgement, None))
    await store.write_fragments(run_id, verdicts)


def _document(unmatched: Unmatched) -> int:
    return unmatched.document_id
