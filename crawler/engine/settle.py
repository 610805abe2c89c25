"""What only the whole of a run can say: of redirect chains, suspects, fragments, and moves."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby, islice

from crawler.judge.fragments import Place, judge_fragment, nearest_anchor
from crawler.judge.logins import is_behind_login
from crawler.judge.moves import is_worthwhile
from crawler.judge.overrides import Overrides
from crawler.judge.suspects import HOME, is_deep
from crawler.model import Ending, Judgement, Note, Verdict
from crawler.rules import Rule
from crawler.settings import Settings
from crawler.store.protocol import FragmentVerdict, Store, Unmatched

# Redirects to refreshes to redirects: nobody goes on for longer.
_MOST_ROUNDS = 5


async def note_home_redirects(store: Store, run_id: int) -> None:
    """Note the pages that are gone, maybe: redirects from deep in a site lead to its home page."""
    found = await store.home_redirects(run_id)
    notes = [(url_id, Note("suspect", HOME)) for url_id, url in found if is_deep(url)]
    await store.write_notes(run_id, notes)


async def settle_pages(store: Store, run_id: int, settings: Settings) -> None:
    """Settle redirects, then suspects and refreshes: these may decide on redirects again.

    A suspect is broken whose host answers a URL that nobody made in the same way, and a page that
    only leads on, by a refresh, to what is broken, or fails and is known to be.
    """
    overrides = Overrides(settings.rulings)
    for _ in range(_MOST_ROUNDS):
        await _settle_chains(store, run_id, settings, overrides)
        await store.condemn_known(run_id)
        found = [(each, "soft-404") for each in await store.confirmed_suspects(run_id)]
        found += [(each, "refresh") for each in await store.dead_refreshes(run_id)]
        verdicts = [
            (url_id, overrides.judge(url, reason) or Judgement(Verdict.BROKEN, reason))
            for (url_id, url), reason in found
        ]
        await store.condemn(run_id, verdicts)
        if all(judgement.verdict is Verdict.OK for _, judgement in verdicts):
            return


async def settle_lasting(store: Store, run_id: int, settings: Settings, ending: Ending) -> None:
    """Have what has failed for long enough be broken, and what leads there, on the same night.

    A night later it would be told as newly broken though nothing happened. Runs that are no nights
    confirm nothing.
    """
    lasting = await store.lasting_failures(run_id, ending) if ending.is_night else []
    if lasting:
        await store.condemn(run_id, lasting)
        await settle_pages(store, run_id, settings)
        await settle_fragments(store, run_id, settings.rulings)


async def _settle_chains(
    store: Store, run_id: int, settings: Settings, overrides: Overrides
) -> None:
    """Give redirects the verdict of their end; those without one may have that of a rule."""
    await store.settle_chains(run_id, settings.max_redirects)
    endless = await store.endless_redirects(run_id)
    judged = [(url_id, overrides.judge(url, reason)) for url_id, url, reason in endless]
    ended = [(url_id, judgement) for url_id, judgement in judged if judgement is not None]
    if ended:
        await store.end_redirects(run_id, ended)
        await store.settle_chains(run_id, settings.max_redirects)


async def settle_moves(store: Store, run_id: int, most: int) -> None:
    """Say of every redirect that is worth it what to link to instead, at most `most` further on."""
    moves = await store.moves(run_id, most)
    worth = [(old_id, new_id) for old_id, old, new_id, new in moves if is_worthwhile(old, new)]
    await store.write_moves(run_id, worth)


async def settle_fragments(store: Store, run_id: int, rules: Iterable[Rule]) -> None:
    """Judge every fragment that no anchor matches to the letter, and store what is not ok.

    A person's `rules` come first: that one is ok by them is stored too.
    """
    overrides = Overrides(rules)
    absent: defaultdict[str, set[str]] = defaultdict(set)
    for url, directive in await store.absent_texts(run_id):
        absent[url].add(directive)
    verdicts: list[FragmentVerdict] = []
    unmatched = sorted(await store.unmatched_fragments(run_id), key=_document)
    for document_id, group in groupby(unmatched, _document):
        anchors, all_read = await _anchors(store, run_id, document_id)
        in_order = sorted(anchors)  # of those that are as near, every night names the same
        for each in group:
            texts = absent.get(each.final_url, ())
            unsure = each.drawn or not all_read
            barred = is_behind_login(each.url, each.final_url, locked=each.locked)
            place = Place(each.final_url, anchors, unsure, texts, each.folded, barred)
            found = judge_fragment(each.named, place)
            judgement = overrides.judge(each.url, found.reason) or found
            if found.verdict is not Verdict.OK:
                broken = judgement.verdict is Verdict.BROKEN
                nearest = nearest_anchor(each.named, in_order) if broken else None
                verdicts.append(FragmentVerdict(each.target_id, each.fragment, judgement, nearest))
    for target_id, fragment, url, reason in await store.unread_fragments(run_id):
        unread = Judgement(Verdict.UNVERIFIABLE, reason)
        judgement = overrides.judge(url, reason) or unread
        verdicts.append(FragmentVerdict(target_id, fragment, judgement, None))
    await store.write_fragments(run_id, verdicts)


async def _anchors(store: Store, run_id: int, document_id: int) -> tuple[frozenset[str], bool]:
    """Return the anchors of a document and of what it refreshes to, and whether all was read.

    A script in it may take the fragment along.
    """
    names: set[str] = set()
    documents: list[int | None] = [document_id]
    for each in islice(documents, _MOST_ROUNDS):
        if each is not None:
            names.update(await store.anchors(each))
            beyond = await store.refreshed_to(run_id, each)
            documents += [other for other in beyond if other not in documents]
    return frozenset(names), None not in documents


def _document(unmatched: Unmatched) -> int:
    return unmatched.document_id
