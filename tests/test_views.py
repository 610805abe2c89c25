"""Promises about the views, on small databases of a few nights."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from crawler.engine.settle import settle_moves
from crawler.location import Location, Server
from crawler.model import Ending, Judgement, Page, Verdict
from crawler.store.asking import views_by_name
from crawler.store.ledger import Ledger, open_store
from crawler.store.protocol import FragmentVerdict
from crawler.urls import url_id
from tests.stored import HOST, NOW, SEEDS, begun, fetch, leaf, link, page, redirect, rows

HOME, DOC, GONE, SLOW = (f"{HOST}/{name}" for name in ("", "doc", "gone", "slow"))
DAY = 86_400.0
NIGHTS = [f"2027-01-{15 + number} 08:00:00.000" for number in range(9)]


class Nights:
    """Runs over one database, a day apart."""

    def __init__(self, store: Ledger, location: Location) -> None:
        self._store = store
        self._location = location
        self._count = 0
        self.hour: int | None = None

    async def add(
        self,
        *pages: Page,
        fragments: dict[str, str] | None = None,
        state: str = "finished",
        doubts: tuple[str, ...] = (),
        series: str = SEEDS,
    ) -> int:
        """Add a night; `fragments` of DOC that are missing, each with the nearest anchor."""
        now = NOW + self._count * DAY if self.hour is None else NOW + self.hour * DAY / 24
        self._count += 1
        run_id = await begun(self._store, *pages, now=now, series=series)
        await self._store.settle_chains(run_id, 10)
        await settle_moves(self._store, run_id)
        judgement = Judgement(Verdict.BROKEN, "fragment")
        verdicts = [
            FragmentVerdict(url_id(DOC), fragment, judgement, nearest)
            for fragment, nearest in (fragments or {}).items()
        ]
        await self._store.write_fragments(run_id, verdicts)
        await self._store.end(run_id, Ending(state, None, now + 60, doubts))
        return run_id

    def select(self, query: str) -> list[tuple[Any, ...]]:
        return rows(self._location, f"SELECT {query}")

    def columns(self, view: str) -> list[str]:
        if isinstance(self._location, Server):
            query = """
            SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(:view) ORDER BY attnum
            """
        else:
            query = "SELECT name FROM pragma_table_info(:view)"
        return [name for (name,) in rows(self._location, query, {"view": view})]


@pytest.fixture
async def nights(location: Location) -> AsyncGenerator[Nights]:
    async with open_store(location) as store:
        yield Nights(store, location)


def home(*targets: str) -> Page:
    return page(HOME, *(link(target) for target in targets))


def dead(url: str) -> Page:
    return leaf(url, Verdict.BROKEN, "404", attempt=fetch(404))


# One night


async def test_an_empty_database_has_nothing_to_say(nights: Nights) -> None:
    assert [view for view in views_by_name() if nights.select(f"* FROM {view}")] == []


@pytest.mark.parametrize(
    ("view", "columns"),
    [
        (
            "pages",
            "run_id url depth verdict reason status final_url content_type attempts elapsed_ms",
        ),
        ("links", "run_id source target fragment verdict reason status kind text line"),
        ("broken", "source target fragment reason status kind text line first_seen_at nights"),
        ("new_broken", "source target fragment reason status kind text line"),
        ("still_broken", "source target fragment reason status kind text line"),
        ("fixed", "source target fragment reason status kind text line"),
        ("flaky", "url"),
        ("blocked", "url reason status"),
        ("redirects", "source line href target status write_instead"),
        ("slowest", "url attempt method status error"),
        ("orphans", "url"),
    ],
)
async def test_the_columns_stay_where_they_are(nights: Nights, view: str, columns: str) -> None:
    assert " ".join(nights.columns(view)).startswith(columns)


async def test_a_page_is_told_with_its_attempts(nights: Nights) -> None:
    attempt = fetch(total_ms=20.04)._replace(body_bytes=500)
    await nights.add(home()._replace(fetch=attempt), dead(GONE))

    assert nights.select(
        "url, depth, verdict, reason, status, attempts, elapsed_ms, bytes, scope, state, title"
        " FROM pages ORDER BY url"
    ) == [
        (HOME, 0, "ok", None, 200, 1, 20.0, 500, "follow", "done", "title"),
        (GONE, 1, "broken", "404", 404, 1, 12.5, 0, "check", "done", None),
    ]


async def test_a_link_is_judged_by_its_target_and_its_fragment(nights: Nights) -> None:
    links = [link(GONE, "x", line=1), link(DOC, line=2), link(DOC, "x", line=3)]
    waiting = leaf(SLOW)._replace(done=False)
    await nights.add(
        page(HOME, *links, link(SLOW, line=4)),
        dead(GONE),
        page(DOC),
        waiting,
        fragments={"x": "xx"},
    )

    assert nights.select(
        "source, target, fragment, verdict, reason, status, line, nearest FROM links ORDER BY line"
    ) == [
        (HOME, GONE, "x", "broken", "404", 404, 1, None),
        (HOME, DOC, "", "ok", None, 200, 2, None),
        (HOME, DOC, "x", "broken", "fragment", 200, 3, "xx"),
        (HOME, SLOW, "", None, None, None, 4, None),
    ]


async def test_broken_has_every_link_to_a_dead_place(nights: Nights) -> None:
    await nights.add(
        page(HOME, link(GONE, "y"), link(GONE, kind="img src"), link(DOC), link(DOC, "x")),
        page(DOC, link(GONE)),
        dead(GONE),
        fragments={"x": "xx"},
    )

    assert nights.select("source, target, fragment, reason, kind, nearest FROM broken") == [
        (HOME, DOC, "x", "fragment", "a href", "xx"),
        (HOME, GONE, "", "404", "img src", None),
        (DOC, GONE, "", "404", "a href", None),
        (HOME, GONE, "y", "404", "a href", None),
    ]


async def test_what_is_dead_as_a_whole_is_not_told_by_its_fragments_too(nights: Nights) -> None:
    await nights.add(page(HOME, link(DOC, "x")), dead(DOC), fragments={"x": "xx"})

    assert nights.select("target, fragment, reason FROM broken") == [(DOC, "x", "404")]


async def test_blocked_counts_the_links_of_the_newest_night(nights: Nights) -> None:
    wall = leaf(GONE, Verdict.BLOCKED, "403", attempt=fetch(403))
    await nights.add(home(GONE), page(DOC, link(GONE)), wall)

    await nights.add(page(HOME, link(GONE), link(GONE, "x")), page(DOC), wall)

    assert nights.select("* FROM blocked") == [(GONE, "403", 403, 2, 0)]


async def test_redirects_names_what_to_write_instead_of_what_moved_three_nights_ago(
    nights: Nights,
) -> None:
    moved, hop, passing, lost = (f"{HOST}/{name}" for name in ("moved", "hop", "passing", "lost"))
    pages = [
        page(HOME, *(link(url) for url in (moved, passing, lost)), link(moved, "x"), link(DOC)),
        redirect(moved, hop, status=301),
        redirect(hop, DOC, status=308),
        redirect(passing, DOC, status=302),
        redirect(lost, GONE, status=301),
        dead(GONE),
        page(DOC),
    ]
    for _ in range(2):
        await nights.add(*pages)
        assert nights.select("count(*) FROM redirects") == [(0,)]

    await nights.add(*pages)

    assert nights.select("source, line, href, target, status, write_instead FROM redirects") == [
        (HOME, 3, moved, moved, 301, DOC),
        (HOME, 3, moved, moved, 301, f"{DOC}#x"),
    ]


async def test_of_a_chain_the_part_that_is_permanent_counts(nights: Nights) -> None:
    secure, here = f"{HOST}/secure", f"{HOST}/secure/en"
    for _ in range(3):
        await nights.add(
            home(DOC), redirect(DOC, secure, status=301), redirect(secure, here), leaf(here)
        )

    assert nights.select("target, write_instead FROM redirects") == [(DOC, secure)]


async def test_slowest_has_every_attempt_the_longest_first(nights: Nights) -> None:
    times = {HOME: 5.0, DOC: 700.0, GONE: 30.0}
    await nights.add(*(leaf(url, attempt=fetch(total_ms=ms)) for url, ms in times.items()))

    found = nights.select("url, total_ms FROM slowest")

    assert found == [(DOC, 700.0), (GONE, 30.0), (HOME, 5.0)]


async def test_orphans_are_in_the_sitemap_and_linked_from_nowhere(nights: Nights) -> None:
    index, sitemap, alone = (f"{HOST}/{name}" for name in ("index.xml", "sitemap.xml", "alone"))
    old, new = f"{HOST}/old", f"{HOST}/new"
    pages = [
        page(index, link(sitemap, kind="sitemap loc")),
        page(sitemap, *(link(url, kind="sitemap loc") for url in (HOME, DOC, alone, new))),
        home(DOC, old),
        redirect(old, new),
        page(new),
        page(DOC),
        page(alone, link(alone), link(alone, "x")),
    ]
    deeper = [each._replace(request=each.request._replace(depth=1)) for each in pages]

    await nights.add(pages[2], *(each for each in deeper if each.request.url != HOME))

    assert nights.select("url, verdict FROM orphans") == [(alone, "ok")]


# Several nights


async def test_broken_says_since_when_without_a_break(nights: Nights) -> None:
    for doc_is_dead in (True, False, True):
        await nights.add(home(GONE, DOC), dead(GONE), dead(DOC) if doc_is_dead else page(DOC))

    assert nights.select("target, first_seen_at, nights FROM broken") == [
        (DOC, NIGHTS[2], 1),
        (GONE, NIGHTS[0], 3),
    ]


async def test_a_missing_fragment_is_counted_in_nights_too(nights: Nights) -> None:
    links = page(HOME, link(DOC, "x"), link(DOC, "y"))
    await nights.add(links, page(DOC), fragments={"x": "z"})
    await nights.add(links, page(DOC), fragments={"x": "z", "y": "z"})

    assert nights.select("fragment, first_seen_at, nights FROM broken") == [
        ("x", NIGHTS[0], 2),
        ("y", NIGHTS[1], 1),
    ]


@pytest.mark.parametrize("how", [{"state": "interrupted"}, {"doubts": ("the seed is broken",)}])
async def test_a_night_that_was_cut_short_or_is_doubted_does_not_count(
    nights: Nights, how: dict[str, Any]
) -> None:
    await nights.add(home(GONE), dead(GONE))
    await nights.add(home(GONE), leaf(GONE), dead(DOC), **how)
    assert nights.select("count(*) FROM fixed") == [(0,)]
    await nights.add(home(GONE), dead(GONE))

    assert nights.select("first_seen_at, nights FROM broken") == [(NIGHTS[0], 2)]
    assert nights.select("count(*) FROM still_broken") == [(1,)]
    assert nights.select("count(*) FROM new_broken") == [(0,)]


async def test_nights_with_other_seeds_do_not_count(nights: Nights) -> None:
    await nights.add(home(GONE), dead(GONE), series="other")

    await nights.add(home(GONE), dead(GONE))

    assert nights.select("first_seen_at, nights FROM broken") == [(NIGHTS[1], 1)]
    assert nights.select("target FROM new_broken") == [(GONE,)]


def failing(url: str) -> Page:
    return leaf(url, Verdict.TRANSIENT, "503", attempt=fetch(503))


async def test_what_fails_on_three_nights_and_for_two_days_is_broken(nights: Nights) -> None:
    said = []
    for _ in range(4):
        await nights.add(home(SLOW), failing(SLOW))
        said += nights.select(
            "(SELECT nights FROM failing), (SELECT count(*) FROM new_broken),"
            " (SELECT count(*) FROM still_broken)"
        )

    assert said == [(1, 0, 0), (2, 0, 0), (None, 1, 0), (None, 0, 1)]
    assert nights.select("reason, first_seen_at, nights FROM broken") == [("503", NIGHTS[0], 4)]


async def test_three_nights_in_a_day_confirm_nothing(nights: Nights) -> None:
    for hour in range(3):
        nights.hour = hour
        await nights.add(home(SLOW), failing(SLOW))

    assert nights.select("nights FROM failing") == [(3,)]
    assert nights.select("count(*) FROM broken") == [(0,)]


async def test_a_server_that_fails_has_not_mended_what_was_broken(nights: Nights) -> None:
    for told in (dead(GONE), failing(GONE), leaf(GONE, Verdict.BLOCKED, "403"), dead(GONE)):
        await nights.add(home(GONE), told)
        assert nights.select("count(*) FROM fixed") == [(0,)]

    assert nights.select("first_seen_at, nights FROM still_broken") == [(NIGHTS[0], 3)]
    await nights.add(home(GONE), leaf(GONE))
    assert nights.select("target, how, first_seen_at FROM fixed") == [(GONE, "mended", NIGHTS[0])]


async def test_a_page_that_was_down_for_a_night_brings_no_old_rot_as_new(nights: Nights) -> None:
    await nights.add(home(DOC), page(DOC, link(GONE)), dead(GONE))
    await nights.add(home(DOC), failing(DOC))
    assert nights.select("count(*) FROM fixed") == [(0,)]

    await nights.add(home(DOC), page(DOC, link(GONE)), dead(GONE))

    assert nights.select("count(*) FROM new_broken") == [(0,)]
    assert nights.select("source, target FROM still_broken") == [(DOC, GONE)]


async def test_what_no_night_has_visited_again_is_not_fixed(nights: Nights) -> None:
    await nights.add(home(DOC), page(DOC, link(GONE)), dead(GONE))

    await nights.add(home())

    assert nights.select("count(*) FROM fixed") == [(0,)]


async def test_pages_and_anchors_come_and_go(nights: Nights) -> None:
    anchored = page(DOC, anchors=["kept", "lost", "unlinked"])
    links = (link(DOC, "kept"), link(DOC, "lost"))
    await nights.add(page(HOME, *links), anchored, page(GONE))
    assert nights.select("count(*) FROM pages_gained") == [(0,)]

    await nights.add(
        page(HOME, *links), page(DOC, anchors=["kept"]), page(SLOW), fragments={"lost": "kept"}
    )

    assert nights.select("url, title FROM pages_gained") == [(SLOW, "title")]
    assert nights.select("url, reason FROM pages_lost") == [(GONE, "unlinked")]
    assert nights.select("url, name, source, still, nearest FROM anchors_lost") == [
        (DOC, "lost", HOME, 1, "kept")
    ]


async def test_broken_links_are_new_or_still_there_or_fixed(nights: Nights) -> None:
    mended, unlinked, fresh = (f"{HOST}/{name}" for name in ("mended", "unlinked", "fresh"))
    await nights.add(
        page(HOME, link(GONE), link(mended), link(unlinked), link(DOC, "x")),
        page(DOC),
        *(dead(url) for url in (GONE, mended, unlinked)),
        fragments={"x": "y"},
    )
    await nights.add(
        page(HOME, link(GONE), link(GONE, "z"), link(mended), link(fresh), link(DOC, "x")),
        page(DOC, link(GONE)),
        leaf(mended),
        dead(unlinked),
        dead(GONE),
        dead(fresh),
    )

    assert sorted(nights.select("source, target, fragment FROM new_broken")) == [
        (HOME, fresh, ""),
        (HOME, GONE, "z"),
        (DOC, GONE, ""),
    ]
    assert nights.select("source, target, fragment FROM still_broken") == [(HOME, GONE, "")]
    assert sorted(nights.select("source, target, fragment FROM fixed")) == [
        (HOME, DOC, "x"),
        (HOME, mended, ""),
        (HOME, unlinked, ""),
    ]


async def test_on_the_first_night_all_is_new_and_nothing_fixed(nights: Nights) -> None:
    await nights.add(home(GONE), dead(GONE))

    counts = nights.select(
        "(SELECT count(*) FROM new_broken), (SELECT count(*) FROM still_broken),"
        " (SELECT count(*) FROM fixed)"
    )
    assert counts == [(1, 0, 0)]


async def test_flaky_is_what_went_to_and_fro(nights: Nights) -> None:
    broken_once = [True, False, False, False]
    to_and_fro = [True, False, True, False]
    blocked = leaf(SLOW, Verdict.BLOCKED, "403")
    for once, often in zip(broken_once, to_and_fro, strict=True):
        await nights.add(
            dead(GONE) if once else leaf(GONE),
            leaf(DOC, Verdict.TRANSIENT, "timeout") if often else leaf(DOC),
            blocked if often else leaf(SLOW),
        )

    assert nights.select("* FROM flaky") == [(DOC, 3, 4)]
