"""The headers that explain a verdict, kept with each attempt; nothing secret is among them."""

import json
from collections.abc import Iterable, Mapping

_NAMES = (
    *("content-type", "location", "retry-after", "server", "refresh", "via", "x-robots-tag"),
    *("cf-mitigated", "cf-ray", "x-amzn-waf-action", "x-datadome", "x-cache"),
)
_LONGEST = 200


def telling(headers: Mapping[str, str], set_cookies: Iterable[str]) -> str | None:
    """Return a JSON object of the `headers` that tell something, of cookies their names alone."""
    told = {name: headers[name][:_LONGEST] for name in _NAMES if name in headers}
    if names := cookie_names(set_cookies):
        told["set-cookie"] = ", ".join(names)[:_LONGEST]
    return json.dumps(told, separators=(",", ":")) if told else None


def cookie_names(set_cookies: Iterable[str]) -> list[str]:
    """Return the names of the cookies in Set-Cookie lines."""
    return [line.partition("=")[0].strip() for line in set_cookies]
