"""Promises about the URLs of a sitemap."""

import codecs
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.parse.reference import Reference
from crawler.parse.sitemap import locations

NAMESPACE = b'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
BOMB = b"""<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">
]><urlset><url><loc>http://a/&e;&e;&e;&e;&e;</loc></url></urlset>"""


def urls(body: bytes) -> list[str]:
    return [location.url for location in locations(body)]


def sitemap(*urls: str) -> bytes:
    entries = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    return b"<urlset %b>%b</urlset>" % (NAMESPACE, entries.encode())


def test_locations_come_with_their_lines() -> None:
    body = b"""<?xml version="1.0" encoding="UTF-8"?>
    <urlset %b>
      <url><loc>http://a/?x=1&amp;y=2</loc><lastmod>2026-01-01</lastmod></url>
      <url>
        <loc>
          http://a/<![CDATA[b&c]]>
        </loc>
      </url>
    </urlset>"""

    assert locations(body % NAMESPACE) == [
        Reference("sitemap loc", "http://a/?x=1&y=2", 3),
        Reference("sitemap loc", "http://a/b&c", 5),
    ]


def test_an_index_of_sitemaps_is_read_in_the_same_way() -> None:
    body = b"<sitemapindex><sitemap><loc>http://a/s.xml</loc></sitemap></sitemapindex>"

    assert urls(body) == ["http://a/s.xml"]


def test_locations_of_images_count_too() -> None:
    body = b"<urlset xmlns:i='urn:i'><url><i:image><i:loc>/a.png</i:loc></i:image></url></urlset>"

    assert urls(body) == ["/a.png"]


def test_an_empty_location_is_none() -> None:
    assert urls(sitemap("", " \n ", "http://a/")) == ["http://a/"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(sitemap("http://a/ü"), id="UTF-8"),
        pytest.param(codecs.BOM_UTF8 + sitemap("http://a/ü"), id="byte order mark"),
        pytest.param(sitemap("http://a/ü").decode().encode("utf-16"), id="UTF-16"),
        pytest.param(
            b"<?xml version='1.0' encoding='latin1'?>"
            + sitemap("http://a/%").replace(b"%", b"\xfc"),
            id="Latin-1",
        ),
    ],
)
def test_the_encoding_is_the_one_that_xml_says(body: bytes) -> None:
    assert urls(body) == ["http://a/ü"]


@pytest.mark.parametrize("encoding", ["klingon", "big5", "utf-7", "utf-32", "hex", "idna"])
def test_in_an_encoding_that_cannot_be_read_there_is_nothing(encoding: str) -> None:
    body = f"<?xml version='1.0' encoding='{encoding}'?>".encode() + sitemap("http://a/")

    assert urls(body) == []


@pytest.mark.parametrize(
    "rest", [b"<loc>http://b/", b"</url>", b"&nbsp;", b"<a b></a>", b"\xff", b"\0"]
)
def test_of_a_broken_sitemap_the_part_before_the_error_counts(rest: bytes) -> None:
    body = sitemap("http://a/").replace(b"</urlset>", rest)

    assert urls(body) == ["http://a/"]


def test_an_entity_bomb_is_given_up_where_it_is_declared() -> None:
    started = time.perf_counter()

    assert urls(BOMB) == []

    assert time.perf_counter() - started < 1


def test_no_file_is_read_for_a_sitemap() -> None:
    body = b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'><urlset><loc>http://a/</loc></urlset>"

    assert urls(body) == ["http://a/"]
    assert (
        urls(body.replace(b"SYSTEM 'file:///etc/passwd'", b"[<!ENTITY % e SYSTEM 'x'>%e;]")) == []
    )


def test_no_more_than_fifty_thousand_are_read() -> None:
    assert len(locations(sitemap(*["/"] * 50_001))) == 50_000


@given(st.one_of(st.binary(), st.text().map(sitemap)))
def test_no_sitemap_breaks_the_reader(body: bytes) -> None:
    for _, url, line, _ in locations(body):
        assert url == url.strip()
        assert line is not None
        assert line >= 1
