"""From the links of a document to requests for what was not met before."""

import asyncio
from collections.abc import Container, Iterable, Sequence

from crawler.document import Reading
from crawler.engine.scope import Scoping
from crawler.engine.seen import Seen
from crawler.engine.traps import Traps, shape
from crawler.model import Request, Scope
from crawler.parse.gate import LISTED_TEXT, media_type
from crawler.urls import Target, host_of, url_id

# Id and URL of what a document links to, and whether some link names a place in it.
Novelty = tuple[int, str, bool]

# So many URLs are looked at before others get their turn in the event loop.
_TURN = 250


class Discovery:
    """Makes requests of targets; remembers lately made ones, sitemaps, and numbers of patterns.

    A page may turn out to link to what was met before as deeper than the page says: `take_late`.
    """

    def __init__(self, scoping: Scoping) -> None:
        self._scoping = scoping
        self._seen = Seen()
        self._led_to = Seen()
        self._late: set[int] = set()
        self._sitemaps: set[int] = set()
        self._traps = Traps()

    async def of_document(self, reading: Reading, source: Request) -> list[Request]:
        """Return requests for the targets of a document, one level below `source`."""
        return await self._of(reading.targets.items(), set(reading.named), reading.digest, source)

    async def of_unchanged(
        self, targets: Sequence[Novelty], digest: bytes, source: Request
    ) -> list[Request]:
        """Return requests for the targets of a document on file which the run had not met."""
        named = {target_id for target_id, _, is_named in targets if is_named}
        return await self._of([target[:2] for target in targets], named, digest, source)

    async def _of(
        self,
        targets: Iterable[tuple[int, str]],
        named: Container[int],
        digest: bytes,
        source: Request,
    ) -> list[Request]:
        found = []
        depth = source.depth + 1
        for number, (target_id, url) in enumerate(targets, 1):
            known = self._seen.depth(target_id)
            if known is None:
                method = "GET" if target_id in named else "HEAD"
                request = self._request(target_id, url, depth, method, source)
                found.append(self._untrapped(request))
                known = self._led_to.depth(target_id)
            elif known > depth:
                self._seen.add(target_id, depth)
            if known is not None and known > depth:
                self._late.add(source.url_id)
            if not number % _TURN:
                await asyncio.sleep(0)
        # Only now, when nothing can come between: what counts as seen is on its way to the store.
        # What others have met as deeper meanwhile is late.
        if any((self._seen.depth(each.url_id) or 0) > depth for each in found):
            self._late.add(source.url_id)
        new = [request for request in found if self._seen.add(request.url_id, depth)]
        return self._unless_copied(new, source.host, digest)

    def _unless_copied(self, found: list[Request], host: str, digest: bytes) -> list[Request]:
        """Return what a page brought, as to be skipped where the page is a copy of too many."""
        if not found or not self._traps.copied(host, digest):
            return found
        return [
            each
            if each.scope is Scope.SKIP
            else each._replace(scope=Scope.SKIP, reason="trap-copy")
            for each in found
        ]

    def of_redirect(self, target: Target, source: Request) -> Request:
        """Return the request for a redirect's next hop; a seed that moves takes its site along."""
        if source.depth == 0:
            self._scoping.adopt(target.url)
        self._led_to.add(target.id, source.depth)
        known = self._seen.depth(target.id)
        if known is not None and known > source.depth:
            self._late.add(target.id)  # which may be taken for deeper just now
        request = self._request(target.id, target.url, source.depth, source.method, source)
        trap = shape(target.url) if request.scope is Scope.FOLLOW else None
        if trap is not None:
            request = request._replace(scope=Scope.SKIP, reason=trap)
        return request._replace(hops=source.hops + 1)

    def unasked(self, target: Target, source: Request, reason: str) -> Request:
        """Return the request for a redirect's next hop that is not made, for a reason."""
        hop = self._request(target.id, target.url, source.depth, source.method, source)
        return hop._replace(scope=Scope.SKIP, reason=reason, hops=source.hops + 1)

    def take_late(self) -> list[int] | None:
        """Return the pages, since the last call, of whose links some were met as deeper before.

        None where that is not known of all.
        """
        late, self._late = self._late, set()
        return None if self._seen.forgetful or self._led_to.forgetful else list(late)

    def of_sitemaps(self, urls: Iterable[str], source: Request) -> list[Request]:
        """Return requests for the sitemaps a robots.txt names, as if its site linked to them."""
        if not self._scoping.owns(source.robots_for or ""):
            return []
        found = [self._request(url_id(url), url, 1, "HEAD", source) for url in urls]
        self._sitemaps.update(request.url_id for request in found)
        return found

    def type_of(self, request: Request, content_type: str) -> str:
        """Return what an answer is to be read as: a text may be a sitemap by its robots.txt."""
        is_text = media_type(content_type) == "text/plain"
        return LISTED_TEXT if is_text and request.url_id in self._sitemaps else content_type

    def _untrapped(self, request: Request) -> Request:
        """Return `request`, as one to be skipped where it is of a site's own traps."""
        if request.scope is Scope.SKIP or not self._scoping.owns(request.host):
            return request
        trap = self._traps.reason(request.url, request.host)
        return request if trap is None else request._replace(scope=Scope.SKIP, reason=trap)

    def _request(
        self, target_id: int, url: str, depth: int, method: str, source: Request
    ) -> Request:
        scope, reason = self._scoping.decide(url, depth)
        return Request(
            url=url,
            url_id=target_id,
            host=host_of(url),
            depth=depth,
            scope=scope,
            reason=reason,
            method="GET" if scope is Scope.FOLLOW else method,
            via_id=source.url_id,
        )
