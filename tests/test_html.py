"""Promises about whole HTML documents: what they say of themselves; and none breaks the reader."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.document import Document, Signs
from crawler.parse.visible import visible_text
from tests.html import read


@pytest.mark.parametrize(
    ("source", "title"),
    [
        pytest.param("<title> A \n title &amp; more </title>", "A title & more", id="blanks"),
        pytest.param("<title>" + "x" * 500, "x" * 300, id="long"),
        pytest.param("<title></title>", "", id="empty"),
        pytest.param("<title>A</title><svg><title>B</title></svg>", "A", id="a drawing's"),
        pytest.param("<h1>x</h1>", None, id="none"),
        pytest.param("", None, id="nothing at all"),
    ],
)
def test_a_document_has_its_title(source: str, title: str | None) -> None:
    assert read(source).signs.title == title


def test_the_text_of_a_page_is_what_it_shows() -> None:
    page = b"""<title>a</title><style>b</style><h1>C</h1>d<b>e</b>
        <script>f</script><noscript>g</noscript><template>h</template><p>i"""

    assert visible_text(page, "text/html") == "C d e i"
    assert visible_text(b"", "text/html") == ""


def test_of_a_leaf_only_title_and_anchors_are_read() -> None:
    document = read("<title>T</title><h1 id=x><a href=c>c</a></h1>", follow=False)

    assert document == Document(Signs("T", "c"), [], ["x"], {}.keys(), {})


@pytest.mark.parametrize(
    ("source", "is_drawn"),
    [
        ("<div id=app></div><script src=x></script>", True),
        ("<DIV CLASS='x' ID = 'root' >Loading</DIV><SCRIPT>draw()</SCRIPT>", True),
        ('<main id="__nuxt"><script src=x></script></main>', True),
        ("<body id=svelte><script src=x></script>", True),
        (f"<div id=app>{'x' * 199}</div><script src=x></script>", True),
        (f"<div id=app>{'x' * 200}</div><script src=x></script>", False),
        (f"<div id=app></div><script>{'x' * 200}</script><style>{'x' * 200}</style>", True),
        (f"<div id=app></div><script src=x></script><noscript>{'x' * 200}</noscript>", True),
        ("<div id=app></div>" + "<a name=x>" * 9 + "<script src=x></script>", True),
        ("<div id=app></div><p id=a><p id=b><p id=c><p id=d><script src=x></script>", True),
        (
            "<div id=app></div><p id=a><p id=b><p id=c><p id=d><p id=e><script src=x></script>",
            False,
        ),
        ("<div id=app></div>", False),
        ("<div id=application>x</div><script src=x></script>", False),
        ("<section id=app>x</section><script src=x></script>", False),
        ("<app-root>Loading</app-root><script src=x></script>", True),
        ("<title>T</title><noscript>Without scripts...</noscript><script src=x></script>", True),
        ("<app-shell></app-shell><canvas></canvas><script src=x></script>", True),
        ("<img src=x><script src=x></script>", False),
        ("<frameset><frame src=x></frameset><script src=x></script>", False),
        ("<meta http-equiv=Refresh content='0;url=x'><script src=x></script>", False),
        (f"<div id=app></div><script>{'x' * 64 * 1024}</script>", False),
    ],
)
def test_a_page_that_is_an_empty_stage_is_drawn_by_a_script(source: str, *, is_drawn: bool) -> None:
    assert read(source).signs.drawn == is_drawn


@pytest.mark.parametrize(
    "stage",
    [
        pytest.param("<redoc spec-url='/api.json'></redoc>", id="Redoc"),
        pytest.param("<div id=redoc-container></div>", id="Redoc, called by a script"),
        pytest.param('<div id="redoc"></div>', id="Redoc, bundled"),
        pytest.param("<div id='swagger-ui'></div>", id="Swagger UI"),
        pytest.param("<rapi-doc\nspec-url=/api.json></rapi-doc>", id="RapiDoc"),
        pytest.param("<elements-api apiDescriptionUrl=/api.json />", id="Stoplight"),
        pytest.param('<script id="api-reference" data-url="/api.json"></script>', id="Scalar"),
    ],
)
def test_the_page_of_an_api_is_drawn_by_a_script_unless_it_was_before(stage: str) -> None:
    page = f"{stage}<script src=x></script>"

    assert read(page).signs.drawn
    assert not read(f"{page}<p>{'x' * 200}").signs.drawn


@pytest.mark.parametrize("name", ["redocs", "my-redoc", "rapi-doc-mini", "script"])
def test_an_element_of_another_name_is_no_stage(name: str) -> None:
    assert not read(f"<{name}></{name}>x<script src=x></script>").signs.drawn


@pytest.mark.parametrize("follow", [True, False])
@pytest.mark.parametrize(("places", "said"), [(0, "for sale"), (100, "for sale"), (101, None)])
def test_a_domain_is_for_sale_where_a_page_leads_to_little_else(
    places: int, said: str | None, *, follow: bool
) -> None:
    others = "".join(f"<a href={number}>" for number in range(places))

    document = read(f"<p>This Domain is for sale!{others}", follow=follow)

    assert document.signs.parked == said


PIECES = [
    *(
        "<a href=",
        "<a href",
        "<img srcset='",
        "<base href=",
        "</a>",
        "<p id=",
        "<template>",
        "<svg>",
    ),
    *(
        "'",
        '"',
        ">",
        "<",
        "&amp;",
        "&#xD800;",
        "&#0;",
        "&",
        "\0",
        "\n",
        " ",
        "x",
        "#",
        "//[",
        "<!--",
    ),
]


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join)))
def test_no_document_breaks_the_reader(source: str) -> None:
    document = read(source)

    assert {link.target_id for link in document.links} == document.targets.keys()
    assert len({(li.target_id, li.fragment, li.kind) for li in document.links}) == len(
        document.links
    )
    for link in document.links:
        assert link.occurrences >= 1
        assert link.line is None or 1 <= link.line <= source.count("\n") + 1
        assert (link.href + link.text + link.fragment).encode("utf-8") is not None
    for anchor in document.anchors:
        assert anchor.encode("utf-8")


@pytest.mark.slow
def test_a_page_of_many_odd_links_takes_no_longer_than_its_length() -> None:
    started = time.process_time()

    read("".join(f"<a href=/x?a&amp;b={number}>x</a>\n" for number in range(20_000)))

    assert time.process_time() - started < 5


@pytest.mark.slow
def test_templates_beside_attributes_for_scripts_take_no_longer_than_others() -> None:
    def seconds(attribute: str) -> float:
        started = time.process_time()
        read(f"<template><p {attribute}=1 {attribute}=2></template>" * 3000)
        return time.process_time() - started

    assert seconds("data-x") < 5 * seconds("data_x")
