"""Promises about the SQLite store, on real files."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.errors import StoreError, UsageError
from crawler.model import Ending, Judgement, Page, RobotsFile, Run, Scope, Verdict
from crawler.store.findings import open_findings
from crawler.store.lock import writing
from crawler.store.opening import APPLICATION_ID, connect_to_read
from crawler.store.protocol import FragmentVerdict, Hosts, OpenPages, Unmatched
from crawler.store.sqlite import SqliteStore, open_store
from crawler.store.steps import VERSION
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
def path(tmp_path: Path) -> Path:
    return tmp_path / "crawl.db"


@pytest.fixture
async def store(path: Path) -> AsyncGenerator[SqliteStore]:
    async with open_store(path) as opened:
        yield opened


# Runs


async def test_a_run_begins_with_what_was_asked_for(store: SqliteStore, path: Path) -> None:
    run = await store.begin(SEEDS, SETTINGS, NOW, resume=False)

    assert run == Run(1, resumed=False)
    assert rows(path, "SELECT started_at, ended_at, state, settings FROM run") == [
        ("2027-01-15 08:00:00.000", None, "running", SETTINGS)
    ]


async def test_a_run_ends_with_its_state_and_reason(store: SqliteStore, path: Path) -> None:
    run = await store.begin(SEEDS, SETTINGS, NOW, resume=False)

    await store.end(run.id, Ending("incomplete", "deadline", NOW + 1, ("it rained",)))

    assert rows(path, "SELECT state, reason, ended_at, doubts FROM run") == [
        ("incomplete", "deadline", "2027-01-15 08:00:01.000", '["it rained"]')
    ]


async def test_an_unfinished_run_is_abandoned_by_the_next(store: SqliteStore, path: Path) -> None:
    await store.begin(SEEDS, SETTINGS, NOW, resume=False)

    run = await store.begin(SEEDS, SETTINGS, NOW + 1, resume=False)

    assert run == Run(2, resumed=False)
    assert rows(path, "SELECT state, ended_at FROM run WHERE id = 1") == [
        ("abandoned", "2027-01-15 08:00:01.000")
    ]


@pytest.mark.parametrize("state", ["running", "incomplete", "interrupted", "failed"])
async def test_an_unfinished_run_can_be_resumed(store: SqliteStore, path: Path, state: str) -> None:
    first = await store.begin(SEEDS, SETTINGS, NOW, resume=False)
    await store.end(first.id, Ending(state, "deadline", NOW))

    run = await store.begin(SEEDS, SETTINGS, NOW + 1, resume=True)

    assert run == Run(first.id, resumed=True)
    assert rows(path, "SELECT state, reason, ended_at FROM run") == [("running", None, None)]


@pytest.mark.parametrize("state", ["finished", "abandoned"])
async def test_a_run_that_is_over_is_not_resumed(store: SqliteStore, state: str) -> None:
    first = await store.begin(SEEDS, SETTINGS, NOW, resume=False)
    await store.end(first.id, Ending(state, None, NOW))

    assert await store.begin(SEEDS, SETTINGS, NOW, resume=True) == Run(2, resumed=False)


async def test_a_run_with_other_seeds_is_neither_resumed_nor_abandoned(
    store: SqliteStore, path: Path
) -> None:
    await store.begin(SEEDS, SETTINGS, NOW, resume=False)

    assert await store.begin("other", SETTINGS, NOW, resume=True) == Run(2, resumed=False)
    assert await store.begin("other", SETTINGS, NOW, resume=False) == Run(3, resumed=False)
    assert rows(path, "SELECT state FROM run") == [("running",), ("abandoned",), ("running",)]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ('"depth":"all"', "depth 2, not all"),
        ('"depth":2,"exclude":["x"],"robots":"all"', "exclude null, not .*; robots null, not all"),
    ],
)
async def test_a_run_that_checked_other_things_is_not_resumed(
    store: SqliteStore, other: str, said: str
) -> None:
    await store.begin(SEEDS, SETTINGS, NOW, resume=False)

    with pytest.raises(UsageError, match=f"run 1 cannot be continued: it had {said}"):
        await store.begin(SEEDS, f"{{{other}}}", NOW, resume=True)


async def test_only_one_at_a_time_writes_to_a_database(store: SqliteStore, path: Path) -> None:
    await store.begin(SEEDS, SETTINGS, NOW, resume=False)

    said = f"another crawl (process {os.getpid()}) is writing to it"
    assert await refusal(path) == said
    async with open_findings(path) as findings:
        assert await findings.slowest(1, 1) == []


def test_a_lock_dies_with_its_process(path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from crawler.store.lock import writing\n"
        "with writing(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, path], check=False)

    assert path.with_name("crawl.db-lock").exists()
    with writing(path), pytest.raises(UsageError, match="another crawl"), writing(path):
        pass
    assert names_in(path.parent) == []


async def test_hosts_that_answered_on_the_night_before_and_do_not_now_are_lost(
    store: SqliteStore,
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


async def test_only_what_is_new_and_open_comes_back(store: SqliteStore) -> None:
    run = await store.begin(SEEDS, SETTINGS, NOW, resume=False)
    known, new = request(f"{HOST}/known"), request(f"{HOST}/new", 1)
    skipped = request(f"{HOST}/skipped", 1, Scope.SKIP, "excluded")
    assert await store.add(run.id, [known]) == [known]

    found = [new, known, skipped, replace(new, depth=7)]

    assert await store.add(run.id, found) == [new]
    assert await store.add(run.id, found) == []
    assert await store.add(run.id, []) == []


async def test_what_a_page_brought_comes_back_once(store: SqliteStore) -> None:
    run_id = await begun(store)
    seed, other = request(f"{HOST}/"), request(f"{HOST}/other")
    await store.add(run_id, [seed, other])
    new = request(f"{HOST}/new", 1)

    first = replace(page(seed.url, link(new.url)), found=[new])
    second = replace(page(other.url, link(new.url)), found=[new])

    assert await store.write(run_id, [first, second]) == [new]


async def test_what_is_skipped_says_why(store: SqliteStore, path: Path) -> None:
    run = await store.begin(SEEDS, SETTINGS, NOW, resume=False)
    excluded = request(f"{HOST}/x", 1, Scope.SKIP, "excluded")
    invalid = request("//[", 1, Scope.SKIP, "invalid-url")

    await store.add(run.id, [excluded, invalid])

    assert rows(path, "SELECT url, verdict, reason, state FROM pages ORDER BY url") == [
        ("//[", "broken", "invalid-url", "done"),
        (f"{HOST}/x", "skipped", "excluded", "done"),
    ]


async def test_a_window_has_the_shallowest_requests_of_one_host(store: SqliteStore) -> None:
    run = await store.begin(SEEDS, SETTINGS, NOW, resume=False)
    found = [
        replace(request(f"{HOST}/{number}", depth), hops=number, via_id=number)
        for number, depth in enumerate([3, 1, 2, 0, 1])
    ]
    await store.add(run.id, [*found, request("https://b.test/", 0)])
    await store.write(run.id, [replace(page(found[3].url), request=found[3])])

    window = await store.window(run.id, HOST, 3)

    assert [each.depth for each in window] == [1, 1, 2]
    assert {each.url_id: each for each in window}[found[1].url_id] == found[1]
    assert len(await store.window(run.id, HOST, 99)) == 4


async def test_a_request_that_waits_is_kept_as_it_is_to_be_tried_again(store: SqliteStore) -> None:
    asked = request(f"{HOST}/leaf", 1, Scope.CHECK)
    again = replace(asked, method="GET", tries=2, not_before=NOW + 5)

    run_id = await begun(store, Page(request=again, done=False, fetch=fetch(503)))

    assert await store.window(run_id, HOST, 9) == [again]


async def test_what_is_left_to_do_is_counted(store: SqliteStore) -> None:
    run_id = await begun(store, page(f"{HOST}/"))
    await store.add(run_id, [request(f"{HOST}/{number}", 1) for number in range(3)])
    await store.add(run_id, [request("https://b.test/", 2, Scope.CHECK)])

    assert sorted(await store.open_pages(run_id)) == [
        OpenPages(HOST, 1, Scope.FOLLOW, 3),
        OpenPages("https://b.test", 2, Scope.CHECK, 1),
    ]


async def test_what_stays_open_says_why_and_can_be_continued(
    store: SqliteStore, path: Path
) -> None:
    run_id = await begun(store, page(f"{HOST}/"))
    await store.add(run_id, [request(f"{HOST}/late", 1)])

    await store.explain_open(run_id, "deadline")

    assert rows(path, "SELECT verdict, reason FROM pages WHERE url LIKE '%late'") == [
        ("skipped", "deadline")
    ]
    assert len(await store.open_pages(run_id)) == 1


# Results


async def test_every_attempt_is_a_row(store: SqliteStore, path: Path) -> None:
    asked = request(f"{HOST}/")
    attempts = [fetch(503), fetch(None, "timeout"), fetch(200)]
    pages = [Page(request=asked, done=False, fetch=attempt) for attempt in attempts[:2]]

    run_id = await begun(store, *pages)
    await store.write(run_id, [replace(page(asked.url), fetch=attempts[2])])

    assert rows(path, "SELECT attempt, status, error FROM fetch") == [
        (1, 503, None),
        (2, None, "timeout"),
        (3, 200, None),
    ]
    assert rows(path, "SELECT attempts, elapsed_ms, status FROM pages") == [(3, 37.5, 200)]


async def test_a_refusal_is_no_attempt(store: SqliteStore, path: Path) -> None:
    await begun(store, leaf(f"{HOST}/x", Verdict.SKIPPED, "robots"))

    assert rows(path, "SELECT count(*) FROM fetch") == [(0,)]
    assert rows(path, "SELECT verdict, reason, attempts FROM pages") == [("skipped", "robots", 0)]


async def test_content_that_is_known_is_not_written_again(store: SqliteStore, path: Path) -> None:
    same = page(f"{HOST}/", link(f"{HOST}/"), anchors=["x"])
    await begun(store, same)

    second = await begun(store, same)

    assert second == 2
    for table in ("document", "link", "anchor"):
        assert rows(path, f"SELECT count(*) FROM {table}") == [(1,)]  # noqa: S608 - our own names
    assert rows(path, "SELECT count(*) FROM links") == [(2,)]
    assert (await store.totals(second)).links == 1


async def test_robots_txt_is_no_page_but_its_attempts_count(store: SqliteStore, path: Path) -> None:
    run_id = await begun(store, page(f"{HOST}/"))
    asked = replace(request(f"{HOST}/robots.txt", 0, Scope.CHECK), robots_for=HOST)
    file = RobotsFile(HOST, NOW, "unreachable", 503, None, b"")
    later = replace(file, outcome="parsed", status=200, delay=2.0, body=b"Allow: /")
    waiting = Page(request=asked, done=False, fetch=fetch(503))
    done = Page(request=asked, done=True, fetch=fetch(), robots=file)

    await store.write(run_id, [waiting, done])
    await store.write(run_id, [replace(done, robots=later)])

    assert rows(path, "SELECT outcome, status, delay, body FROM robots") == [
        ("parsed", 200, 2.0, b"Allow: /")
    ]
    assert rows(path, "SELECT count(*) FROM page") == [(1,)]
    assert rows(path, "SELECT count(*) FROM fetch") == [(4,)]


async def test_a_batch_is_written_whole_or_not_at_all(store: SqliteStore, path: Path) -> None:
    run_id = await begun(store, page(f"{HOST}/"))
    await store.add(run_id, [request(f"{HOST}/1"), request(f"{HOST}/2")])
    impossible = page(f"{HOST}/2", anchors=["same", "same"])

    with pytest.raises(StoreError, match="the database failed: UNIQUE constraint failed"):
        await store.write(run_id, [page(f"{HOST}/1"), impossible])

    assert rows(path, "SELECT url FROM pages WHERE state = 'done'") == [(f"{HOST}/",)]
    assert await store.write(run_id, [page(f"{HOST}/1")]) == []


async def test_totals_count_what_a_person_wants_to_know(store: SqliteStore) -> None:
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


async def test_ill_pages_are_those_that_are_not_ok_and_not_open(store: SqliteStore) -> None:
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


async def chains(store: SqliteStore, path: Path, *pages: Page) -> dict[str, tuple[str | None, ...]]:
    """Return verdict, reason and final URL of every page after its chain was settled."""
    run_id = await begun(store, *pages)
    await store.settle_chains(run_id, 10)
    await store.settle_chains(run_id, 10)
    found = rows(path, "SELECT url, verdict, reason, final_url FROM pages")
    return {
        url.removeprefix(HOST): (verdict, reason, final) for url, verdict, reason, final in found
    }


async def test_every_hop_has_the_verdict_of_the_end(store: SqliteStore, path: Path) -> None:
    settled = await chains(
        store,
        path,
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
async def test_a_circle_is_a_redirect_loop(store: SqliteStore, path: Path, hops: list[str]) -> None:
    circle = [
        redirect(HOST + hop, HOST + following)
        for hop, following in zip(hops, [*hops[1:], hops[0]], strict=True)
    ]

    settled = await chains(store, path, redirect(f"{HOST}/0", f"{HOST}/1"), *circle)

    assert {outcome[:2] for outcome in settled.values()} == {("broken", "redirect-loop")}


async def test_a_chain_whose_end_is_open_is_not_judged(store: SqliteStore, path: Path) -> None:
    waiting = Page(request=request(f"{HOST}/2", 1), done=False)

    settled = await chains(store, path, redirect(f"{HOST}/1", f"{HOST}/2"), waiting)

    assert settled["/1"] == (None, None, f"{HOST}/2")


async def test_the_last_fragment_on_the_way_counts(store: SqliteStore, path: Path) -> None:
    await chains(
        store,
        path,
        redirect(f"{HOST}/1", f"{HOST}/2", "early"),
        redirect(f"{HOST}/2", f"{HOST}/3", "late"),
        redirect(f"{HOST}/3", f"{HOST}/4"),
        leaf(f"{HOST}/4"),
    )

    found = rows(path, "SELECT url, final_fragment FROM page JOIN url ON id = url_id ORDER BY url")
    assert [fragment for _, fragment in found] == ["late", "late", None, None]


# Fragments


async def test_leaves_that_a_fragment_leads_to_are_read_after_all(
    store: SqliteStore, path: Path
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
    assert unread == [replace(named.request, method="GET")]
    await store.reopen(run_id, unread)
    assert rows(path, "SELECT url FROM pages WHERE state <> 'done'") == [(f"{HOST}/named",)]
    assert await store.unread_leaves(run_id) == []


async def test_where_a_redirect_has_the_fragment_its_end_is_read_and_no_hop(
    store: SqliteStore,
) -> None:
    end = leaf(f"{HOST}/end")
    run_id = await begun(
        store,
        end,
        redirect(f"{HOST}/hop", end.request.url),
        page(f"{HOST}/", link(f"{HOST}/hop", "x")),
    )
    await store.settle_chains(run_id, 10)

    assert await store.unread_leaves(run_id) == [replace(end.request, method="GET")]


async def test_fragments_without_an_anchor_are_left_to_be_judged(store: SqliteStore) -> None:
    there, moved = f"{HOST}/there", f"{HOST}/moved"
    there_page = page(there, anchors=["x", "ü"])
    assert there_page.reading is not None
    document_id = there_page.reading.document_id
    run_id = await begun(
        store,
        there_page,
        redirect(moved, there),
        redirect(f"{HOST}/elsewhere", there, "x"),
        replace(page(f"{HOST}/a.pdf"), content_type="application/pdf"),
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
    store: SqliteStore, path: Path
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

    found = rows(path, "SELECT fragment, verdict, reason, nearest FROM links ORDER BY fragment")
    assert found == [("/z", "unverifiable", "hash-route", None), ("y", "broken", "fragment", "x")]
    assert (await store.totals(run_id)).broken_links == 1


# Files


async def refusal(path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        async with open_store(path):
            raise AssertionError("it was opened")
    return str(caught.value).removeprefix(f"{path}: ")


async def reading_refusal(path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        _ = await connect_to_read(path)
    return str(caught.value).removeprefix(f"{path}: ")


def write_database(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


def write(path: Path, content: bytes = b"") -> Path:
    path.write_bytes(content)
    return path


def content(path: Path) -> bytes:
    return path.read_bytes()


@contextmanager
def protected(mode: int) -> Iterator[Path]:
    """Yield a database with the given permissions for whoever is here; nobody here is root."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "crawl.db"
        write_database(path, "VACUUM")
        path.chmod(mode)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        try:
            yield path
        finally:
            os.seteuid(user)


