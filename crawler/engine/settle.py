"""The verdicts that only the whole of a run can give: on redirect chains and on fragments."""

from itertools import groupby

from crawler.judge.fragments import judge_fragment
from crawler.model import Verdict
from crawler.store.protocol import FragmentVerdict, Store, Unmatched


async def settle_fragments(store: Store, run_id: int) -> None:
    """Judge every fragment that no anchor matches to the letter, and store what is not ok."""
    verdicts: list[FragmentVerdict] = []
    unmatched = sorted(await store.unmatched_fragments(run_id), key=_document)
    for document_id, group in groupby(unmatched, _document):
        anchors = frozenset(await store.anchors(document_id))
        for target_id, fragment, _ in group:
            judgement = judge_fragment(fragment, anchors)
            if judgement.verdict is not Verdict.OK:
                verdicts.append(FragmentVerdict(target_id, fragment, judgement, None))
    await store.write_fragments(run_id, verdicts)


def _document(unmatched: Unmatched) -> int:
    return unmatched.document_id
