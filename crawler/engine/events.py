"""What a program that embeds the crawler is told while it runs."""

from asyncio import CancelledError
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


class LeftError(Exception):
    """A callback wants the program to end, or a test to fail, by `wish`, which is no Exception.

    asyncio would leave its loop at once for some of these, and nobody would close the run.
    """

    def __init__(self, wish: BaseException) -> None:
        super().__init__()
        self.wish = wish


def tell(on_page: OnPage, page: Page) -> None:
    """Call `on_page` for `page`; LeftError where it wants the program to end."""
    try:
        on_page(_page_done(page))
    except (Exception, CancelledError):
        raise
    except BaseException as wish:
        raise LeftError(wish) from wish


def name_of(error: BaseException) -> str:
    """Return what a run is said to have failed of."""
    return type(error.wish if isinstance(error, LeftError) else error).__name__


def _page_done(page: Page) -> PageDone:
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
