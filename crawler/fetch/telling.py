"""The headers that explain a verdict, kept with each attempt; nothing secret is among them."""

import json
from collections.abc import Iterable, Mapping

_NAMES = (
    *("location", "retry-after", "refresh", "x-robots-tag"),
    *("cf-mitigated", "x-amzn-waf-action", "x-datadome"),
)
# Who answered, and in what: of an answer that is well nobody asks, and of those there are most.
_SENDER = ("content-type", "server", "via", "cf-ray", "x-cache")
_LONGEST = 200


def telling(status: int, headers: Mapping[str, str], set_cookies: Iterable[str]) -> str | None:
    """Return a JSON object of the `headers` that tell something, of cookies their names alone."""
    is_well = 200 <= status < 300 or status == 304
    wanted = _NAMES if is_well else (*_SENDER, *_NAMES)
    told = {name: headers[name][:_LONGEST] for name in wanted if name in headers}
    if names := cookie_names(set_cookies):
        told["set-cookie"] = ", ".join(names)[:_LONGEST]
    return json.dumps(told, separators=(",", ":")) if told else None


def cookie_names(set_cookies: Iterable[str]) -> list[str]:
    """Return the names of the cookies in Set-Cookie lines."""
    return [line.partition("=")[0].strip() for line in set_cookies]
