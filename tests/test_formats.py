"""Promises about the references in metadata, headers, feeds, manifests, sitemaps."""

import gzip
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.parse.document import Parser
from crawler.parse.feed import feed_references
from crawler.parse.gate import Format, format_of
from crawler.parse.headers import header_references, link_urls
from crawler.parse.import_map import import_map_references
from crawler.parse.json_ld import json_ld_references
from crawler.parse.manifest import is_manifest, manifest_references
from crawler.parse.metadata import meta_reference, refresh_of
from crawler.parse.reading import Task, read
from crawler.parse.sitemap import lines, locations, unpacked
from crawler.parse.xml import MOST

URL = "https://example.org/a/b"


@pytest.mark.parametrize(
    ("content", "url"),
    [
        ("0; url=/x", "/x"),
        ("0;URL = '/x' rest", "/x"),
        ('1.5 , "/x"', "/x"),
        ("0 /x", "/x"),
        ("0; /x", "/x"),
        (".5; url=x", "x"),
        ("\t\n\f\r 0\t\n\f\r ;\t\n\f\r url\t\n\f\r =\t\n\f\r x\ty ", "x\ty"),
        ("0\f/x", "/x"),
        ("0; url=/x\n/y", "/x\n/y"),
        ('0; url=" /x "', "/x"),
        ('0; url=""', None),
        ("; url=/x", None),
        ("5", None),
        ("5;", None),
        ("x; url=/x", None),
        ("0url=/x", None),
        ("", None),
        ("0; url=/x;y", "/x;y"),
    ],
)
def test_a_refresh_has_its_url(content: str, url: str | None) -> None:
    assert refresh_of(content) == url


@pytest.mark.parametrize(
    ("attributes", "found"),
    [
        ({"property": "og:image", "content": "http://x/y"}, "meta og:image http://x/y"),
        ({"property": "OG:url", "content": " //x/y "}, "meta og:url //x/y"),
        ({"name": "twitter:image", "content": "/y"}, "meta twitter:image /y"),
        (
            {"name": "msapplication-TileImage", "content": "tile.png"},
            "meta msapplication-tileimage tile.png",
        ),
        (
            {"name": " msapplication-TileImage ", "content": " tile.png "},
            "meta msapplication-tileimage tile.png",
        ),
        ({"name": "og:video:url", "content": "/y"}, "meta og:video:url /y"),
        ({"name": "og:image:alt", "content": "/y"}, None),
        ({"http-equiv": "Refresh", "content": "0; url=/y"}, "meta refresh /y"),
        ({"charset": "utf-8", "content": "http://x/y"}, None),
        ({"name": "msapplication-TileColor", "content": "/x"}, None),
        ({"property": "og:title", "content": "/r/x"}, None),
        ({"property": "og:site_name", "content": "Some http://x"}, None),
        ({"name": "description", "content": "http://x/y"}, None),
        ({"http-equiv": "refresh", "content": "3"}, None),
        ({"property": "og:image"}, None),
        ({"property": "og:image", "content": "a picture"}, None),
    ],
)
def test_metadata_refers_by_url(attributes: dict[str, str | None], found: str | None) -> None:
    reference = meta_reference(attributes)

    assert (reference and f"{reference.kind} {reference.url}") == found


@pytest.mark.parametrize(
    ("header", "urls"),
    [
        ('</x>; rel="next"', ["/x"]),
        ("</x>, </y>", ["/x", "/y"]),
        ('</x,y>; title="a, <b>; c"; rel=prev, </z>', ["/x,y", "/z"]),
        ("</x>; rel=preconnect, </y>; rel='x'", ["/y"]),
        ('</x>; rel="preconnect stylesheet"', ["/x"]),
        ('</x>; title="a\\" b", </y>', ["/x", "/y"]),
        ("</x>; rel=preconnect; rel=next, </y>; rel=next; rel=preconnect", ["/y"]),
        ('</x>; title="a\\"b" ; REL = "Preconnect" , </y>', ["/y"]),
        ('</x>; rel="webmention", </y>; rel=Pingback, </z>; rel="next webmention"', ["/z"]),
        ("< /x >", ["/x"]),
        ("nothing, </x>", ["/x"]),
        ("</x> </y>, ,</z>", ["/x", "/z"]),
        ("</x", []),
        ("<>; rel=x", []),
        ("", []),
    ],
)
def test_a_link_header_is_read_as_its_standard_says(header: str, urls: list[str]) -> None:
    assert link_urls(header) == urls


def test_other_headers_refer_to_something_too() -> None:
    headers = {"link": "</x>", "refresh": "3; url=/y", "content-location": " /z "}

    assert header_references(headers) == [
        ("header link", "/x"),
        ("header refresh", "/y"),
        ("header content-location", "/z"),
    ]
    assert header_references({"refresh": "3", "content-location": " "}) == []


