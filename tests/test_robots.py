"""Promises about robots.txt."""

import pytest

from crawler.fetch.robots import MAX_BYTES, Robots, outcome_of, robots_url
from crawler.model import Answer, Fetch, RobotsFile

HOST = "https://example.org"
AGENT = "Crawler/0.1 (+https://example.org/bot; like otherbot)"


def answer(
    status: int | None, body: bytes = b"", *, error: str | None = None, truncated: bool = False
) -> Answer:
    fetch = Fetch(
        method="GET", started_at=0, total_ms=1, status=status, error=error, truncated=truncated
    )
    return Answer(fetch, {}, body)


def file_of(got: Answer) -> RobotsFile:
    return outcome_of(got, HOST, 1000.0)


def robots(text: str, agent: str = AGENT) -> Robots:
    return Robots.from_file(file_of(answer(200, text.encode())), agent)


def test_robots_txt_lies_at_the_root_of_a_host() -> None:
    assert robots_url("http://localhost:8000") == "http://localhost:8000/robots.txt"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "parsed"),
        (204, "parsed"),
        (299, "parsed"),
        (300, "unavailable"),
        (301, "unavailable"),
        (308, "unavailable"),
        (401, "unavailable"),
        (403, "unavailable"),
        (404, "unavailable"),
        (410, "unavailable"),
        (429, "unreachable"),
        (500, "unreachable"),
        (503, "unreachable"),
        (999, "unreachable"),
    ],
)
def test_a_status_decides_about_the_outcome(status: int, outcome: str) -> None:
    file = file_of(answer(status, b"User-agent: *\n"))

    assert (file.outcome, file.status) == (outcome, status)
    assert file.body == (b"User-agent: *\n" if outcome == "parsed" else b"")


@pytest.mark.parametrize("error", ["timeout", "dns", "tls", "connect", "private-address"])
def test_a_host_that_does_not_answer_is_unreachable(error: str) -> None:
    assert file_of(answer(None, error=error)) == RobotsFile(
        HOST, 1000.0, "unreachable", None, None, b""
    )


def test_without_a_robots_txt_everything_is_allowed() -> None:
    rules = Robots.from_file(file_of(answer(404, b"User-agent: *\nDisallow: /\n")), AGENT)

    assert rules.allows(f"{HOST}/any?thing")
    assert (rules.delay, rules.sitemaps) == (None, ())


def test_with_an_unreachable_robots_txt_nothing_is_allowed_but_itself() -> None:
    rules = Robots.from_file(file_of(answer(503)), AGENT)

    assert not rules.allows(f"{HOST}/")
    assert rules.allows(f"{HOST}/robots.txt")


def test_robots_txt_itself_is_always_allowed() -> None:
    assert robots("User-agent: *\nDisallow: /").allows(f"{HOST}/robots.txt")


def test_a_byte_order_mark_hides_no_rule() -> None:
    rules = robots("\ufeffUser-agent: *\nDisallow: /\n")

    assert not rules.allows(f"{HOST}/")


def test_bytes_that_are_no_utf_8_hide_no_rule() -> None:
    body = b"# caf\xe9\nUser-agent: *\nDisallow: /x\n"
    rules = Robots.from_file(file_of(answer(200, body)), AGENT)

    assert not rules.allows(f"{HOST}/x")


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"], ids=["LF", "CR", "CRLF"])
def test_a_long_file_is_read_up_to_the_last_full_line_of_500_kib(end: bytes) -> None:
    start = end.join([b"User-agent: *", b"Disallow: /a", b""])
    long = start + b"#" * (MAX_BYTES - len(start) - 12) + end + b"Disallow: /allowed"

    file = file_of(answer(200, long))

    assert len(file.body) < MAX_BYTES
    assert file.body.endswith(b"#" + end)
    assert Robots.from_file(file, AGENT).allows(f"{HOST}/b")


def test_a_file_cut_in_transfer_loses_the_line_that_was_cut() -> None:
    file = file_of(answer(200, b"User-agent: *\nDisallow: /", truncated=True))

    assert file.body == b"User-agent: *\n"


