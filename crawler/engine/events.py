"""What a program that embeds the crawler is told while it runs."""

from collections.abc import Callable
from dataclasses import dataclass

from crawler.model import Page


@dataclass(frozen=True, slots=True)
class PageDone:
    """What became of a URL, which is now in the database.

    `verdict` is None where a redirect's end is not known yet; it may change before the run ends,
    and a URL may be done twice. `error` is a stable word where there is no `status`.
    """

    url: str
    depth: int
    verdict: str | None
    reason: str | None
    status: int | None
    error: str | None


OnPage = Callable[[PageDone], None]
"Called in the event loop, between two pages: what takes long belongs elsewhere."


def page_done(page: Page) -> PageDone:
    """Return the event for `page`."""
    judgement, fetch = page.judgement, page.fetch
    return PageDone(
        url=page.request.url,
        depth=page.request.depth,
        verdict=None if judgement is None else str(judgement.verdict),
        reason=None if judgement is None else judgement.reason,
        status=None if fetch is None else fetch.status,
        error=None if fetch is None else fetch.error,
    )
