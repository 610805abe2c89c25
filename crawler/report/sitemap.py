"""The site as a sitemap (sitemaps.org): the pages that answered, with their dates."""

from collections.abc import AsyncGenerator
from email.utils import parsedate_to_datetime
from html import escape

from crawler.report.printable import printable
from crawler.report.subject import Subject

# More than these a sitemap must not have.
_MOST = 50_000


async def sitemap_report(subject: Subject) -> AsyncGenerator[str]:
    """Yield the sitemap; of more pages than it may have, those nearest to the seeds."""
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    number = 0
    async with subject.mapped() as pages:
        async for page in pages:
            number += 1
            if number <= _MOST:
                modified = _modified(page.last_modified)
                yield f"<url><loc>{escape(printable(page.url))}</loc>{modified}</url>"
    if number > _MOST:
        yield f"<!-- and {number - _MOST} more -->"
    yield "</urlset>"


def _modified(date: str | None) -> str:
    try:
        return "" if date is None else f"<lastmod>{parsedate_to_datetime(date):%Y-%m-%d}</lastmod>"
    except (ValueError, OverflowError):
        return ""
