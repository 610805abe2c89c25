"""Ten nights of one site: each names what happened on it and nothing else."""

from collections.abc import Callable

import pytest

from crawler.cli.status import status_of
from crawler.report.changes import changes_report
from crawler.store.findings import open_findings
from tests.night import Night
from tests.site import Site

pytestmark = pytest.mark.slow

BODY = " ".join(f"word{number} of a page about things" for number in range(40))
SPAM = " ".join(f"cheap{number} pills in our casino" for number in range(40))


class Story:
    """The site, as it was on the first night; each further night changes it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.links = ["/a", "/b", "/c", "/doc#one", "/doc#two"]
        self.far = [site.external("/far#x"), site.external("/flap")]
        site.links("/a", "/a/deep")
        for path in ("/a/deep", "/b", "/c"):
            site.page(path, BODY)
        self.document("one", "two")
        self.elsewhere("Docs", BODY)
        site.page("/flap", BODY)
        site.robots("")
        self.home()

    def home(self) -> None:
        self.site.links("/", *self.links, *self.far)

    def document(self, *anchors: str) -> None:
        self.site.page("/doc", "".join(f'<h2 id="{name}">{name}</h2>' for name in anchors))

    def elsewhere(self, title: str, body: str) -> None:
        self.site.page("/far", f'<title>{title}</title><p id="x">{body}</p>')

    def plant(self) -> None:
        self.links.append("/gone")
        self.home()

    def heal(self) -> None:
        self.site.page("/gone", BODY)

    def flap(self) -> None:
        self.site.page("/flap", status=500)

    def move(self) -> None:
        self.site.page("/flap", BODY)
        self.site.redirect("/b", "/b2", 301)
        self.site.page("/b2", BODY)

    def rename(self) -> None:
        self.document("uno", "two")
        self.flap()

    def hijack(self) -> None:
        self.links[3] = "/doc#uno"
        self.home()
        self.elsewhere("Win big", SPAM)
        self.site.page("/flap", BODY)

    def down(self) -> None:
        self.site.page("/", status=500)

    def bar(self) -> None:
        self.home()
        self.site.robots("User-agent: *\nDisallow: /a")
        self.site.page("/c", status=404)

    def back(self) -> None:
        self.site.robots("")
        self.site.page("/c", BODY)


def said(site: Site) -> list[tuple[Callable[[Story], None] | None, int, int, list[str]]]:
    """Return what each night does, its exit status by `--fail-on` new and broken, and its diff."""
    home = site.url()

    def inside(path: str) -> str:
        return site.url(path)

    flaky = ["Flaky:", f"  {site.external('/flap')}"]
    failing = ["Failing, for a passing reason:", f"  500  {site.external('/flap')}"]
    return [
        (Story.plant, 1, 1, [*newly("404", inside("/gone"), f"{home}:6  a href “/gone”")]),
        (
            Story.heal,
            0,
            0,
            [
                "Fixed:",
                f"  mended  {inside('/gone')} (was 404)  {home}:6",
                *("New pages:", f"  {inside('/gone')}"),
            ],
        ),
        (Story.flap, 0, 0, failing),
        (
            Story.move,
            0,
            0,
            [
                *("New pages:", f"  {inside('/b2')}"),
                *("Lost pages:", f"  moved  {inside('/b')} to {inside('/b2')}"),
            ],
        ),
        (
            Story.rename,
            1,
            1,
            [
                *newly("fragment", inside("/doc#one"), f"{home}:4  a href “/doc#one”"),
                *failing,
                *flaky,
                "Lost anchors:",
                f"  {inside('/doc#one')}, linked from {home}:4",
            ],
        ),
        (
            Story.hijack,
            0,
            0,
            [
                *("Fixed:", f"  unlinked  {inside('/doc#one')} (was fragment)  {home}:4"),
                *flaky,
                "Another page than before:",
                f'  {site.external("/far")}  the title was "Docs" and is "Win big"',
            ],
        ),
        (Story.down, 3, 3, ["Failing, for a passing reason:", f"  500  {home}"]),
        (
            Story.bar,
            1,
            1,
            [
                *newly("404", inside("/c"), f"{home}:3  a href “/c”"),
                "Lost pages:",
                f"  robots  {inside('/a')}",
                f"  unlinked  {inside('/a/deep')}",
                f"  404  {inside('/c')}",
            ],
        ),
        (
            Story.back,
            0,
            0,
            [
                *("Fixed:", f"  mended  {inside('/c')} (was 404)  {home}:3"),
                *("New pages:", *(f"  {inside(path)}" for path in ("/a", "/a/deep", "/c"))),
            ],
        ),
        (None, 0, 0, ["Nothing changed."]),
    ]


def newly(reason: str, place: str, link: str) -> list[str]:
    return ["Newly broken:", f"  {reason}  {place}", f"      {link}"]


async def test_each_night_names_what_happened_and_nothing_else(site: Site, night: Night) -> None:
    story = Story(site)
    summary = await night.crawl(site.url(), day=0)
    assert (status_of(summary, "broken"), night.broken()) == (0, set())

    for day, (happens, new, broken, expected) in enumerate(said(site), 1):
        if happens is not None:
            happens(story)
        summary = await night.crawl(site.url(), day=day)

        async with open_findings(night.db) as findings:
            span = await findings.span(None, None)
            lines = [line async for line in changes_report(findings, span)]
        assert [line for line in lines[1:] if line] == expected, f"night {day + 1}"
        assert (status_of(summary, "new"), status_of(summary, "broken")) == (new, broken)