def test_no_link_header_takes_long() -> None:
    started = time.perf_counter()

    for header in ("<" * 60_000, "<x>;" * 15_000, '<x>; a="' + "\\" * 60_000, "," * 60_000):
        link_urls(header)

    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('{"url": "http://x/"}', ["json-ld url http://x/"]),
        ('{"@id": "http://x/#me#you"}', ["json-ld id http://x/"]),
        (
            '{"url": "http://x/#a", "image": "http://y/\\ud800"}',
            ["json-ld url http://x/#a", "json-ld image http://y/?"],
        ),
        ('{"item": 7, "license": null}', []),
        ('[{"image": {"url": "http://x/"}}]', ["json-ld url http://x/"]),
        (
            '{"logo": ["http://x/", "http://y/"]}',
            ["json-ld logo http://x/", "json-ld logo http://y/"],
        ),
        ('{"@context": "http://schema.org", "name": "http://x/", "url": "/x"}', []),
        ("not JSON", []),
        ("[" * 100_000, []),
    ],
)
def test_json_ld_refers_by_its_properties(source: str, found: list[str]) -> None:
    assert [f"{kind} {url}" for kind, url, *_ in json_ld_references(source)] == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (
            '{"imports": {"a": "/a.js", "b": "./b.js", "c": "../c.js"}}',
            ["/a.js", "./b.js", "../c.js"],
        ),
        (
            '{"imports": {"a": "https://x.test/a.js", "b": "http://x.test/b.js"}}',
            ["https://x.test/a.js", "http://x.test/b.js"],
        ),
        ('{"scopes": {"/old/": {"a": "/old/a.js"}, "/x/": null}}', ["/old/a.js"]),
        ('{"imports": {"lib/": "/lib/", "bare": "lib.js", "none": null, "data": "data:,"}}', []),
        ('{"imports": {"a": "/\\ud800"}}', ["/?"]),
        ('{"imports": ["/a.js"], "scopes": 7, "integrity": {"/a.js": "sha384-x"}}', []),
        ("[1]", []),
        ("not JSON", []),
        ("[" * 100_000, []),
    ],
)
def test_import_maps_refer_to_modules_but_not_to_folders(source: str, found: list[str]) -> None:
    assert import_map_references(source) == [("import map", url, None, "") for url in found]


def test_a_manifest_refers_to_its_start_its_pictures_and_its_shortcuts() -> None:
    source = """{"icons": [{"src": "/a"}, {"src": " "}], "screenshots": [{"src": "/b\\ud800"}],
        "shortcuts": [{"url": "/c", "icons": [{"src": "/d"}]}], "start_url": "/e"}"""

    assert [f"{kind} {url}" for kind, url, *_ in manifest_references(source)] == [
        "manifest start_url /e",
        "manifest icons /a",
        "manifest screenshots /b?",
        "manifest shortcuts /c",
        "manifest shortcuts icons /d",
    ]


@pytest.mark.parametrize(
    ("source", "may_be"),
    [
        *((f'{{"icons": [], "{name}": 1}}', True) for name in ("start_url", "display")),
        *((f'{{"icons": [], "{name}": 1}}', True) for name in ("short_name", "theme_color")),
        ('{"icons": [], "version": 1}', False),
        ('{"start_url": "/"}', False),
    ],
)
def test_a_manifest_is_told_from_other_json(source: str, *, may_be: bool) -> None:
    assert is_manifest(source) == may_be


@pytest.mark.parametrize(
    "source",
    [
        "",
        "[]",
        '{"icons": 1, "start_url": 2}',
        '{"icons": [1]}',
        pytest.param("[" * 100_000, id="deep"),
    ],
)
def test_of_an_odd_manifest_nothing_is_read(source: str) -> None:
    assert manifest_references(source) == []


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"<rss><item><link> /x </link></item></rss>", ["rss link /x"]),
        (b"<rss><guid>http://x/</guid><guid>7</guid></rss>", ["rss guid http://x/"]),
        (b"<rss><guid isPermaLink='false'>http://x/</guid></rss>", []),
        (b"<rss><guid isPermaLink=' TRUE '>http://x/</guid></rss>", ["rss guid http://x/"]),
        (b"<rss><title>/x</title><docs>/y</docs><generator>/z</generator></rss>", ["rss docs /y"]),
        (b"<rss><enclosure url=' /x '/><enclosure/></rss>", ["rss enclosure /x"]),
        (
            b"<feed xmlns='http://www.w3.org/2005/Atom'><link href='/x'/><logo>/y</logo></feed>",
            ["atom link /x", "atom logo /y"],
        ),
        (
            b"""<feed xmlns='http://www.w3.org/2005/Atom'><link href=' /x '/><content src='/y'/>
            <icon>/z</icon><id>http://x/</id><content>/x</content></feed>""",
            ["atom link /x", "atom content /y", "atom icon /z"],
        ),
        (b"no feed", []),
        (b"<!DOCTYPE x [<!ENTITY a 'x'>]><rss><link>&a;</link></rss>", []),
    ],
)
def test_a_feed_refers_to_what_it_announces(body: bytes, found: list[str]) -> None:
    assert [f"{kind} {url}" for kind, url, *_ in feed_references(body)] == found


