"""Promises about the anchors and sections of an HTML document, and the base of its references."""

import pytest

from crawler.parse.references import LONGEST_NAME
from crawler.urls import url_id
from tests.html import URL, here, only, places, read


@pytest.mark.parametrize(
    ("source", "anchors"),
    [
        pytest.param("<p id=x><h1 id=Y></h1>", ["x", "Y"], id="ids"),
        pytest.param("<a name=x></a><a name=x id=x></a>", ["x"], id="names, each once"),
        pytest.param("<a id=x name=y></a>", ["x", "y"], id="both"),
        pytest.param("<p name=x><map name=y></map><meta name=z>", [], id="names of others"),
        pytest.param("<p id=''><a name></a>", [], id="empty"),
        pytest.param("<p id='a b'><p id='&uuml;'>", ["a b", "ü"], id="any text"),
        pytest.param("<svg><g id=x></g></svg>", ["x"], id="in a drawing"),
        pytest.param("<template><p id=x></template>", [], id="in a template"),
        pytest.param("<noscript><p id=x></noscript>", [], id="in a noscript"),
        pytest.param("<!-- <p id=x> -->", [], id="in a comment"),
        pytest.param("<script>'<p id=x>'</script>", [], id="in a script"),
        pytest.param(
            "<pre class='prettyprint source linenums'><code>a\nb</code></pre>",
            ["line1", "line2"],
            id="lines that JSDoc's script numbers",
        ),
        pytest.param("<pre class=linenums>a\nb</pre>", [], id="lines that nobody numbers"),
        pytest.param(
            """<script type="application/json" data-target="react-partial.embeddedData">
            {"richText":"\\u003ch1 id=\\"user-content-größe\\"\\u003e\\u003cp id=\\"x\\""}
            </script>""",
            ["user-content-größe"],
            id="headings that GitHub's script draws",
        ),
    ],
)
def test_anchors_are_the_ids_and_the_names_of_a(source: str, anchors: list[str]) -> None:
    assert read(source).anchors == anchors


def test_a_long_name_is_kept_in_part_by_the_anchor_and_by_the_link_alike() -> None:
    kept = "ü" * LONGEST_NAME, "x" * 2400

    document = read(f"""<p id="{kept[0]}"><p id="{kept[1]}"><p id="{kept[1]}x"><p id="{kept[1]}y">
        <a href="#{kept[1]}">x</a> <a href="#{kept[1]}x">y</a> <p id="{kept[0]}üü">""")

    assert document.anchors == [*kept, f"{kept[0]}üü"]
    assert [(link.fragment, link.occurrences) for link in document.links] == [(kept[1], 2)]


@pytest.mark.parametrize("element", ["iframe src=/gtm height=0", "textarea", "title", "!-- x"])
def test_what_is_never_closed_in_a_noscript_ends_with_it(element: str) -> None:
    document = read(f"<noscript><{element}></noscript><h2 id=x>X</h2><a href=c>c</a>")

    assert document.anchors == ["x"]
    assert here("c") in document.targets.values()


def test_a_map_is_a_place_for_the_image_that_uses_it() -> None:
    document = read(
        "<base href='/v2/'><img src=i usemap='#m'><map name=m></map><img src=i usemap='#n'>"
    )

    assert [
        (link.fragment, document.targets[link.target_id])
        for link in document.links
        if link.kind == "img usemap"
    ] == [("m", URL), ("n", URL)]
    assert document.anchors == ["m"]


def test_a_document_in_an_attribute_has_a_base_and_places_of_its_own() -> None:
    inner = "<base href=/v2/><a href=c>c</a><a href=%23d>d</a><p id=e>".replace("%23", "#")

    document = read(f'<iframe srcdoc="{inner}"></iframe><a href=c>c</a>')

    assert list(document.targets.values()) == ["https://example.org/v2/c", here("c")]
    assert document.anchors == []


@pytest.mark.parametrize(
    ("source", "section"),
    [
        pytest.param("<h2 id=x>t</h2><p><a href=c>c</a>", "x", id="heading"),
        pytest.param("<section id=x><h2>t</h2><a href=c>c</a></section>", "x", id="section"),
        pytest.param("<div id=x> <h2>t</h2><a href=c>c</a></div>", "x", id="old section"),
        pytest.param("<dl><dt id=x>t<dd><a href=c>c</a></dl>", "x", id="definition"),
        pytest.param("<h2 id=x>t</h2><p id=y><a href=c>c</a>", "x", id="a paragraph is none"),
        pytest.param("<a href=c>c</a><h2 id=x>t</h2>", None, id="before the first"),
    ],
)
def test_a_link_has_the_section_that_it_stands_in(source: str, section: str | None) -> None:
    assert only(source).section == section


@pytest.mark.parametrize(
    ("base", "found"),
    [
        pytest.param("<base href='/v2/'>", "/v2/c", id="from the root"),
        pytest.param("<base href='v2/x.html?y#z'>", "/a/v2/c", id="relative"),
        pytest.param("<base href='//cdn.test'>", "https://cdn.test/c", id="another host"),
        pytest.param("<base target=_blank><base href='/1/'><base href='/2/'>", "/1/c", id="first"),
        pytest.param("<base href='data:,x'>", "/a/c", id="no place for documents"),
        pytest.param("<base href='//['>", "/a/c", id="invalid"),
        pytest.param("<base href>", "/a/c", id="empty"),
        pytest.param("<!-- <base href='/v2/'> -->", "/a/c", id="in a comment"),
        pytest.param("<template><base href='/v2/'></template>", "/a/c", id="in a template"),
        pytest.param("<noscript><base href='/v2/'></noscript>", "/a/c", id="in a noscript"),
    ],
)
def test_references_are_relative_to_the_base_element(base: str, found: str) -> None:
    assert places(f"<head>{base}</head><a href=c>x</a>") == [f"a href {found}"]


@pytest.mark.parametrize("tag", ["template", "noscript"])
def test_what_stands_aside_in_a_page_has_the_base_of_the_page(tag: str) -> None:
    inner = "<base href='/v3/'><a href=c>c</a>"

    assert places(f"<base href='/v2/'><{tag}>{inner}</{tag}>") == ["a href /v2/c"]


@pytest.mark.parametrize("style", ["<p style='{}'>", "<style>p {{ {} }}</style>"])
def test_what_a_style_takes_from_its_own_page_is_no_link(style: str) -> None:
    page = "<base href='/v2/'>" + style.format("filter: url(#x); b: url(c)")

    assert places(page) == ["style url /v2/c"]


def test_a_bare_fragment_is_relative_to_the_base_too() -> None:
    document = read("<base href='/v2/'><a href='#d'>x</a>")

    assert document.targets == {url_id("https://example.org/v2/"): "https://example.org/v2/"}
    assert document.links[0].fragment == "d"