@pytest.fixture
def locked() -> Iterator[Path]:
    with protected(0o000) as path:
        yield path


@pytest.fixture
def read_only() -> Iterator[Path]:
    with protected(0o444) as path:
        yield path


async def test_missing_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a b?c#d%.db"

    async with open_store(path) as store:
        await store.begin(SEEDS, SETTINGS, NOW, resume=False)

    assert rows(path, "PRAGMA user_version") == [(VERSION,)]
    assert rows(path, "SELECT settings FROM run") == [(SETTINGS,)]


async def test_an_empty_file_becomes_a_database(path: Path) -> None:
    async with open_store(write(path)):
        pass

    assert rows(path, "PRAGMA application_id") == [(APPLICATION_ID,)]


async def test_what_was_stored_is_there_when_the_file_is_opened_again(path: Path) -> None:
    async with open_store(path) as store:
        await begun(store, page(f"{HOST}/"))

    async with open_store(path) as store:
        assert (await store.totals(1)).pages == 1


async def test_a_folder_is_no_database(tmp_path: Path) -> None:
    assert await refusal(tmp_path) == "is a folder, not a database"
    assert await reading_refusal(tmp_path) == "there is no database"


async def test_where_a_file_stands_there_can_be_no_folder(path: Path) -> None:
    assert (await refusal(write(path, b"x") / "crawl.db")).startswith("cannot be opened:")


