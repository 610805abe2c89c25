"""Promises about what the store settles in the end: redirect chains, and fragments."""

import pytest

from crawler.location import Location
from crawler.model import Judgement, Page, Verdict
from crawler.store.ledger import Ledger
from crawler.store.protocol import FragmentVerdict, Unmatched
from crawler.urls import url_id
from tests.stored import (
    HOST,
    begun,
    leaf,
    link,
    page,
    redirect,
    request,
    rows,
)

# Redirect chains


async def chains(
    store: Ledger, location: Location, *pages: Page
) -> dict[str, tuple[str | None, ...]]:
    """Return verdict, reason and final URL of every page after its chain was settled."""
    run_id = await begun(store, *pages)
    await store.settle_chains(run_id, 10)
    await store.settle_chains(run_id, 10)
    found = rows(location, "SELECT url, verdict, reason, final_url FROM pages")
    return {
        url.removeprefix(HOST): (verdict, reason, final) for url, verdict, reason, final in found
    }


async def test_every_hop_has_the_verdict_of_the_end(store: Ledger, location: Location) -> None:
    settled = await chains(
        store,
        location,
        redirect(f"{HOST}/1", f"{HOST}/2"),
        redirect(f"{HOST}/2", f"{HOST}/3"),
        leaf(f"{HOST}/3", Verdict.BROKEN, "404"),
        redirect(f"{HOST}/4", f"{HOST}/5"),
        leaf(f"{HOST}/5"),
    )

    end = ("broken", "404", f"{HOST}/3")
    assert [settled[hop] for hop in ("/1", "/2", "/3")] == [end] * 3
    assert [settled[hop] for hop in ("/4", "/5")] == [("ok", None, f"{HOST}/5")] * 2


@pytest.mark.parametrize("hops", [["/1"], ["/1", "/2"], ["/1", "/2", "/3"]], ids=len)
async def test_a_circle_is_a_redirect_loop(
    store: Ledger, location: Location, hops: list[str]
) -> None:
    circle = [
        redirect(HOST + hop, HOST + following)
        for hop, following in zip(hops, [*hops[1:], hops[0]], strict=True)
    ]

    settled = await chains(store, location, redirect(f"{HOST}/0", f"{HOST}/1"), *circle)

    assert {outcome[:2] for outcome in settled.values()} == {("broken", "redirect-loop")}


async def test_a_chain_whose_end_is_open_is_not_judged(store: Ledger, location: Location) -> None:
    waiting = Page(request=request(f"{HOST}/2", 1), done=False)

    settled = await chains(store, location, redirect(f"{HOST}/1", f"{HOST}/2"), waiting)

    assert settled["/1"] == (None, None, f"{HOST}/2")


async def test_the_last_fragment_on_the_way_counts(store: Ledger, location: Location) -> None:
    await chains(
        store,
        location,
        redirect(f"{HOST}/1", f"{HOST}/2", "early"),
        redirect(f"{HOST}/2", f"{HOST}/3", "late"),
        redirect(f"{HOST}/3", f"{HOST}/4"),
        leaf(f"{HOST}/4"),
    )

    found = rows(
        location, "SELECT url, final_fragment FROM page JOIN url ON id = url_id ORDER BY url"
    )
    assert [fragment for _, fragment in found] == ["late", "late", None, None]


# Fragments


async def test_leaves_that_a_fragment_leads_to_are_read_after_all(
    store: Ledger, location: Location
) -> None:
    named = leaf(f"{HOST}/named")
    run_id = await begun(
        store,
        named,
        leaf(f"{HOST}/unnamed"),
        leaf(f"{HOST}/a.png", content_type="image/png"),
        leaf(f"{HOST}/gone", Verdict.BROKEN, "404"),
        page(
            f"{HOST}/",
            *(link(f"{HOST}/{name}", "x") for name in ("named", "a.png", "gone")),
            link(f"{HOST}/unnamed"),
        ),
    )

    unread = await store.unread_leaves(run_id)
    assert unread == [named.request._replace(method="GET")]
    await store.reopen(run_id, unread)
    assert rows(location, "SELECT url FROM pages WHERE state <> 'done'") == [(f"{HOST}/named",)]
    assert await store.unread_leaves(run_id) == []


async def test_where_a_redirect_has_the_fragment_its_end_is_read_and_no_hop(
    store: Ledger,
) -> None:
    end = leaf(f"{HOST}/end")
    run_id = await begun(
        store,
        end,
        redirect(f"{HOST}/hop", end.request.url),
        page(f"{HOST}/", link(f"{HOST}/hop", "x")),
    )
    await store.settle_chains(run_id, 10)

    assert await store.unread_leaves(run_id) == [end.request._replace(method="GET")]


async def test_fragments_without_an_anchor_are_left_to_be_judged(store: Ledger) -> None:
    there, moved = f"{HOST}/there", f"{HOST}/moved"
    there_page = page(there, anchors=["x", "ü"])
    assert there_page.reading is not None
    document_id = there_page.reading.document_id
    run_id = await begun(
        store,
        there_page,
        redirect(moved, there),
        redirect(f"{HOST}/elsewhere", there, "x"),
        page(f"{HOST}/a.pdf")._replace(content_type="application/pdf"),
        leaf(f"{HOST}/gone", Verdict.BROKEN, "404"),
        leaf(f"{HOST}/unread"),
        page(
            f"{HOST}/",
            link(there),
            link(there, "x"),
            link(there, "y"),
            link(there, "y", "area href"),
            link(there, "%C3%BC"),
            link(moved, "x"),
            link(moved, "z"),
            *(link(f"{HOST}/{name}", "y") for name in ("elsewhere", "a.pdf", "gone", "unread")),
        ),
    )
    await store.settle_chains(run_id, 10)

    named = [(there, "y"), (there, "%C3%BC"), (moved, "z")]
    assert sorted(await store.unmatched_fragments(run_id)) == sorted(
        Unmatched(
            url_id(url),
            name,
            document_id,
            url,
            there,
            name,
            drawn=False,
            folded=False,
            locked=False,
        )
        for url, name in named
    )
    assert sorted(await store.anchors(document_id)) == ["x", "ü"]


async def test_the_verdicts_on_fragments_are_replaced_and_show_on_the_links(
    store: Ledger, location: Location
) -> None:
    there = f"{HOST}/there"
    run_id = await begun(
        store, page(there, anchors=["x"]), page(f"{HOST}/", link(there, "y"), link(there, "/z"))
    )
    route = Judgement(Verdict.UNVERIFIABLE, "hash-route")
    broken = Judgement(Verdict.BROKEN, "fragment")
    await store.write_fragments(run_id, [FragmentVerdict(url_id(there), "y", route, None)])

    verdicts = [
        FragmentVerdict(url_id(there), "y", broken, "x"),
        FragmentVerdict(url_id(there), "/z", route, None),
    ]
    await store.write_fragments(run_id, verdicts)

    found = rows(location, "SELECT fragment, verdict, reason, nearest FROM links ORDER BY fragment")
    assert found == [("/z", "unverifiable", "hash-route", None), ("y", "broken", "fragment", "x")]
    assert (await store.totals(run_id)).broken_links == 1
