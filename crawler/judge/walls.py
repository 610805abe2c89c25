"""Bot walls, by what they say of themselves; that a site stands behind a CDN proves nothing."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

MOST = 64 * 1024
"Bytes of a body that are looked at."


class Evidence(NamedTuple):
    """What a wall is known by; `body` is the first bytes of it, in lower case.

    `headers` have lower-case names, `cookies` are the names of those that were set.
    """

    headers: Mapping[str, str]
    body: bytes
    cookies: Collection[str]


class Wall(NamedTuple):
    """A vendor's wall, and what proves that it stood in the way.

    `statuses` are those that it answers with, where it does not with any.
    """

    name: str
    stood: Callable[[Evidence], bool]
    statuses: Collection[int] = ()


def _header(name: str, value: str) -> Callable[[Evidence], bool]:
    fits = re.compile(value, re.IGNORECASE).fullmatch
    return lambda seen: fits(seen.headers.get(name, "").strip()) is not None


def _body(*texts: str) -> Callable[[Evidence], bool]:
    wanted = [text.encode() for text in texts]
    return lambda seen: all(map(seen.body.__contains__, wanted))


def _matching(pattern: str) -> Callable[[Evidence], bool]:
    # No flag for the case: it would cost the search for the first letters, and so a hundred times.
    search = re.compile(pattern.encode()).search
    return lambda seen: search(seen.body) is not None


def _all(*proofs: Callable[[Evidence], bool]) -> Callable[[Evidence], bool]:
    return lambda seen: all(proof(seen) for proof in proofs)


_REFUSALS = (401, 403, 405, 429, 503)
_DATADOME = "captcha-delivery.com"

WALLS = (
    Wall("cloudflare", _header("cf-mitigated", "challenge")),
    Wall("cloudflare", _body("<title>just a moment...</title>", "challenge-platform")),
    Wall("cloudflare", _header("crawler-price", ".+"), (402,)),
    Wall("anubis", _body("/.within.website/x/cmd/anubis/")),
    Wall("datadome", _header("x-datadome", ".+"), (403, 405)),
    Wall("datadome", _body(_DATADOME), _REFUSALS),
    Wall("akamai", _body("errors.edgesuite.net"), (403,)),
    Wall(
        "akamai",
        _all(
            _body("<title>access denied</title>"),
            _matching(r"reference(?:\s|&#32;)*(?:#|&#35;)"),
        ),
        (403,),
    ),
    Wall("human", _all(_body("px-captcha"), _matching("px-captcha[\"' >]"))),
    Wall("human", lambda seen: any(name.startswith("_px") for name in seen.cookies), _REFUSALS),
    Wall("aws-waf", _header("x-amzn-waf-action", "challenge|captcha")),
    Wall("imperva", _all(_body("_incapsula_resource"), _matching("incident[ _]?id|<iframe"))),
    Wall("linkedin", _all(), (999,)),
    Wall("certificate", _body("<center>no required ssl certificate was sent</center>"), (400,)),
)


def wall_of(
    status: int, headers: Mapping[str, str], body: bytes, cookies: Collection[str]
) -> str | None:
    """Return whose bot wall answered instead of the site, or None.

    Only explicit evidence counts. `headers` have lower-case names, `cookies` are the names of those
    that were set; of `body` the first MOST bytes are looked at. Where that is not all of an answer
    of success, it is no wall's: theirs are short.
    """
    looked_at = b"" if status < 300 and len(body) > MOST else body[:MOST].lower()
    seen = Evidence(headers, looked_at, cookies)
    for wall in WALLS:
        if (not wall.statuses or status in wall.statuses) and wall.stood(seen):
            return wall.name
    return None
