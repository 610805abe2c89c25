"""Promises about the frontier and the results in the store, whichever database is behind it."""

import asyncio

import pytest

from crawler.errors import StoreError
from crawler.location import Location
from crawler.model import Page, RobotsFile, Scope, Verdict
from crawler.store.ledger import Ledger
from crawler.store.protocol import OpenPages
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
    assert await store.open_pages(run_id) == [OpenPages(HOST, 1, Scope.CHECK, 1, NOW + 5)]


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


@pytest.mark.slow
async def test_a_batch_is_written_whole_or_not_at_all(store: Ledger, location: Location) -> None:
    run_id = await begun(store, page(f"{HOST}/"))
    await store.add(run_id, [request(f"{HOST}/1"), request(f"{HOST}/2")])
    impossible = page(f"{HOST}/2", anchors=["same", "same"])

    with pytest.raises(StoreError, match=r"(?i)the database failed: .*unique constraint"):
        await store.write(run_id, [page(f"{HOST}/1"), impossible])

    assert rows(location, "SELECT url FROM pages WHERE state = 'done'") == [(f"{HOST}/",)]
    assert await store.write(run_id, [page(f"{HOST}/1")]) == []


@pytest.mark.slow
async def test_a_host_is_stored_though_the_batch_that_first_named_it_failed(
    store: Ledger, location: Location
) -> None:
    run_id = await begun(store, page(f"{HOST}/"))
    found = [request("https://new.test/", 1, Scope.CHECK)]
    impossible = page(f"{HOST}/", anchors=["same", "same"])._replace(found=found)

    with pytest.raises(StoreError):
        await store.write(run_id, [impossible])
    await store.add(run_id, found)

    assert ("https://new.test/",) in rows(location, "SELECT url FROM pages")
    assert rows(location, "SELECT key FROM host ORDER BY key") == [(HOST,), ("https://new.test",)]


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

    assert await store.ill_pages(run_id, asked) == [(ill, "broken", "404", None, None)]
