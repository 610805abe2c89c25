"""Promises about what changed since the night before: reports for programs and jobs tell it too."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from crawler.location import Location
from crawler.report import portrait
from tests.night import Night
from tests.site import Site


@pytest.fixture
def night(location: Location, tmp_path: Path) -> Night:
    return Night(tmp_path / "crawl.db", location)


async def changes(night: Night) -> dict[str, Any]:
    """Return what JSON says of changes, which follows its schema."""
    document = json.loads(await night.report("json"))
    schema = json.loads(files("crawler.report").joinpath("report.schema.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(document)
    found: dict[str, Any] = document["changes"]
    assert list(found) == list(schema["$defs"]["changes"]["properties"])
    return found


async def two_nights(site: Site, night: Night) -> None:
    """Mend a link, drop one, lose a page and an anchor, gain a page; one is barred, one ill."""
    site.links("/", "/dead", "/left-out", "/barred", "/ill", "/old", "/doc#one")
    site.page("/doc", "<p id=one>")
    for path in ("/barred", "/ill", "/old"):
        site.page(path, path)
    await night.crawl(site.url(), day=0)
    site.links("/", "/dead", "/barred", "/ill", "/new", "/doc#one")
    site.page("/doc", "<p id=on>")
    site.page("/dead", "here")
    site.page("/new", "new")
    site.page("/barred", status=403)
    site.page("/ill", status=500)
    await night.crawl(site.url(), day=1)


async def test_json_says_what_changed(site: Site, night: Night) -> None:
    await two_nights(site, night)

    found = await changes(night)

    home = site.url()
    assert found == {
        "since": 1,
        "fixed": [
            {"target": site.url("/dead"), "fragment": "", "reason": "404"}
            | {"source": home, "line": 1, "how": "mended"},
            {"target": site.url("/left-out"), "fragment": "", "reason": "404"}
            | {"source": home, "line": 2, "how": "unlinked"},
        ],
        "failing": [{"url": site.url("/ill"), "reason": "500"}],
        "flaky": [],
        "blocked": [{"url": site.url("/barred"), "reason": "403", "links": 1}],
        "changed": [],
        "archived": [],
        "pages_gained": [site.url("/dead"), site.url("/new")],
        "pages_lost": [{"url": site.url("/old"), "reason": "unlinked", "moved_to": None}],
        "anchors_lost": [
            {"url": site.url("/doc"), "name": "one", "source": home, "line": 6}
            | {"still": True, "nearest": "on"}
        ],
    }


async def test_on_a_first_night_nothing_has_changed(site: Site, night: Night) -> None:
    site.links("/", "/gone", "/there")
    site.page("/there", "here")

    await night.crawl(site.url())

    found = await changes(night)
    assert (found.pop("since"), [each for each in found.values() if each]) == (None, [])


async def test_the_summary_of_a_job_says_what_changed(site: Site, night: Night) -> None:
    await two_nights(site, night)

    said = await night.report("markdown")

    assert f"\nFixed:\n\n- `mended  {site.url('/dead')} (was 404)  {site.url()}:1`\n" in said
    assert f"\nNewly blocked:\n\n- `403  {site.url('/barred')}`\n" in said
    assert said.index("Lost anchors:") < said.index("| fragment, perhaps `#on` |")


async def test_a_link_that_was_on_every_page_is_mended_in_one_line(
    site: Site, night: Night
) -> None:
    pages = [f"/{number}" for number in range(21)]
    site.links("/", *pages, "/z")
    for path in pages:
        site.links(path, "/menu")
    await night.crawl(site.url(), day=0)
    site.page("/menu", "here")
    site.page("/z", "here")
    await night.crawl(site.url(), day=1)

    said, summary = await night.report(), await night.report("markdown")

    menu = f"mended  {site.url('/menu')} (was 404)  {site.url('/0')}:1 and 20 more links"
    last = f"mended  {site.url('/z')} (was 404)  {site.url()}:22"
    assert f"Fixed:\n  {menu}\n  {last}\n\n" in said
    assert f"Fixed:\n\n- `{menu}`\n- `{last}`\n" in summary
    assert len((await changes(night))["fixed"]) == 22


async def test_an_anchor_that_a_menu_named_is_lost_in_one_line(site: Site, night: Night) -> None:
    pages = [f"/{number}" for number in range(21)]
    site.links("/", *pages, "/doc#two", "/doc#one")
    for path in pages:
        site.links(path, "/doc#one", "/doc#two", "/doc#three")
    site.page("/doc", "<p id=one><p id=two><p id=three>")
    await night.crawl(site.url(), day=0)
    for path in pages:
        site.links(path, "/doc#uno")
    site.links("/5", "/doc#two")
    site.links("/20", "/doc#three")
    site.page("/doc", "<p id=uno>")
    await night.crawl(site.url(), day=1)

    said = await night.report()

    assert said[said.index("Lost anchors:") :].splitlines()[1:4] == [
        f"  {site.url('/doc')}#one, linked from {site.url()}:23",
        f"  {site.url('/doc')}#three, linked from {site.url('/20')}:3",
        f"  {site.url('/doc')}#two, linked from {site.url()}:22 and 1 more link",
    ]


async def test_an_anchor_that_no_page_names_any_more_is_lost_in_one_line(
    site: Site, night: Night
) -> None:
    site.links("/", "/a", "/b", "/doc#one")
    site.links("/a", "/doc#one", "/doc#two")
    site.links("/b", "/doc#one")
    site.page("/doc", "<p id=one><p id=two>")
    await night.crawl(site.url(), day=0)
    for path in ("/", "/a", "/b"):
        site.links(path, "/a", "/b", "/doc#uno")
    site.page("/doc", "<p id=uno>")
    await night.crawl(site.url(), day=1)

    said = await night.report()

    assert said[said.index("Lost anchors:") :].splitlines()[1:3] == [
        f"  {site.url('/doc')}#one, linked from {site.url()}:3 and 2 more links, which do no more",
        f"  {site.url('/doc')}#two, linked from {site.url('/a')}:2, which does no more",
    ]


async def test_the_page_of_a_report_says_what_changed(site: Site, night: Night) -> None:
    await two_nights(site, night)

    html = await night.report("html")

    changed = html.partition("<h3>Mended ")[2].partition("</section>")[0]
    assert " ".join(re.sub("<[^>]+>", "", changed).split()) == (
        "1 404 /dead on / line 1"
        " Unlinked 1 Their pages do not link there any more. 404 /left-out on / line 2"
        " Failing, for a passing reason 1 500 /ill"
        " Newly blocked 1 403 /barred"
        " New pages 2 /dead /new"
        " Lost pages 1 unlinked /old"
        f" Lost anchors 1 /doc#one (there is #on), linked from {site.url()}:6"
    )


async def test_on_a_first_night_the_page_names_what_fails(site: Site, night: Night) -> None:
    site.links("/", "/ill")
    site.page("/ill", status=500)

    await night.crawl(site.url())

    assert "<h3>Failing, for a passing reason " in await night.report("html")


async def test_the_summary_of_a_job_begins_with_what_is_newly_broken(
    site: Site, night: Night
) -> None:
    site.links("/", "/b")
    await night.crawl(site.url(), day=0)
    site.links("/", "/a", "/b", "/c")
    await night.crawl(site.url(), day=1)

    rows = [line for line in (await night.report("markdown")).splitlines() if "404" in line]

    assert [row.split("`")[1] for row in rows] == [site.url(path) for path in ("/a", "/c", "/b")]


async def test_the_first_annotations_are_of_what_is_newly_broken(site: Site, night: Night) -> None:
    site.links("/", "/b")
    await night.crawl(site.url(), day=0)
    site.links("/", "/a", "/b", "/c")
    await night.crawl(site.url(), day=1)

    *annotations, _ = (await night.report("github")).splitlines()

    places = [each.rpartition("::")[2].partition(",")[0] for each in annotations]
    assert places == [site.url(path) for path in ("/a", "/c", "/b")]


async def test_a_page_that_has_no_room_for_all_has_what_is_newly_broken(
    site: Site, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portrait, "MOST_FINDINGS", 2)
    site.links("/", "/a", "/b")
    await night.crawl(site.url(), day=0)
    site.links("/", "/a", "/b", "/c")
    await night.crawl(site.url(), day=1)

    html = await night.report("html")

    plain = html.partition('<div id="new">')[2].partition("</noscript>")[0]
    assert re.findall(">(/[a-z])</a>", plain) == ["/c"]
    assert html.index("The page has 2 of 3:") < html.index('<div id="list">')


async def test_what_changed_leaves_less_room_for_what_is_broken(site: Site, night: Night) -> None:
    site.page("/", "home")
    await night.crawl(site.url(), day=0)
    names = [f"/{number}/{'x' * 700}" for number in range(120)]
    site.links("/", *names)
    for number, path in enumerate(names[:60]):
        site.page(path, "new", status=200 if number < 30 else 403)
    await night.crawl(site.url(), day=1)

    said = await night.report("markdown")

    assert said.count("\n- `and 10 more`\n") == 2
    assert 55_000 < len(said) < 60_500
