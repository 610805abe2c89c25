"""Promises about URLs: which are the same, and where references lead."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.urls import (
    Resolver,
    Target,
    canonical,
    digest64,
    host_of,
    is_http,
    name_of,
    resolve,
    url_id,
)

BASE = "https://example.org/a/b.html?q=1"

PIECES = [
    *(
        "http:",
        "https:",
        "HTTP:",
        "//",
        "/",
        "\\",
        "?",
        "#",
        "..",
        ".",
        "@",
        ":",
        "%",
        "%2f",
        "%zz",
    ),
    *("[", "]", "example.org", "EXAMPLE.org", "x", "ü", "0", "443", "99999", ":~:", "mailto:", "<"),
    *(" ", "\t", "\n", "\r", "\0", "\u3000", "\x7f", "\ud800", "|", "&", "=", "'", '"', "x.html"),
]
WRITTEN = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=7).map("".join))
"What stands in documents: any text, and above all what looks like a URL."


def url_of(base: str, reference: str) -> str | None:
    target = resolve(base, reference)
    return None if target is None else target.url


@pytest.mark.parametrize(
    "reference",
    [
        "mailto:me@example.org",
        "MAILTO:me@example.org?subject=x",
        "mailto:a@example.org,b%40example.org",
        "mailto:Me%20%3Cme@example.org%3E",
        "mailto:?to=me@example.org",
        "tel:+1-201-555-0123",
        "tel:%2B49 30 1234",
        "tel:*100#",
        "x:docs",
        "org.example.app:callback",
        "com.example.app:2fa",
        "sms:",
        "ftp://example.org/",
        "sftp://example.org/",
        "ipp://example.org/",
        "http-x://example.org/",
    ],
)
def test_mail_calls_and_other_programs_lead_to_no_document(reference: str) -> None:
    assert resolve("https://example.org/", reference) is None


@pytest.mark.parametrize(
    "reference",
    [
        "mailto:",
        "C:\\docs\\index.html",
        "d:/docs/",
        "localhost:8000",
        "docs.example.org:8080/guide",
        "mailto:me",
        "mailto:me at example dot org",
        "mailto:@example.org",
        "mailto:a@example.org,b",
        "tel:",
        "tel:call-us",
        "htp://example.org/",
        "htttps://example.org/a#b",
        "hppt://example.org",
    ],
)
def test_what_no_program_can_open_is_invalid(reference: str) -> None:
    target = resolve("https://example.org/", reference)

    assert target is not None
    assert target.url == reference


@pytest.mark.parametrize(
    ("written", "url"),
    [
        pytest.param("http://example.org", "http://example.org/", id="no path"),
        pytest.param("HTTP://EXAMPLE.ORG/A", "http://example.org/A", id="case"),
        pytest.param("http://example.org:80/", "http://example.org/", id="default port"),
        pytest.param("https://example.org:0443/", "https://example.org/", id="zeros in a port"),
        pytest.param("http://example.org:8080/", "http://example.org:8080/", id="port"),
        pytest.param("http://example.org/a/./../b", "http://example.org/b", id="dot segments"),
        pytest.param("http://example.org/%2e%2E/b", "http://example.org/b", id="encoded dots"),
        pytest.param("http://example.org/a%2fb", "http://example.org/a%2fb", id="encoded slash"),
        pytest.param("http://example.org/%zz", "http://example.org/%zz", id="no encoding at all"),
        pytest.param("http://example.org/a;b", "http://example.org/a;b", id="reserved"),
        pytest.param("http://example.org/%7Ea", "http://example.org/%7Ea", id="unreserved"),
        pytest.param("http://example.org/a b", "http://example.org/a%20b", id="blank"),
        pytest.param("http://example.org/ü", "http://example.org/%C3%BC", id="not ASCII"),
        pytest.param("http://example.org/a|b?c|d", "http://example.org/a%7Cb?c|d", id="a bar"),
        pytest.param("http://example.org/?", "http://example.org/?", id="empty query"),
        pytest.param("http://example.org/?a/b", "http://example.org/?a/b", id="query"),
        pytest.param("http://example.org/#top", "http://example.org/", id="fragment"),
        pytest.param("http://me:pw@example.org/", "http://example.org/", id="userinfo"),
        pytest.param("http://example.org/@me", "http://example.org/@me", id="an @ in the path"),
        pytest.param("http://bücher.example/", "http://xn--bcher-kva.example/", id="IDNA"),
        pytest.param("http://\uff25\uff38ample.org/", "http://example.org/", id="wide letters"),
        pytest.param("http:\\\\example.org\\a", "http://example.org/a", id="backslashes"),
        pytest.param("  http://exam\tple.org/a\nb ", "http://example.org/ab", id="blanks in it"),
        pytest.param("http:example.org/a", "http://example.org/a", id="no slashes"),
        pytest.param("http://0x7f.1/", "http://127.0.0.1/", id="a number for an address"),
        pytest.param("http://[::0:1]:81/", "http://[::1]:81/", id="IPv6"),
    ],
)
def test_a_url_has_one_canonical_form(written: str, url: str) -> None:
    assert canonical(written) == url


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("", id="empty"),
        pytest.param("/a/b", id="relative"),
        pytest.param("example.org/a", id="no scheme"),
        pytest.param("mailto:me@example.org", id="mailto"),
        pytest.param("data:text/html,x", id="data"),
        pytest.param("ftp://example.org/", id="ftp"),
        pytest.param("file:///etc/passwd", id="file"),
        pytest.param("http://", id="no host"),
        pytest.param("http://[", id="half an address"),
        pytest.param("http://example.org:99999/", id="no port"),
        pytest.param("http://exa mple.org/", id="a blank in the host"),
        pytest.param("http://256.1.1.1/", id="no address"),
        pytest.param("http://example.org/\ud800", id="lone surrogate"),
    ],
)
def test_what_cannot_be_fetched_has_no_canonical_form(written: str) -> None:
    assert canonical(written) is None


@pytest.mark.parametrize(
    ("reference", "url", "fragment"),
    [
        pytest.param("", "https://example.org/a/b.html?q=1", "", id="empty"),
        pytest.param("#f", "https://example.org/a/b.html?q=1", "f", id="fragment"),
        pytest.param("?r", "https://example.org/a/b.html?r", "", id="query"),
        pytest.param("c#f", "https://example.org/a/c", "f", id="relative"),
        pytest.param("./", "https://example.org/a/", "", id="the folder"),
        pytest.param("../../../c", "https://example.org/c", "", id="above the root"),
        pytest.param("/c", "https://example.org/c", "", id="from the root"),
        pytest.param("\\c", "https://example.org/c", "", id="backslash"),
        pytest.param("//x.test", "https://x.test/", "", id="of the same scheme"),
        pytest.param("http:c", "http://c/", "", id="of another scheme"),
        pytest.param("https:c", "https://example.org/a/c", "", id="its own scheme, no slashes"),
        pytest.param(" \n c\t\nd ", "https://example.org/a/cd", "", id="blanks"),
        pytest.param("#a b", "https://example.org/a/b.html?q=1", "a%20b", id="blank in a fragment"),
        pytest.param("c#ü#d", "https://example.org/a/c", "%C3%BC#d", id="dirt in a fragment"),
        pytest.param("//u:p@x.test/#f", "https://x.test/", "f", id="userinfo"),
    ],
)
def test_a_reference_leads_where_a_browser_would_go(
    reference: str, url: str, fragment: str
) -> None:
    assert resolve(BASE, reference) == Target(url_id(url), url, fragment)


@pytest.mark.parametrize(
    "reference",
    [
        *("mailto:me@example.org", "javascript:void(0)", "data:,x", "tel:+1", "ftp://example.org/"),
        *("about:blank", "JavaScript:x#y", " \tmailto:x@y", "urn:isbn:1", "file:///x"),
    ],
)
def test_what_names_no_document_of_the_web_leads_nowhere(reference: str) -> None:
    assert resolve(BASE, reference) is None
    assert Resolver().at(BASE).resolve(reference) is None


@pytest.mark.parametrize(
    ("reference", "written"),
    [
        pytest.param(" //exa mple.org/ ", "//exa mple.org/", id="no scheme"),
        pytest.param("//[", "//[", id="half an address"),
        pytest.param("//[#f", "//[#f", id="with a fragment"),
        pytest.param("http://[", "<http://[>", id="what looks fetchable is in brackets"),
        pytest.param("https://a:x/#f", "<https://a:x/#f>", id="bad port and a fragment"),
        pytest.param("//\ud800", "//?", id="lone surrogate"),
        pytest.param("//[" + "x" * 5000, "//[" + "x" * 2045, id="long"),
    ],
)
def test_an_invalid_reference_comes_back_as_it_was_written(reference: str, written: str) -> None:
    target = resolve(BASE, reference)

    assert target == Target(url_id(written), written, "")
    assert (is_http(written), host_of(written)) == (False, "")


@pytest.mark.parametrize(
    ("url", "identifier"),
    [
        ("https://example.org/", 7982605172991246264),
        ("http://localhost:8000/a?b", 3078460173786759903),
        ("https://xn--bcher-kva.example/%C3%BC", 6859088692778422872),
        ("", -1970711489451281740),
    ],
)
def test_the_id_of_a_url_never_changes(url: str, identifier: int) -> None:
    assert url_id(url) == identifier


@given(st.binary())
def test_an_id_fits_into_a_column_of_sqlite(value: bytes) -> None:
    assert -(2**63) <= digest64(value) < 2**63


@pytest.mark.parametrize(
    ("url", "host", "name"),
    [
        ("https://example.org/a/b", "https://example.org", "example.org"),
        ("http://localhost:8000/", "http://localhost:8000", "localhost"),
        ("http://a/?http://b/", "http://a", "a"),
        ("http://[::1]:81/", "http://[::1]:81", "[::1]"),
    ],
)
def test_a_host_is_scheme_name_and_port(url: str, host: str, name: str) -> None:
    assert host_of(url) == host
    assert name_of(host) == name


@given(WRITTEN)
@example("http://[")
@example("\ud800")
def test_no_reference_breaks_resolution(reference: str) -> None:
    target = resolve(BASE, reference)

    if target is not None:
        assert target.id == url_id(target.url)
        assert is_http(target.url) == bool(host_of(target.url))


@given(st.one_of(WRITTEN, WRITTEN.map("https://example.org/".__add__)))
def test_a_canonical_url_is_its_own_canonical_form(written: str) -> None:
    url = url_of(BASE, written)

    if url is not None and is_http(url):
        assert canonical(url) == url
        assert url_of(BASE, url) == url
        assert url_of(url, "") == url


@pytest.mark.parametrize(
    "reference",
    [
        *("/cdn-cgi/l/email-protection#056f", "/cdn-cgi/l/email-protection"),
        *("../cdn-cgi/l/email-protection#056f", "https://x.test/cdn-cgi/l/email-protection#056f"),
    ],
)
def test_an_address_that_cloudflare_hides_leads_nowhere_as_mail_does(reference: str) -> None:
    assert resolve(BASE, reference) is None
    assert Resolver().at(BASE).resolve(reference) is None


@pytest.mark.parametrize(
    "path", ["/cdn-cgi/l/email", "/?/cdn-cgi/l/email-protection", "/a/cdn-cgi/l/email-protection"]
)
def test_what_is_named_almost_as_a_hidden_address_is_a_document(path: str) -> None:
    assert url_of(BASE, path) == f"https://example.org{path}"


def test_whoever_asks_for_what_cloudflare_hides_may_have_it() -> None:
    written = "https://example.org/cdn-cgi/l/email-protection"

    assert canonical(written + "#056f") == written


@given(st.lists(WRITTEN, min_size=1), st.sampled_from(["/a/b", "/a/c?/x/y", "/a/", "/", "/d/e"]))
@example(["HTTP::#"], "/a/b")
@example(["/cdn-cgi/l/email-protection#05", "#f", "", "?q"], "/cdn-cgi/l/email-protection")
@example([" #f", " ", "\t?q", "http:", "HTTPS:?q", "https: ", "x #f", "http://[#f"], "/a/c")
def test_a_resolver_that_remembers_other_pages_says_what_resolve_says(
    references: list[str], path: str
) -> None:
    page = "https://example.org" + path
    resolver = Resolver()
    for other in ("https://example.org/a/other?x", "https://example.org/a/second"):
        for reference in references:
            resolver.at(other).resolve(reference)

    resolve_here = resolver.at(page).resolve

    for reference in [*references, *references]:
        assert resolve_here(reference) == resolve(page, reference)


@given(
    st.from_regex(r"(?:\.\./){0,4}(?:[aZ0_~.-]{0,4}/?){0,4}", fullmatch=True),
    st.sampled_from(["/", "/a", "/a/b/c", "/a/b/?x/y", "/a//b/", "//"]),
)
@example("../cdn-cgi/l/email-protection", "/a/b")
def test_a_plain_reference_is_resolved_as_any_other(reference: str, path: str) -> None:
    page = f"https://example.org:8443{path}"

    assert Resolver().at(page).resolve(reference) == resolve(page, reference)


def test_a_resolver_starts_anew_when_it_has_much_to_remember() -> None:
    resolver = Resolver()
    menu = resolver.at(BASE)
    first = menu.resolve("0")
    for number in range(50_001):
        menu._known[str(number)] = first

    resolver.at(BASE)

    assert sum(map(len, resolver._folders.values())) == 0
    assert resolver.at(BASE).resolve("0") == first