async def test_a_file_that_may_not_be_touched_is_refused(locked: Path) -> None:
    said = "cannot be opened: unable to open database file"

    assert await refusal(locked) == "cannot be opened: Permission denied"
    assert await reading_refusal(locked) == said


async def test_a_file_that_may_only_be_read_is_refused(read_only: Path) -> None:
    assert await refusal(read_only) == "cannot be opened: Permission denied"


async def test_text_is_no_database(path: Path) -> None:
    write(path, b"all work and no play makes jack a dull boy " * 100)
    said = "is not a database: file is not a database"

    assert [await refusal(path), await reading_refusal(path)] == [said, said]


async def test_the_database_of_another_program_is_left_alone(path: Path) -> None:
    write_database(path, "CREATE TABLE bookmark (url)")
    before = content(path)
    said = "is the database of another program"

    assert [await refusal(path), await reading_refusal(path)] == [said, said]

    assert content(path) == before


async def test_a_database_of_a_newer_version_is_left_alone(path: Path) -> None:
    newer = VERSION + 1
    async with open_store(path):
        pass
    write_database(path, f"PRAGMA user_version = {newer}")
    said = f"was written by a newer crawler (version {newer}, this one knows {VERSION})"

    assert [await refusal(path), await reading_refusal(path)] == [said, said]


