"""Promises about the links of an HTML document: which there are, and with what text."""

import pytest

from crawler.document import Link, Signs
from crawler.parse.references import MOST, References
from crawler.urls import Resolver, url_id
from tests.html import URL, here, only, places, read


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
        pytest.param(
            '<script type=application/json>{"url": "http://x.test/"}</script>', [], id="in data"
        ),
        pytest.param(
            "<svg><use href=x xlink:href=y></use></svg>",
            ["svg use href /a/x"],
            id="href first",
        ),
        pytest.param("<svg><use xlink:href=#x></use></svg>", [], id="a part of the drawing"),
        pytest.param("<img src=x usemap=y>", ["img src /a/x"], id="a map is named behind a #"),
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


@pytest.mark.parametrize("blank", ["{{ url }}", "/t/{{t}}/", "${url}", "<%= url %>", "[[url]]"])
def test_a_url_that_a_script_has_yet_to_fill_in_is_none(blank: str) -> None:
    link = f'<a href="{blank}">x</a><img src="{blank}" alt=x><p style="background: url({blank})">'
    nested = f"<template><noscript>{link}</noscript><template>{link}</template></template>"

    assert places(f"<template>{link}<a href=b></a></template>{nested}") == ["a href /a/b"]
    assert len(places(link)) >= 2


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


@pytest.mark.parametrize(
    "rel",
    [
        *("pingback", "webmention", "micropub", "token_endpoint", "authorization_endpoint"),
        *("indieauth-metadata", "Webmention PINGBACK", "microsub", "hub", "openid2.provider"),
    ],
)
def test_where_programs_write_to_is_no_document(rel: str) -> None:
    assert not places(f"<link rel='{rel}' href='/xmlrpc.php'>")
    assert places(f"<link rel='{rel} alternate' href='/xmlrpc.php'>")
    assert places(f"<a rel='{rel}' href='/xmlrpc.php'>x</a>")


@pytest.mark.parametrize("rel", ["schema.DC", "schema.dcterms", "profile"])
def test_the_name_of_a_vocabulary_is_no_document(rel: str) -> None:
    assert not places(f"<link rel='{rel}' href='http://purl.test/dc/elements/1.1/'>")


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
    assert document.targets == {url_id(here("c")): here("c")}


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


@pytest.mark.slow
def test_no_more_than_fifty_thousand_links_of_a_document_are_read() -> None:
    document = read("".join(f"<a href={number}>" for number in range(MOST + 1)) + "<a href=7>")

    assert len(document.links) == MOST
    assert document.links[7].occurrences == 2


def test_what_stands_on_no_line_keeps_no_line_from_others() -> None:
    found = References(Resolver(), URL, b'\n<a href="x">')

    found.add_unwritten("header link", "x")
    found.add("a href", "x", str)

    assert [link.line for link in found.document(Signs(), ()).links] == [None, 2]
