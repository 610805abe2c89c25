"""Promises about bot walls: known by explicit evidence, and never by the name of a CDN."""

from collections.abc import Mapping, Sequence

import pytest

from crawler.judge.walls import wall_of

WALLS = [
    pytest.param(403, {"cf-mitigated": "challenge"}, b"", [], "cloudflare", id="cloudflare header"),
    pytest.param(
        *(503, {}, b"<title>Just a moment...</title><script src=/cdn-cgi/challenge-platform/h/b>"),
        *([], "cloudflare"),
        id="cloudflare page",
    ),
    pytest.param(
        *(200, {}, b'<script src="/.within.website/x/cmd/anubis/static/js/main.mjs">', []),
        "anubis",
        id="anubis",
    ),
    pytest.param(403, {"x-datadome": "protected"}, b"", [], "datadome", id="datadome header"),
    pytest.param(
        *(403, {}, b"<script src='https://ct.captcha-delivery.com/c.js'>", [], "datadome"),
        id="datadome page",
    ),
    pytest.param(
        *(403, {}, b"<TITLE>Access Denied</TITLE> Reference&#32;&#35;18.2d", [], "akamai"),
        id="akamai",
    ),
    pytest.param(403, {}, b"https://errors.edgesuite.net/18.2d", [], "akamai", id="akamai, newer"),
    pytest.param(403, {}, b'<div id="px-captcha">', [], "human", id="human page"),
    pytest.param(403, {}, b"", ["_pxhd"], "human", id="human cookie"),
    pytest.param(202, {"x-amzn-waf-action": "challenge"}, b"", [], "aws-waf", id="aws challenge"),
    pytest.param(405, {"x-amzn-waf-action": "captcha"}, b"", [], "aws-waf", id="aws captcha"),
    pytest.param(
        *(200, {}, b'<iframe src="/_Incapsula_Resource?SWUDNSAI=31">Incident ID: 1', []),
        "imperva",
        id="imperva",
    ),
    pytest.param(999, {}, b"", [], "linkedin", id="linkedin"),
    pytest.param(402, {"crawler-price": "USD 0.01"}, b"", [], "cloudflare", id="pay per crawl"),
    pytest.param(
        *(400, {}, b"<center>No required SSL certificate was sent</center>", [], "certificate"),
        id="a certificate of one's own, nginx",
    ),
]

NO_WALLS = [
    pytest.param(200, {"server": "cloudflare", "cf-ray": "1"}, b"<p>hi", [], id="cloudflare"),
    pytest.param(404, {"server": "cloudflare", "cf-ray": "1"}, b"<p>no", [], id="cloudflare 404"),
    pytest.param(403, {"server": "cloudflare"}, b"Forbidden", [], id="cloudflare 403"),
    pytest.param(200, {}, b"<title>Just a moment...</title><p>A novel", [], id="a title"),
    pytest.param(200, {"x-datadome": "protected"}, b"<p>hi", [], id="datadome lets through"),
    pytest.param(200, {}, b"about captcha-delivery.com", [], id="about datadome"),
    pytest.param(200, {}, b"<p>hi", ["_pxhd"], id="human lets through"),
    pytest.param(200, {"server": "AkamaiGHost"}, b"<title>Access Denied</title>", [], id="akamai"),
    pytest.param(403, {}, b"<title>Access Denied</title>", [], id="somebody's 403"),
    pytest.param(202, {}, b"accepted", [], id="202"),
    pytest.param(200, {"x-cdn": "Imperva"}, b"<p>hi", ["visid_incap_1"], id="imperva"),
    pytest.param(200, {}, b"<p>Anubis is an Egyptian god", [], id="anubis"),
]


@pytest.mark.parametrize(("status", "headers", "body", "cookies", "name"), WALLS)
def test_a_wall_is_known_by_what_it_says(
    status: int, headers: Mapping[str, str], body: bytes, cookies: Sequence[str], name: str
) -> None:
    assert wall_of(status, headers, body, cookies) == name


@pytest.mark.parametrize(("status", "headers", "body", "cookies"), NO_WALLS)
def test_a_site_behind_a_cdn_is_no_wall(
    status: int, headers: Mapping[str, str], body: bytes, cookies: Sequence[str]
) -> None:
    assert wall_of(status, headers, body, cookies) is None
