"""Where a redirect leads: to the next hop of its chain, round in a circle, or nowhere."""

import time

from crawler.engine.discovery import Discovery
from crawler.engine.evidence import Evidence
from crawler.model import Answer, Chain, Judgement, Page, Request, Verdict
from crawler.urls import Target, is_http, resolve

REDIRECTS = {301, 302, 303, 307, 308}
# What a user agent need not keep more of (RFC 6265, 6.1).
_MOST_COOKIES = 50
_LONGEST_COOKIE = 4096


class Chains:
    """Leads redirects on; what a chain carries along is in its requests."""

    def __init__(self, discovery: Discovery, evidence: Evidence, most: int) -> None:
        """Take the number of redirects in a row that are followed."""
        self._discovery = discovery
        self._evidence = evidence
        self._most = most

    def led_on(self, page: Page, answer: Answer) -> Page:
        """Return `page` as what redirects to the Location of `answer`, with the hop to come."""
        request = page.request
        target = resolve(request.url, answer.headers["location"])
        if target is None:
            return page._replace(judgement=Judgement(Verdict.BROKEN, "bad-location"))
        if not is_http(target.url):
            return page._replace(judgement=Judgement(Verdict.BROKEN, "invalid-url"))
        if request.hops >= self._most:
            return self._cut(page, target)
        chain = _carried_on(request, answer)
        if dict(chain.asked).get(target.id, len(chain.cookies)) < len(chain.cookies):
            return self._asked_again(page, target, chain)
        self._evidence.redirected(request.url_id, target.id)
        hop = self._discovery.of_redirect(target, request)._replace(chain=chain)
        return _leading(page, target, None)._replace(found=[hop])

    def _cut(self, page: Page, target: Target) -> Page:
        """Go no further; should fewer redirects lead here another way, a later look will."""
        reason = "too-many-redirects"
        hop = self._discovery.unasked(target, page.request, reason)
        return _leading(page, target, Judgement(Verdict.BROKEN, reason))._replace(found=[hop])

    def _asked_again(self, page: Page, target: Target, chain: Chain) -> Page:
        """Ask a URL of the chain once more, now that there are cookies for it."""
        request = page.request
        hop = self._discovery.of_redirect(target, request)._replace(chain=chain)
        if target.id == request.url_id:
            again = request._replace(chain=chain, hops=hop.hops, tries=0, not_before=time.time())
            return Page(request=again, done=False, fetch=page.fetch, notes=page.notes)
        return _leading(page, target, None)._replace(reopened=hop._replace(via_id=None))


def _leading(page: Page, target: Target, judgement: Judgement | None) -> Page:
    return page._replace(
        judgement=judgement,
        redirect_to=target.id,
        redirect_fragment=target.fragment or None,
    )


def _carried_on(request: Request, answer: Answer) -> Chain:
    """Return the chain of `request` with this hop, and the cookies that are new with it."""
    asked, cookies = request.chain
    lines = (line for line in answer.set_cookies if len(line) <= _LONGEST_COOKIE)
    new = [(request.url, line) for line in lines]
    new = [cookie for cookie in dict.fromkeys(new) if cookie not in cookies]
    return Chain((*asked, (request.url_id, len(cookies))), (cookies + tuple(new))[:_MOST_COOKIES])