async def test_to_read_there_must_be_a_database_of_ours(path: Path) -> None:
    assert await reading_refusal(path) == "there is no database"
    assert await reading_refusal(write(path)) == "is not a database of the crawler"


async def test_a_database_that_fails_is_a_failure_of_the_store(path: Path) -> None:
    async with open_store(path) as store:
        run_id = await begun(store, page(f"{HOST}/"))
        write_database(path, "DROP TABLE fetch; DROP TABLE host")

        with pytest.raises(StoreError, match="the database failed: no such table"):
            await store.totals(run_id)
        with pytest.raises(StoreError, match="the database failed: no such table"):
            await store.add(run_id, [request(f"{HOST}/x")])


async def test_a_store_that_cannot_be_tidied_up_is_still_closed(path: Path) -> None:
    async with open_store(path) as store:
        await store._writer.execute("BEGIN")

    with pytest.raises(ValueError, match="no active connection"):
        await store._writer.execute("SELECT 1")


async def test_who_reads_last_leaves_nothing_beside_the_database(tmp_path: Path) -> None:
    db = tmp_path / "crawl.db"
    async with open_store(db) as store:
        await store.begin("[]", '{"seeds":[]}', 0.0, resume=False)

    async with open_findings(db) as findings:
        await findings.slowest(1, 1)

    assert names_in(tmp_path) == ["crawl.db"]


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_a_window_shows_what_is_committed_whatever_is_being_read(store: SqliteStore) -> None:
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
