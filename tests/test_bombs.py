"""No text keeps a parser busy for long, whatever is in it."""

import resource
import sys
import time

import pytest

from crawler.document import Link
from crawler.engine import outcome
from crawler.engine.parsing import ParserLostError, ParserPool
from crawler.engine.reader import Reader
from crawler.parse import references
from crawler.parse.gate import TooComplexError, check_html
from crawler.parse.reading import Task
from tests.bombs import HTML, KINDS, Make, again, counted
from tests.night import Night
from tests.parsers import LITTLE, put_in_place
from tests.site import Site

SIZE = 128 * 1024
# Of the processor's time, not the clock's: a busy machine fails no test.
SECONDS_A_KIB = 0.03


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "bomb"),
    [
        pytest.param(kind, bomb, id=f"{kind}: {bomb}")
        for kind in KINDS
        for bomb in KINDS[kind].bombs
    ],
)
def test_a_bomb_takes_the_time_of_its_size(kind: str, bomb: str) -> None:
    text = KINDS[kind].bombs[bomb](SIZE)

    started = time.process_time()
    KINDS[kind].parse(text)

    assert time.process_time() - started < SECONDS_A_KIB * len(text) / 1024


@pytest.mark.parametrize(
    "bomb",
    [
        *(
            "depth",
            "depth of links",
            "depth and its end",
            "adopted",
            "attributes",
            "links in links",
        ),
        *("depth behind a drawing", "depth in a drawing's text", "depth behind HTML in a drawing"),
        *("depth behind a text in a drawing", "depth behind HTML of a slash"),
        *("depth in HTML in a drawing", "depth behind a left drawing", "depth behind a formula"),
        *("depth in a formula's text", "depth behind HTML in a formula"),
        "depth behind a drawing in a formula",
        "slashes in a drawing",
    ],
)
def test_a_page_that_is_a_bomb_is_refused_before_it_is_parsed(bomb: str) -> None:
    with pytest.raises(TooComplexError):
        check_html(HTML.bombs[bomb](2**20).encode())


@pytest.mark.slow
@pytest.mark.parametrize(
    "page",
    [
        pytest.param(again("<div><p>x</div>"), id="many elements"),
        pytest.param(again("<p>x<li>y<tr><td>z"), id="elements that end by themselves"),
        pytest.param(again("<!-- <div> -->"), id="comments"),
        pytest.param(again("x", '<img src="data:', '">'), id="a picture in an attribute"),
        pytest.param(again("x", "<img src=data:image/png;base64,", " alt=x>"), id="without quotes"),
        pytest.param(again("for(i=0;i<n;i++)f('<div>');", "<script>"), id="a script"),
        pytest.param(again("i<n;", "<p><STYLE>", "</STYLE>"), id="a style of comparisons"),
        pytest.param(again("x "), id="a text without an element"),
        pytest.param(again("<br><img>"), id="elements that have no end"),
        pytest.param(lambda size: "<div>" * 1500 + "<p>x</p>" * (size // 8), id="a deep page"),
        pytest.param(counted("<a href=%d>x"), id="many links"),
        pytest.param(again('<path d="M1,1" />', "<svg>", "</svg>"), id="a drawing"),
        pytest.param(
            again("<svg><title>x</title><svg/><g><path d=M1 /></g><use/></svg>"), id="many drawings"
        ),
        pytest.param(again("<mi>x</mi><mspace/><mi/>", "<math>", "</math>"), id="a formula"),
        pytest.param(
            again(
                "<foreignObject><div><p>x<br></p><svg><g/></svg></div></foreignObject><rect/><g/>",
                "<svg>",
                "</svg>",
            ),
            id="HTML in a drawing",
        ),
    ],
)
def test_a_page_that_is_only_large_is_parsed(page: Make) -> None:
    check_html(page(2**20).encode())


@pytest.mark.parametrize("unit", ["<LI><A HREF=x>y</A>", "<TR><TD>x", "<P><DIV>x</div>"])
def test_a_large_page_in_capitals_is_parsed(unit: str) -> None:
    check_html((unit * 10_000).encode())


async def test_a_small_page_of_many_tags_holds_up_nobody() -> None:
    body = ("<a href=x><object>" * 900).encode()
    assert len(body) <= 16 * 1024 + 256

    async with ParserPool() as pool:
        await Reader(pool).read(Task(body[: 16 * 1024], "http://a.test/", "text/html", follow=True))

        assert len(pool._processes) == 1, "it was parsed in the event loop"


async def test_what_a_parser_process_refuses_is_refused_here() -> None:
    body = HTML.bombs["depth"](2**20).encode()

    async with ParserPool() as pool:
        with pytest.raises(TooComplexError):
            await pool.parse(Task(body, "http://a.test/", "text/html", follow=True))

        assert len(pool._processes) == 1, "the process was lost"


async def test_a_host_that_loses_us_parsers_is_not_parsed_for_ever() -> None:
    def page(host: str) -> Task:
        return Task(b"x" * 20_000, f"http://{host}.test/", "text/html", follow=True)

    async with ParserPool() as pool:
        await pool.parse(page("good"))
        pool._patience = -10.0  # so that no parser is soon enough
        reader = Reader(pool)
        for _ in range(5):
            with pytest.raises(ParserLostError, match="over http://evil"):
                await reader.read(page("evil"))

        with pytest.raises(ParserLostError, match="left for http://evil"):
            await reader.read(page("evil"))
        with pytest.raises(ParserLostError, match="over http://other"):
            await reader.read(page("other"))


@pytest.mark.skipif(sys.platform != "linux", reason="only there it can be seen from outside")
async def test_a_parser_may_not_have_all_the_memory() -> None:
    async with ParserPool() as pool:
        await pool.parse(Task(b"<a href=x>", "http://a.test/", "text/html", follow=True))
        pid = pool._processes[0]._process.pid

        assert resource.prlimit(pid, resource.RLIMIT_AS) == (2**30, 2**30)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="not every system keeps such a limit")
async def test_a_page_that_wants_all_the_memory_costs_that_page_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put_in_place(monkeypatch, LITTLE)
    small = Task(b"<a href=x>" + b"x" * 20_000, "http://a.test/", "text/html", follow=True)

    async with ParserPool() as pool:
        await pool.parse(small)
        with pytest.raises(ParserLostError):
            await pool.parse(small._replace(body=b"<br id=a>" * 800_000))
        reading = await pool.parse(small)

    assert reading is not None
    assert len(reading.links) == len(Link._fields)


async def test_of_a_flood_of_links_the_first_are_read_and_that_is_noted(
    site: Site, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(references, "MOST", 3)
    monkeypatch.setattr(outcome, "MOST", 3)
    site.links("/", *"abcdef")

    await night.crawl(site.url())

    assert night.rows("SELECT kind, detail FROM notes") == [("links", "only the first 3 are read")]
    assert site.counts.keys() == {"/", "/a", "/b", "/c"}