def test_a_file_of_exactly_500_kib_is_read_whole() -> None:
    body = b"User-agent: *\n".ljust(MAX_BYTES, b"#")

    assert file_of(answer(200, body)).body == body


def test_the_group_of_the_product_token_binds_and_no_other() -> None:
    rules = robots("""
        User-agent: *
        Disallow: /
        User-agent: otherbot
        Disallow: /private
        User-agent: CRAWLER
        Disallow: /own
    """)

    assert rules.allows(f"{HOST}/private")
    assert not rules.allows(f"{HOST}/own")


@pytest.mark.parametrize("agent", ["", "somebot", "/1.0"], ids=["empty", "another", "no token"])
def test_a_crawler_without_a_group_keeps_to_the_group_of_all(agent: str) -> None:
    rules = robots("User-agent: crawler\nAllow: /\nUser-agent: *\nDisallow: /x", agent)

    assert not rules.allows(f"{HOST}/x")


@pytest.mark.parametrize(
    ("rule", "path", "allowed"),
    [
        pytest.param("/fish", "/fish/salmon", False, id="a prefix"),
        pytest.param("/fish", "/Fish", True, id="the case counts"),
        pytest.param("/*.pdf$", "/a/b.pdf", False, id="wildcards"),
        pytest.param("/*.pdf$", "/a/b.pdf?x", True, id="an end"),
        pytest.param("/a?b=1", "/a?b=12", False, id="a query"),
        pytest.param("/ü", "/%C3%BC", False, id="a rule that is not encoded"),
        pytest.param("/%c3%bc", "/%C3%BC", False, id="lower-case hex digits"),
        pytest.param("/~x", "/%7Ex", False, id="an unreserved character encoded"),
        pytest.param("/a%2Fb", "/a/b", True, id="an encoded slash is no slash"),
        pytest.param("/a%2Ab", "/axb", True, id="an encoded star is no wildcard"),
        pytest.param("", "/", True, id="an empty rule"),
        pytest.param("fish", "/fish", True, id="a rule without a slash"),
    ],
)
def test_a_rule_is_compared_with_path_and_query(rule: str, path: str, *, allowed: bool) -> None:
    assert robots(f"User-agent: *\nDisallow: {rule}").allows(HOST + path) is allowed


def test_the_longest_rule_wins_and_allow_wins_a_draw() -> None:
    rules = robots("User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /c\nAllow: /c")

    assert not rules.allows(f"{HOST}/a/x")
    assert rules.allows(f"{HOST}/a/b/x")
    assert rules.allows(f"{HOST}/c")


@pytest.mark.parametrize(
    ("written", "delay"),
    [
        ("0.5", 0.5),
        ("0", 0.0),
        ("30", 30.0),
        ("3600", 30.0),
        ("-1", None),
        ("nan", None),
        ("x", None),
    ],
)
def test_a_crawl_delay_is_kept_up_to_30_seconds(written: str, delay: float | None) -> None:
    assert robots(f"User-agent: *\nCrawl-delay: {written}").delay == delay


def test_sitemaps_are_absolute_and_named_once() -> None:
    rules = robots("""
        Sitemap: https://EXAMPLE.org/sitemap.xml
        Sitemap: https://example.org/sitemap.xml
        Sitemap: /relative.xml
        Sitemap: ftp://example.org/s.xml
        Sitemap: https://elsewhere.test/a b.xml
        Sitemap: http://[
        Sitemap https://example.org/no-colon.xml
        sitemap:https://example.org/no-blank.xml # both
    """)

    assert rules.sitemaps == (
        ("https://example.org/sitemap.xml", "https://EXAMPLE.org/sitemap.xml", 2),
        ("https://elsewhere.test/a%20b.xml", "https://elsewhere.test/a b.xml", 6),
        ("https://example.org/no-colon.xml", "https://example.org/no-colon.xml", 8),
        ("https://example.org/no-blank.xml", "https://example.org/no-blank.xml", 9),
    )
