"""Promises about the store, whichever database is behind it."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from crawler.errors import StoreError, UsageError
from crawler.location import Location
from crawler.model import Ending, Judgement, Page, RobotsFile, Run, Scope, Verdict
from crawler.store.ledger import Ledger, open_store
from crawler.store.protocol import FragmentVerdict, Hosts, OpenPages, Unmatched
from crawler.urls import url_id
from tests.stored import (
    HOST,
    NOW,
    SEEDS,
    SETTINGS,
    begun,
    fetch,
    leaf,
    link,
    page,
    redirect,
    request,
    rows,
)


@pytest.fixture
async def store(location: Location) -> AsyncGenerator[Ledger]:
    async with open_store(location) as opened:
        yield opened


# Runs


async def test_a_run_begins_with_what_was_asked_for(store: Ledger, location: Location) -> None:
    run = await store.begin(SEEDS, SETTINGS, NOW, resume=False)

    assert run == Run(1, resumed=False)
    assert rows(location, "SELECT started_at, ended_at, state, settings FROM run") == [
        ("2027-01-15 08:00:00.000", None, "running", SETTINGS)
    ]


async def test_a_run_ends_with_its_state_and_reason(store: Ledger, location: Location) -> None:
    run = await store.begin(SEEDS, SETTINGS, NOW, resume=False)

    await store.end(run.id, Ending("incomplete", "deadline", NOW + 1, ("it rained",)))

    assert rows(location, "SELECT state, reason, ended_at, doubts FROM run") == [
        ("incomplete", "deadline", "2027-01-15 08:00:01.000", '["it rained"]')
    ]


async def test_an_unfinished_run_is_abandoned_by_the_next(
    store: Ledger, location: Location
) -> None:
    await store.begin(SEEDS, SETTINGS, NOW, resume=False)

    run = await store.begin(SEEDS, SETTINGS, NOW + 1, resume=False)

    assert run == Run(2, resumed=False)
    assert rows(location, "SELECT state, ended_at FROM run WHERE id = 1") == [
        ("abandoned", "2027-01-15 08:00:01.000")
    ]


@pytest.mark.parametrize("state", ["running", "incomplete", "interrupted", "failed"])
async def test_an_unfinished_run_can_be_resumed(
    store: Ledger, location: Location, state: str
) -> None:
    first = await store.begin(SEEDS, SETTINGS, NOW, resume=False)
    await store.end(first.id, Ending(state, "deadline", NOW))

    run = await store.begin(SEEDS, SETTINGS, NOW + 1, resume=True)

    assert run == Run(first.id, resumed=True)
    assert rows(location, "SELECT state, reason, ended_at FROM run") == [("running", None, None)]


@pytest.mark.parametrize("state", ["finished", "abandoned"])
async def test_a_run_that_is_over_is_not_resumed(store: Ledger, state: str) -> None:
    first = await store.begin(SEEDS, SETTINGS, NOW, resume=False)
    await store.end(first.id, Ending(state, None, NOW))

    assert await store.begin(SEEDS, SETTINGS, NOW, resume=True) == Run(2, resumed=False)


async def test_a_run_with_other_seeds_is_neither_resumed_nor_abandoned(
    store: Ledger, location: Location
) -> None:
    await store.begin(SEEDS, SETTINGS, NOW, resume=False)

    assert await store.begin("other", SETTINGS, NOW, resume=True) == Run(2, resumed=False)
    assert await store.begin("other", SETTINGS, NOW, resume=False) == Run(3, resumed=False)
    assert rows(location, "SELECT state FROM run") == [("running",), ("abandoned",), ("running",)]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ('"depth":"all"', "depth 2, not all"),
        ('"depth":2,"exclude":["x"],"robots":"all"', "exclude null, not .*; robots null, not all"),
    ],
)
async def test_a_run_that_checked_other_things_is_not_resumed(
    store: Ledger, other: str, said: str
) -> None:
    await store.begin(SEEDS, SETTINGS, NOW, resume=False)

    with pytest.raises(UsageError, match=f"run 1 cannot be continued: it had {said}"):
        await store.begin(SEEDS, f"{{{other}}}", NOW, resume=True)


async def test_hosts_that_answered_on_the_night_before_and_do_not_now_are_lost(
    store: Ledger,
) -> None:
    async def night(failing: str) -> int:
        attempts = {name: fetch(None, "connect") if name in failing else fetch() for name in "abc"}
        pages = [leaf(f"https://{name}.test/", attempt=each) for name, each in attempts.items()]
        run_id = await begun(store, *pages)
        await store.end(run_id, Ending("finished", None, NOW))
        return run_id

    await night(failing="c")

    hosts = await store.hosts(await night(failing="bc"))

    assert hosts == Hosts(asked=3, failing=2, known=2, lost=1)


# The frontier


async def test_only_what_is_new_and_open_comes_back(store: Ledger) -> None:
    run = await store.begin(SEEDS, SETTINGS, NOW, resume=False)
    known, new = request(f"{HOST}/known"), request(f"{HOST}/new", 1)
    skipped = request(f"{HOST}/skipped", 1, Scope.SKIP, "excluded")
    assert await store.add(run.id, [known]) == [known]

    found = [new, known, skipped, new._replace(depth=7)]

    assert await store.add(run.id, found) == [new]
    assert await store.add(run.id, found) == []
    assert await store.add(run.id, []) == []


async def test_what_a_page_brought_comes_back_once(store: Ledger) -> None:
    run_id = await begun(store)
    seed, other = request(f"{HOST}/"), request(f"{HOST}/other")
    await store.add(run_id, [seed, other])
    new = request(f"{HOST}/new", 1)

    first = page(seed.url, link(new.url))._replace(found=[new])
    second = page(other.url, link(new.url))._replace(found=[new])

    assert await store.write(run_id, [first, second]) == [new]


async def test_what_is_skipped_says_why(store: Ledger, location: Location) -> None:
    run = await store.begin(SEEDS, SETTINGS, NOW, resume=False)
    excluded = request(f"{HOST}/x", 1, Scope.SKIP, "excluded")
    invalid = request("//[", 1, Scope.SKIP, "invalid-url")

    await store.add(run.id, [excluded, invalid])

    assert rows(location, "SELECT url, verdict, reason, state FROM pages ORDER BY url") == [
        ("//[", "broken", "invalid-url", "done"),
        (f"{HOST}/x", "skipped", "excluded", "done"),
    ]


async def test_a_window_has_the_shallowest_requests_of_one_host(store: Ledger) -> None:
    run = await store.begin(SEEDS, SETTINGS, NOW, resume=False)
    found = [
        request(f"{HOST}/{number}", depth)._replace(hops=number, via_id=number)
        for number, depth in enumerate([3, 1, 2, 0, 1])
    ]
    await store.add(run.id, [*found, request("https://b.test/", 0)])
    await store.write(run.id, [page(found[3].url)._replace(request=found[3])])

    window = await store.window(run.id, HOST, 3)

    assert [each.depth for each in window] == [1, 1, 2]
    assert {each.url_id: each for each in window}[found[1].url_id] == found[1]
    assert len(await store.window(run.id, HOST, 99)) == 4


async def test_a_request_that_waits_is_kept_as_it_is_to_be_tried_again(store: Ledger) -> None:
    asked = request(f"{HOST}/leaf", 1, Scope.CHECK)
    again = asked._replace(method="GET", tries=2, not_before=NOW + 5)

    run_id = await begun(store, Page(request=again, done=False, fetch=fetch(503)))

    assert await store.window(run_id, HOST, 9) == [again]


async def test_what_is_left_to_do_is_counted(store: Ledger) -> None:
    run_id = await begun(store, page(f"{HOST}/"))
    await store.add(run_id, [request(f"{HOST}/{number}", 1) for number in range(3)])
    await store.add(run_id, [request("https://b.test/", 2, Scope.CHECK)])

    assert sorted(await store.open_pages(run_id)) == [
        OpenPages(HOST, 1, Scope.FOLLOW, 3),
        OpenPages("https://b.test", 2, Scope.CHECK, 1),
    ]


async def test_what_stays_open_says_why_and_can_be_continued(
    store: Ledger, location: Location
) -> None:
    run_id = await begun(store, page(f"{HOST}/"))
    await store.add(run_id, [request(f"{HOST}/late", 1)])

    await store.explain_open(run_id, "deadline")

    assert rows(location, "SELECT verdict, reason FROM pages WHERE url LIKE '%late'") == [
        ("skipped", "deadline")
    ]
    assert len(await store.open_pages(run_id)) == 1


# Results


async def test_every_attempt_is_a_row(store: Ledger, location: Location) -> None:
    asked = request(f"{HOST}/")
    attempts = [fetch(503), fetch(None, "timeout"), fetch(200)]
    pages = [Page(request=asked, done=False, fetch=attempt) for attempt in attempts[:2]]

    run_id = await begun(store, *pages)
    await store.write(run_id, [page(asked.url)._replace(fetch=attempts[2])])

    assert rows(location, "SELECT attempt, status, error FROM fetch") == [
        (1, 503, None),
        (2, None, "timeout"),
        (3, 200, None),
    ]
    assert rows(location, "SELECT attempts, elapsed_ms, status FROM pages") == [(3, 37.5, 200)]


async def test_a_refusal_is_no_attempt(store: Ledger, location: Location) -> None:
    await begun(store, leaf(f"{HOST}/x", Verdict.SKIPPED, "robots"))

    assert rows(location, "SELECT count(*) FROM fetch") == [(0,)]
    assert rows(location, "SELECT verdict, reason, attempts FROM pages") == [
        ("skipped", "robots", 0)
    ]


async def test_content_that_is_known_is_not_written_again(
    store: Ledger, location: Location
) -> None:
    same = page(f"{HOST}/", link(f"{HOST}/"), anchors=["x"])
    await begun(store, same)

    second = await begun(store, same)

    assert second == 2
    for table in ("document", "link", "anchor"):
        assert rows(location, f"SELECT count(*) FROM {table}") == [(1,)]  # noqa: S608 - our own names
    assert rows(location, "SELECT count(*) FROM links") == [(2,)]
    assert (await store.totals(second)).links == 1


async def test_robots_txt_is_no_page_but_its_attempts_count(
    store: Ledger, location: Location
) -> None:
    run_id = await begun(store, page(f"{HOST}/"))
    asked = request(f"{HOST}/robots.txt", 0, Scope.CHECK)._replace(robots_for=HOST)
    file = RobotsFile(HOST, NOW, "unreachable", 503, None, b"")
    later = file._replace(outcome="parsed", status=200, delay=2.0, body=b"Allow: /")
    waiting = Page(request=asked, done=False, fetch=fetch(503))
    done = Page(request=asked, done=True, fetch=fetch(), robots=file)

    await store.write(run_id, [waiting, done])
    await store.write(run_id, [done._replace(robots=later)])

    assert rows(location, "SELECT outcome, status, delay, body FROM robots") == [
        ("parsed", 200, 2.0, b"Allow: /")
    ]
    assert rows(location, "SELECT count(*) FROM page") == [(1,)]
    assert rows(location, "SELECT count(*) FROM fetch") == [(4,)]


async def test_a_batch_is_written_whole_or_not_at_all(store: Ledger, location: Location) -> None:
    run_id = await begun(store, page(f"{HOST}/"))
    await store.add(run_id, [request(f"{HOST}/1"), request(f"{HOST}/2")])
    impossible = page(f"{HOST}/2", anchors=["same", "same"])

    with pytest.raises(StoreError, match=r"(?i)the database failed: .*unique constraint"):
        await store.write(run_id, [page(f"{HOST}/1"), impossible])

    assert rows(location, "SELECT url FROM pages WHERE state = 'done'") == [(f"{HOST}/",)]
    assert await store.write(run_id, [page(f"{HOST}/1")]) == []


async def test_totals_count_what_a_person_wants_to_know(store: Ledger) -> None:
    gone, dead = f"{HOST}/gone", "https://dead.test/"
    pages = [
        leaf(gone, Verdict.BROKEN, "404", attempt=fetch(404)),
        leaf(dead, Verdict.TRANSIENT, "connect", attempt=fetch(None, "connect")),
        leaf("https://cut.test/", attempt=fetch(None, "cancelled")),
        page(f"{HOST}/", link(gone), link(gone, kind="img src"), link(dead)),
    ]

    totals = await store.totals(await begun(store, *pages))

    assert (totals.pages, totals.followed, totals.links, totals.fetches) == (4, 1, 3, 4)
    assert (totals.hosts, totals.failing_hosts, totals.broken_links) == (2, 1, 2)
    assert totals.verdicts == {"ok": 2, "broken": 1, "transient": 1}


async def test_ill_pages_are_those_that_are_not_ok_and_not_open(store: Ledger) -> None:
    ill, well, left_out = f"{HOST}/ill", f"{HOST}/", f"{HOST}/other"
    pages = [leaf(ill, Verdict.BROKEN, "404"), page(well), leaf(left_out, Verdict.BROKEN, "404")]
    run_id = await begun(store, *pages)
    await store.add(run_id, [request(f"{HOST}/open"), request(f"{HOST}/to-open")])
    await store.write(run_id, [redirect(f"{HOST}/to-open", f"{HOST}/open")])
    await store.explain_open(run_id, "deadline")
    await store.settle_chains(run_id, 10)

    asked = [url_id(url) for url in (ill, well, f"{HOST}/open", f"{HOST}/to-open")]

    assert await store.ill_pages(run_id, asked) == [(ill, "broken", "404")]


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

    assert sorted(await store.unmatched_fragments(run_id)) == sorted(
        [
            Unmatched(url_id(there), "y", document_id, there, there, "y", drawn=False),
            Unmatched(url_id(there), "%C3%BC", document_id, there, there, "%C3%BC", drawn=False),
            Unmatched(url_id(moved), "z", document_id, moved, there, "z", drawn=False),
        ]
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


async def test_a_window_shows_what_is_committed_whatever_is_being_read(store: Ledger) -> None:
    found = [request(f"{HOST}/{n}", 1, Scope.CHECK) for n in range(20)]
    run_id = await begun(store)
    await store.add(run_id, found)

    async def read() -> None:
        for _ in range(200):
            await store.seeds(run_id)
            await store.window(run_id, HOST, 100)

    readers = [asyncio.create_task(read()) for _ in range(3)]
    for number, each in enumerate(found, 1):
        await store.write(run_id, [leaf(each.url)])
        left = await store.window(run_id, HOST, 100)
        assert len(left) == len(found) - number, "a page that is done was handed out again"
    await asyncio.gather(*readers)
