"""Whether a request is to be made once more, and how: later, or in another form."""

import time
from collections import Counter
from collections.abc import Callable

from crawler.engine.known import NOT_MODIFIED, conditions_of
from crawler.fetch.failures import REUSED
from crawler.fetch.retry import BUSY, RetryPolicy
from crawler.model import Answer, Known, Request
from crawler.settings import Settings
from crawler.urls import is_http, resolve

# Challenges are answered so, and little else that a reader could follow a link to.
_ACCEPTED = 202
# What servers say that cannot cope with a condition.
_OF_CONDITIONS = {400, 412, 500, 501}
# Errors that a GET would meet just as the HEAD did.
_OF_THE_HOST = {"dns", "private-address", "invalid-url", "tls-chain", "proxy"}


# A server that fails at everything is not asked for all of it three times: of a host so many
# requests are retried, and a fifth of all. What is over gets its second look in the end.
_RETRIES = 50
_SHARE = 5
# So many HEADs that a host lets hang, and then answers the GET, are enough.
_HANGS = 2


class Attempts:
    """Decides by an answer what becomes of its request; it counts those of each host.

    And remembers of which URLs a HEAD was let hang, until the GET that follows has its answer, no
    more.
    """

    def __init__(self, known_to: Callable[[Request], Known | None], settings: Settings) -> None:
        """Take what tells what a request has on file."""
        self._known_to = known_to
        self._retry = RetryPolicy(settings)
        self._asked: Counter[str] = Counter()
        self._retried: Counter[str] = Counter()
        self._hanging: set[int] = set()
        self._hung: Counter[str] = Counter()

    def made(self, request: Request) -> Request:
        """Return the request as it is to be made: no HEAD where the host lets these hang."""
        hangs = request.method == "HEAD" and self._hung[request.host] >= _HANGS
        return request._replace(method="GET") if hangs and not request.tries else request

    def another(self, request: Request, answer: Answer) -> Request | None:
        """Return the request as it is to be tried again, or None where this answer is the last."""
        now = time.time()
        self._asked[request.host] += 1
        self._note_hanging(request, answer)
        if request.method == "HEAD" and not request.tries and _failed(request, answer):
            return request._replace(method="GET", not_before=now)
        otherwise = self._asked_otherwise(request, answer)
        if otherwise is not None:
            return otherwise._replace(not_before=now)
        wait = self._retry.wait(answer, request.tries + 1, now)
        if wait is None or not (answer.fetch.status in BUSY or self._affords(request.host)):
            return None
        return request._replace(tries=request.tries + 1, not_before=now + wait)

    def _note_hanging(self, request: Request, answer: Answer) -> None:
        """Note a HEAD that hangs; it counts once a GET shows that this was for being one."""
        if request.method == "HEAD" and answer.fetch.error == "timeout":
            self._hanging.add(request.url_id)
        elif request.url_id in self._hanging:
            self._hanging.remove(request.url_id)
            self._hung[request.host] += answer.fetch.status is not None

    def _affords(self, host: str) -> bool:
        """Return whether a request to `host` may be retried, and count that."""
        affords = self._retried[host] < _RETRIES + self._asked[host] // _SHARE
        self._retried[host] += affords
        return affords

    def _asked_otherwise(self, request: Request, answer: Answer) -> Request | None:
        """Return the request in another form, where that may be what the answer is about.

        First without the condition that it has, which some servers choke on; then for headers
        alone: those of a body that is longer than it says are sound.
        """
        is_odd = _is_odd(request, answer)
        is_of_condition = is_odd or answer.fetch.status in _OF_CONDITIONS
        if is_of_condition and conditions_of(self._known_to(request)):
            return request._replace(known=None)
        if is_odd and request.robots_for is None and request.method == "GET":
            return request._replace(method="HEAD", tries=request.tries + 1)
        return None


def _failed(request: Request, answer: Answer) -> bool:
    """Return whether a GET may fare better than the HEAD that `request` is."""
    fetch = answer.fetch
    if fetch.error is not None:
        return fetch.error not in _OF_THE_HOST
    status = fetch.status or 0
    if 300 <= status < 400 and status != NOT_MODIFIED:
        target = resolve(request.url, answer.headers.get("location", "").strip())
        return target is None or not is_http(target.url) or target.id == request.url_id
    return status >= 400 or status == _ACCEPTED


def _is_odd(request: Request, answer: Answer) -> bool:
    """Return whether no HTTP came; once, on a kept connection, that may be of another page."""
    fetch = answer.fetch
    was_kept = fetch.error == "reset" and (fetch.detail or "").startswith(f"{REUSED}: ")
    return fetch.error == "protocol" or (was_kept and request.tries > 0)
