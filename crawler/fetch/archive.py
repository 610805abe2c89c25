"""An archive's availability API: which copy of a page is closest to a moment (archive.org/help)."""

import json
from collections.abc import Mapping
from urllib.parse import urlencode

from crawler.fetch.retry import BUSY
from crawler.fetch.web import Asked

_MOST_BYTES = 64 * 1024


class NoArchiveError(Exception):
    """The archive answers nothing, or wants to be asked later."""


async def closest_copy(web: Asked, api: str, url: str, at: str | None) -> str | None:
    """Return the URL of the copy of `url` closest to `at` that the archive at `api` has, if any.

    `at` is a moment as the database has it; without one the newest copy counts. An answer that
    makes no sense is no copy. NoArchiveError where it gives none, or has no time.
    """
    query = {"url": url}
    if at is not None:
        query["timestamp"] = "".join(filter(str.isdigit, at))[:14]
    answer = await web.fetch(f"{api}?{urlencode(query)}", "GET", _limit)
    status = answer.fetch.status or 0
    if answer.fetch.error is not None or status in BUSY or status >= 500:
        raise NoArchiveError
    if status != 200:
        return None
    try:
        return _copy_in(json.loads(answer.body))
    except (ValueError, RecursionError):
        return None


def _limit(_status: int, _headers: Mapping[str, str]) -> int:
    return _MOST_BYTES


def _copy_in(found: object) -> str | None:
    for key in ("archived_snapshots", "closest"):
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, dict) or not found.get("available"):
        return None
    copy = found.get("url")
    if not isinstance(copy, str) or not copy.startswith(("http://", "https://")):
        return None
    return copy if str(found.get("status", "200")) == "200" else None