def test_lines_may_be_empty_before_the_declaration_of_xml() -> None:
    feed = b'\r\n \n<?xml version="1.0"?>\n<rss><item><link>/x</link></item></rss>'
    sitemap = b"\n<?xml version='1.0'?><urlset><url><loc>http://x/</loc></url></urlset>"

    assert feed_references(feed) == [("rss link", "/x", 4, "")]
    assert locations(sitemap) == [("sitemap loc", "http://x/", 2, "")]


def test_of_a_feed_what_extensions_count_and_name_is_no_link() -> None:
    body = b"""<rss xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:x="http://x.test/"
        xmlns:atom="http://www.w3.org/2005/Atom"><item><comments>/x#comments</comments>
        <slash:comments>5</slash:comments><x:link>/n</x:link><x:enclosure url="/n"/>
        <atom:link href="/y" rel="self"/><atom:link href="/n" rel="hub"/></item></rss>"""

    assert [f"{kind} {url}" for kind, url, *_ in feed_references(body)] == [
        "rss comments /x#comments",
        "atom link /y",
    ]


@pytest.mark.parametrize(
    "namespace",
    [
        *("http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/"),
        *("http://backend.userland.com/rss2", "http://blogs.law.harvard.edu/tech/rss"),
    ],
)
def test_a_feed_of_an_older_rss_is_read(namespace: str) -> None:
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    body = f"<rdf:RDF xmlns:rdf='{rdf}' xmlns='{namespace}'><item><link>/x</link></item></rdf:RDF>"

    assert [each.url for each in feed_references(body.encode())] == ["/x"]


def test_a_sitemap_names_pages_images_and_alternates() -> None:
    image, xhtml = "http://www.google.com/schemas/sitemap-image/1.1", "http://www.w3.org/1999/xhtml"
    body = f"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:i="{image}"
        xmlns:h="{xhtml}"><url><loc> /x </loc><lastmod>/n</lastmod>
        <i:image><i:loc>/y</i:loc></i:image><h:link href=" /z "/><link href="/n"/></url></urlset>"""

    assert [f"{kind} {url}" for kind, url, *_ in locations(body.encode())] == [
        "sitemap loc /x",
        "sitemap image /y",
        "sitemap alternate /z",
    ]


def test_a_text_sitemap_has_a_url_a_line() -> None:
    assert [(each.url, each.line) for each in lines("http://x/\n\nno\n HTTPS://y/ ")] == [
        ("http://x/", 1),
        ("HTTPS://y/", 4),
    ]
    assert len(lines("http://x/\n" * (MOST + 1))) == MOST


def test_a_packed_sitemap_is_unpacked_within_bounds() -> None:
    assert unpacked(gzip.compress(b"<urlset>")) == b"<urlset>"
    assert unpacked(gzip.compress(b"<url") + gzip.compress(b"set>") + b"\0" * 9) == b"<urlset>"
    assert unpacked(b"<urlset>") == b"<urlset>"
    assert unpacked(b"\x1f\x8bnonsense") == b""
    assert len(unpacked(gzip.compress(bytes(51 * 1024 * 1024), 1))) == 50 * 1024 * 1024


@pytest.mark.parametrize(
    ("content_type", "url", "form"),
    [
        ("application/gzip", "http://x/s.xml.gz", Format.PACKED_SITEMAP),
        ("application/gzip", "http://x/s.tar.gz", None),
        ("text/plain", "http://x/sitemap1.txt", Format.TEXT_SITEMAP),
        ("text/plain", "http://x/sitemap/robots.txt", None),
        ("text/plain; charset=utf-8", "http://x/a.webmanifest?v=1", Format.MANIFEST),
        ("application/octet-stream", "http://x/a.webmanifest", Format.MANIFEST),
        ("application/octet-stream", "http://x/?a.webmanifest", None),
    ],
)
def test_some_formats_are_known_by_their_url(
    content_type: str, url: str, form: Format | None
) -> None:
    assert format_of(content_type, url) is form


@pytest.mark.parametrize("content_type", ["text/html", "text/css", "text/markdown; variant=GFM"])
def test_with_other_headers_it_is_another_document(content_type: str) -> None:
    headers = tuple(header_references({"link": "</x>"}))
    task = Task(b"", URL, content_type, follow=True)
    plain = read(Parser(), task)
    linking = read(Parser(), task._replace(headers=headers))

    assert plain is not None
    assert linking is not None
    assert plain.document_id != linking.document_id
    assert linking.links[2:6] == ["header link", "/x", "", None]


@given(st.text())
def test_no_text_breaks_a_reader(text: str) -> None:
    refresh_of(text)
    link_urls(text)
    json_ld_references(text)
    import_map_references(text)
    manifest_references(text)
    lines(text)
    feed_references(text.encode("utf-8", "replace"))
    unpacked(b"\x1f\x8b" + text.encode("utf-8", "replace"))
