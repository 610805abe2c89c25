"""Promises about the links and anchors of an HTML document."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.document import Document, Link, Signs
from crawler.parse.references import LONGEST_NAME, MOST, References
from crawler.parse.visible import visible_text
from crawler.urls import Resolver, resolve, url_id
from tests.html import URL, only, places, read


@pytest.mark.parametrize(
    ("element", "found"),
    [
        pytest.param("<a href=x>x</a>", ["a href /a/x"], id="a"),
        pytest.param("<map><area href=x></map>", ["area href /a/x"], id="area"),
        pytest.param("<link rel=stylesheet href=x>", ["link href /a/x"], id="link"),
        pytest.param("<link rev=made href=x@y.test>", [], id="a link that is for nothing"),
        pytest.param("<img src=x>", ["img src /a/x"], id="img"),
        pytest.param(
            "<img src=x srcset='y 1x, z 2x'>",
            ["img src /a/x", "img srcset /a/y", "img srcset /a/z"],
            id="img srcset",
        ),
        pytest.param(
            "<picture><source srcset='x, y 2x'></picture>",
            ["source srcset /a/x", "source srcset /a/y"],
            id="source srcset",
        ),
        pytest.param("<video><source src=x></video>", ["source src /a/x"], id="source"),
        pytest.param("<script src=x></script>", ["script src /a/x"], id="script"),
        pytest.param("<svg><script href=x></svg>", ["svg script href /a/x"], id="script of SVG"),
        pytest.param("<script href=x></script><p href=y a>", [], id="script without src"),
        pytest.param("<iframe src=x></iframe>", ["iframe src /a/x"], id="iframe"),
        pytest.param(
            "<video src=x poster=y></video>",
            ["video src /a/x", "video poster /a/y"],
            id="video",
        ),
        pytest.param("<audio src=x></audio>", ["audio src /a/x"], id="audio"),
        pytest.param("<video><track src=x></video>", ["track src /a/x"], id="track"),
        pytest.param("<embed src=x>", ["embed src /a/x"], id="embed"),
        pytest.param("<object data=x></object>", ["object data /a/x"], id="object"),
        pytest.param("<form action=x></form>", ["form action /a/x"], id="form"),
        pytest.param("<form action=x method=GET></form>", ["form action /a/x"], id="form GET"),
        pytest.param("<form action=x method=' post '></form>", [], id="form POST"),
        pytest.param("<form action=x method=dialog></form>", [], id="form dialog"),
        pytest.param("<div href=x src=y></div>", [], id="an element without links"),
        pytest.param("<a>x</a><a name=y>y</a>", [], id="a without href"),
        pytest.param("<a href>x</a>", ["a href /a/b.html"], id="an empty href is the page"),
        pytest.param("<img src=''><script src></script>", [], id="an empty src is nothing"),
        pytest.param("<a href='mailto:x@y'>x</a><img src='data:,x'>", [], id="nothing of the web"),
        pytest.param("<a href='//['>x</a>", ["a href //["], id="invalid"),
        pytest.param("<!-- <a href=x>x</a> -->", [], id="in a comment"),
        pytest.param("<template><a href=x>x</a></template>", ["a href /a/x"], id="in a template"),
        pytest.param("<noscript><a href=x>x</a></noscript>", ["a href /a/x"], id="in a noscript"),
        pytest.param("<script>'<a href=x>x</a>'</script>", [], id="in a script"),
        pytest.param("<textarea><a href=x>x</a></textarea>", [], id="in a text"),
        pytest.param("<A HREF=X>x", ["a href /a/X"], id="upper case, never closed"),
    ],
)
def test_every_reference_has_its_kind_and_target(element: str, found: list[str]) -> None:
    assert places(element) == found


@pytest.mark.parametrize(
    ("attribute", "is_read"),
    [
        ("", True),
        ("type", True),
        ("type=TEXT/css", True),
        ("type=text/tailwindcss", False),
        ("type='text/css; charset=utf-8'", False),
    ],
)
def test_a_style_of_another_type_is_for_a_script(attribute: str, *, is_read: bool) -> None:
    assert bool(places(f"<style {attribute}>b {{ c: url(x) }}</style>")) is is_read


@pytest.mark.parametrize(
    ("rel", "followed"),
    [
        ("preconnect", False),
        ("dns-prefetch Preconnect", False),
        ("preconnect stylesheet", True),
        ("prefetch", True),
        ("", True),
    ],
)
def test_a_link_that_only_opens_a_connection_names_no_document(rel: str, *, followed: bool) -> None:
    assert bool(places(f"<link rel='{rel}' href='//x.test/'>")) is followed


def test_a_link_is_kept_as_it_was_written_and_as_it_is_read() -> None:
    link = only("\n\n<p>see <a\n href='../c?x=1&amp;y=2#d'> the \n <b>new</b> page </a>")

    url = "https://example.org/c?x=1&y=2"
    assert link == Link(url_id(url), "d", "a href", "../c?x=1&y=2#d", "the new page", 4, 1)


def test_references_of_one_kind_to_one_place_are_one_link() -> None:
    document = read("""<a href="c">first</a>
        <a href="c">second</a> <a href="/a/c">third</a> <a href="c#d">another place</a>
        <img src="c"> <a href="c">fourth</a>""")

    assert [(link.kind, link.fragment, link.occurrences) for link in document.links] == [
        ("a href", "", 4),
        ("a href", "d", 1),
        ("img src", "", 1),
    ]
    assert (document.links[0].text, document.links[0].href) == ("first", "c")
    assert document.targets == {url_id(_here("c")): _here("c")}


def _here(reference: str) -> str:
    target = resolve(URL, reference)
    assert target is not None
    return target.url


@pytest.mark.parametrize(
    ("element", "text"),
    [
        pytest.param("<a href=c>  a <i>b</i>\n c </a>", "a b c", id="blanks"),
        pytest.param("<a href=c>wo<b>rd</b></a>", "word", id="a part in bold"),
        pytest.param("<a href=c><h3>Head</h3><p>text</p></a>", "Head text", id="blocks"),
        pytest.param("<a href=c><style>b{}</style><i>a</i> b</a>", "a b", id="a style"),
        pytest.param("<a href=c>a<script>b</script> c</a>", "a c", id="a script"),
        pytest.param("<a href=c><svg><title>T</title></svg>a</a>", "a", id="a drawing's title"),
        pytest.param("<a href=c> <svg> <title>T</title></svg></a>", "T", id="only its title"),
        pytest.param("<a href=c> <style>b{}</style><img alt=A></a>", "A", id="a style, a picture"),
        pytest.param("<a href=c aria-label=A title=T><i> </i></a>", "A", id="a label"),
        pytest.param("<a href=c title=T></a>", "T", id="a title of its own"),
        pytest.param("<a href=c>&lt;x&gt; &uuml;</a>", "<x> ü", id="entities"),
        pytest.param("<a href=c></a>", "", id="none"),
        pytest.param("<a href=c>" + "x" * 500 + "</a>", "x" * 120, id="long"),
        pytest.param("<img src=c alt='A  map' title=t>", "A map", id="alt"),
        pytest.param("<img src=c alt='' title='A map'>", "A map", id="title"),
        pytest.param("<iframe src=c title=frame>inner</iframe>", "frame", id="iframe"),
        pytest.param("<script src=c></script>", "", id="script"),
    ],
)
def test_a_link_has_the_text_that_a_reader_sees(element: str, text: str) -> None:
    assert only(element).text == text


def test_a_long_reference_is_kept_in_part() -> None:
    long = "c?" + "x" * 5000

    document = read(f'<a href="{long}">x</a>')

    assert document.links[0].href == long[:2048]
    assert document.targets[document.links[0].target_id] == f"https://example.org/a/{long}"


def test_a_long_name_is_kept_in_part_by_the_anchor_and_by_the_link_alike() -> None:
    kept = "ü" * LONGEST_NAME, "x" * 2400

    document = read(f"""<p id="{kept[0]}"><p id="{kept[1]}"><p id="{kept[1]}x"><p id="{kept[1]}y">
        <a href="#{kept[1]}">x</a> <a href="#{kept[1]}x">y</a> <p id="{kept[0]}üü">""")

    assert document.anchors == [*kept, f"{kept[0]}üü"]
    assert [(link.fragment, link.occurrences) for link in document.links] == [(kept[1], 2)]


@pytest.mark.slow
def test_no_more_than_fifty_thousand_links_of_a_document_are_read() -> None:
    document = read("".join(f"<a href={number}>" for number in range(MOST + 1)) + "<a href=7>")

    assert len(document.links) == MOST
    assert document.links[7].occurrences == 2


def test_what_stands_on_no_line_keeps_no_line_from_others() -> None:
    found = References(Resolver(), URL, '\n<a href="x">')

    found.add_unwritten("header link", "x")
    found.add("a href", "x", str)

    assert [link.line for link in found.document(Signs(), ()).links] == [None, 2]


@pytest.mark.parametrize(
    ("buttons", "found"),
    [
        ("<button formaction=x>", ["button formaction"]),
        ("<button type=submit formaction=x>", ["button formaction"]),
        ("<button type=RESET formaction=x>", []),
        ("<button type=button formaction=x>", []),
        ("<input type=SUBMIT formaction=x>", ["input formaction"]),
        ("<input type=image formaction=x>", ["input formaction"]),
        ("<input type=text formaction=x><input formaction=x>", []),
        ("<p type=submit formaction=x>", []),
    ],
)
def test_only_what_sends_a_form_leads_somewhere(buttons: str, found: list[str]) -> None:
    assert [link.kind for link in read(f"<form>{buttons}</form>").links] == found


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
        ("<div id=application></div><script src=x></script>", False),
        ("<section id=app></section><script src=x></script>", False),
        (f"<div id=app></div><script>{'x' * 64 * 1024}</script>", False),
    ],
)
def test_a_page_that_is_an_empty_stage_is_drawn_by_a_script(source: str, *, is_drawn: bool) -> None:
    assert read(source).signs.drawn == is_drawn


def test_the_text_of_a_page_is_what_it_shows() -> None:
    page = b"""<title>a</title><style>b</style><h1>C</h1>d<b>e</b>
        <script>f</script><noscript>g</noscript><template>h</template><p>i"""

    assert visible_text(page, "text/html") == "C d e i"
    assert visible_text(b"", "text/html") == ""


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

    assert list(document.targets.values()) == ["https://example.org/v2/c", _here("c")]
    assert document.anchors == []


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


def test_a_bare_fragment_is_relative_to_the_base_too() -> None:
    document = read("<base href='/v2/'><a href='#d'>x</a>")

    assert document.targets == {url_id("https://example.org/v2/"): "https://example.org/v2/"}
    assert document.links[0].fragment == "d"


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
    ],
)
def test_anchors_are_the_ids_and_the_names_of_a(source: str, anchors: list[str]) -> None:
    assert read(source).anchors == anchors


@pytest.mark.parametrize("element", ["iframe src=/gtm height=0", "textarea", "title", "!-- x"])
def test_what_is_never_closed_in_a_noscript_ends_with_it(element: str) -> None:
    document = read(f"<noscript><{element}></noscript><h2 id=x>X</h2><a href=c>c</a>")

    assert document.anchors == ["x"]
    assert _here("c") in document.targets.values()


def test_of_a_leaf_only_title_and_anchors_are_read() -> None:
    document = read("<title>T</title><h1 id=x><a href=c>c</a></h1>", follow=False)

    assert document == Document(Signs("T", "c"), [], ["x"], {}.keys(), {})


@pytest.mark.parametrize(
    ("source", "title"),
    [
        pytest.param("<title> A \n title &amp; more </title>", "A title & more", id="blanks"),
        pytest.param("<title>" + "x" * 500, "x" * 300, id="long"),
        pytest.param("<title></title>", "", id="empty"),
        pytest.param("<h1>x</h1>", None, id="none"),
        pytest.param("", None, id="nothing at all"),
    ],
)
def test_a_document_has_its_title(source: str, title: str | None) -> None:
    assert read(source).signs.title == title


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


@pytest.mark.parametrize("follow", [True, False])
@pytest.mark.parametrize(("places", "said"), [(0, "for sale"), (100, "for sale"), (101, None)])
def test_a_domain_is_for_sale_where_a_page_leads_to_little_else(
    places: int, said: str | None, *, follow: bool
) -> None:
    others = "".join(f"<a href={number}>" for number in range(places))

    document = read(f"<p>This Domain is for sale!{others}", follow=follow)

    assert document.signs.parked == said
