"""Reading documents without holding the event loop: small ones here, larger ones elsewhere."""

from collections import Counter

from crawler.document import Reading
from crawler.engine.parsing import ParserLostError, ParserPool
from crawler.parse.document import Parser
from crawler.parse.gate import Format, format_of
from crawler.parse.reading import Task, read
from crawler.urls import host_of

# Tags in a small page, from which on its shape may cost more than its size does.
_MANY_TAGS = 1000
MOST_LOST = 5
"So often a parser may be lost over the pages of a host before we leave its large ones alone."
# Bytes that are parsed in a few milliseconds; style sheets are parsed in Python, which is slower,
# and what is packed may be a thousand times larger.
SMALL_PAGE = 16 * 1024
_SMALL = {
    Format.HTML: SMALL_PAGE,
    Format.CSS: 4 * 1024,
    Format.MARKDOWN: 4 * 1024,
    Format.XML: 16 * 1024,
    Format.FEED: 64 * 1024,
    Format.MANIFEST: 64 * 1024,
    Format.JSON: 64 * 1024,
    Format.PACKED_SITEMAP: 4 * 1024,
    Format.TEXT_SITEMAP: 64 * 1024,
}


class Reader:
    """Parses bodies; remembers references, and which hosts cost it parsers; nothing else."""

    def __init__(self, pool: ParserPool) -> None:
        self._pool = pool
        self._parser = Parser()
        self._lost: Counter[str] = Counter()

    async def read(self, task: Task) -> Reading | None:
        """Return what is in the document; None where it is of no known format.

        ParserLostError where the document hangs or kills the parser, and where others of its host
        have done so before; TooComplexError where to parse it would take too long.
        """
        form = format_of(task.content_type, task.url)
        if form is None or _is_small(task.body, form):
            return read(self._parser, task)
        host = host_of(task.url)
        if self._lost[host] >= MOST_LOST:
            raise ParserLostError(f"no parser is left for {host}")
        try:
            return await self._pool.parse(task)
        except ParserLostError:
            self._lost[host] += 1
            raise


def _is_small(body: bytes, form: Format) -> bool:
    return len(body) <= _SMALL[form] and body.count(b"<") <= _MANY_TAGS
