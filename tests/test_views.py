"""Promises about the views, on a small database of a night or two."""

import pytest

from crawler.location import Location
from crawler.model import Page, Verdict
from crawler.store.asking import views_by_name
from crawler.store.ledger import Ledger
from tests.nights import DOC, GONE, HOME, SLOW, Nights, dead, home
from tests.stored import HOST, begun, fetch, leaf, link, page, redirect, rows


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


async def test_the_pages_of_two_nights_are_compared_by_their_ids(nights: Nights) -> None:
    await nights.add(home(DOC, GONE), page(DOC), dead(GONE))
    await nights.add(home(DOC, SLOW), dead(DOC), leaf(SLOW))

    assert nights.select(
        "now.url, was.verdict, now.verdict"
        " FROM pages AS now JOIN pages AS was ON was.url_id = now.url_id AND was.run_id = 1"
        " WHERE now.run_id = 2 ORDER BY now.url"
    ) == [(HOME, "ok", "ok"), (DOC, "ok", "broken")]


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


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [
        ("running", None, None),
        ("finished", None, "ok"),
        ("incomplete", "max-pages", "ok"),
        ("interrupted", "SIGINT", "ok"),
        ("interrupted", "cancelled", None),
        ("failed", "OSError", None),
    ],
)
async def test_a_fragment_is_not_called_well_by_a_run_that_has_not_judged_it(
    nights: Nights, state: str, reason: str | None, said: str | None
) -> None:
    links = [link(DOC, line=1), link(DOC, "x", line=2), link(DOC, "y", line=3), link(SLOW, line=4)]
    named = redirect(SLOW, DOC, "y")
    verdicts = "verdict FROM links WHERE run_id = 1 ORDER BY line"

    await nights.add(
        page(HOME, *links), page(DOC), named, fragments={"x": ""}, state=state, reason=reason
    )
    then = nights.select(verdicts)
    await nights.add(home())

    assert then == nights.select(verdicts) == [("ok",), ("broken",), (said,), (said,)]


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


def listing(url: str, *targets: str) -> Page:
    """Return a sitemap."""
    read = page(url, *(link(target, kind="sitemap loc") for target in targets))
    return read._replace(content_type="application/xml")


async def test_orphans_are_in_the_sitemap_and_linked_from_nowhere(nights: Nights) -> None:
    index, sitemap, alone = (f"{HOST}/{name}" for name in ("index.xml", "sitemap.xml", "alone"))
    old, new = f"{HOST}/old", f"{HOST}/new"
    pages = [
        listing(index, sitemap),
        listing(sitemap, HOME, DOC, alone, new),
        redirect(old, new),
        page(new),
        page(DOC),
        page(alone, link(alone), link(alone, "x")),
    ]
    deeper = [each._replace(request=each.request._replace(depth=1)) for each in pages]

    await nights.add(home(DOC, old), *deeper)

    assert nights.select("url, verdict FROM orphans") == [(alone, "ok")]


async def test_what_the_sitemap_names_no_more_is_no_orphan(nights: Nights) -> None:
    sitemap = f"{HOST}/sitemap.xml"
    found = leaf(DOC)
    await nights.add(listing(sitemap, DOC), found)
    assert nights.select("url FROM orphans") == [(DOC,)]

    await nights.add(listing(sitemap, HOME), found)

    assert nights.select("url FROM orphans") == []


async def test_a_run_lists_as_many_broken_places_as_its_links_lead_to(nights: Nights) -> None:
    """Not the end of a redirect, which is the same place, nor a seed that nothing links to."""
    hop, seed = f"{HOST}/hop", f"{HOST}/seed"
    sick = [redirect(hop, GONE), dead(GONE), dead(SLOW), dead(seed), page(DOC)]
    links = [link(hop), link(DOC, "x"), link(DOC), link(SLOW)]
    await nights.add(page(HOME, *links, link(SLOW, "y")), *sick, fragments={"x": "", "z": ""})
    places = "count(DISTINCT target || CASE WHEN whole THEN '' ELSE fragment END) FROM broken"
    assert nights.select(places) == [(3,)]

    await nights.add(page(HOME, *links[:2]), *sick, fragments={"x": "", "z": ""})

    assert nights.select(places) == [(2,)]
    assert nights.select("run_id, broken_places FROM runs") == [(2, 2), (1, 3)]


async def test_a_run_under_way_lists_what_it_has_found_dead(
    store: Ledger, location: Location
) -> None:
    await begun(store, dead(GONE))

    assert rows(location, "SELECT broken_places FROM runs") == [(1,)]
