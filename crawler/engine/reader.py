"""Reading documents without holding the event loop: small ones here, larger ones elsewhere."""

from crawler.engine.parsing import ParserPool
from crawler.model import Reading
from crawler.parse.document import Parser
from crawler.parse.gate import Format, format_of
from crawler.parse.reading import Task, read

# Bytes that are parsed in a few milliseconds; style sheets are parsed in Python, which is slower,
# and what is packed may be a thousand times larger.
SMALL_PAGE = 16 * 1024
_SMALL = {
    Format.HTML: SMALL_PAGE,
    Format.CSS: 4 * 1024,
    Format.XML: 16 * 1024,
    Format.FEED: 64 * 1024,
    Format.MANIFEST: 64 * 1024,
    Format.JSON: 64 * 1024,
    Format.PACKED_SITEMAP: 4 * 1024,
    Format.TEXT_SITEMAP: 64 * 1024,
}


class Reader:
    """Parses bodies; the parsers' memory of references is its only state."""

    def __init__(self, pool: ParserPool) -> None:
        self._pool = pool
        self._parser = Parser()

    async def read(self, task: Task) -> Reading | None:
        """Return what is in the document; None where it is of no known format.

        ParserLostError where the document hangs or kills the parser.
        """
        form = format_of(task.content_type, task.url)
        if form is None or len(task.body) <= _SMALL[form]:
            return read(self._parser, task)
        return await self._pool.parse(task)
