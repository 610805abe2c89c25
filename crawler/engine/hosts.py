"""The clock of a host: when it may be asked next, how many at once, and whether it is alive."""

from dataclasses import dataclass

from crawler.engine.throttle import Throttle
from crawler.fetch.retry import BUSY, retry_after
from crawler.model import Answer, Fetch
from crawler.settings import OTHER_HOSTS, OWN_HOSTS, Settings

# A host that refuses connections and has answered before is left alone for so long at first.
_FIRST_PAUSE = 0.5
_REFUSALS = 5
# How many requests in vain, one after the other, are enough. So often slowed down, a host is asked
# once a minute.
_IN_VAIN = {"timeout": 5, "busy": 9}
_FOR_GOOD = {"dns", *map(str, BUSY)}


@dataclass(frozen=True, slots=True)
class Politeness:
    """How a host is treated at first: requests at once, and seconds between two."""

    permits: int
    delay: float


def politeness(settings: Settings, host: str, *, inside: bool) -> Politeness:
    """Return how `host` is treated: by its own settings, those of all, whether it is a seed's."""
    permits, delay = OWN_HOSTS if inside else OTHER_HOSTS
    permits = permits if settings.per_host is None else settings.per_host
    delay = delay if settings.delay is None else settings.delay
    for own in settings.hosts:
        if own.origin == host:
            permits = permits if own.per_host is None else own.per_host
            delay = delay if own.delay is None else own.delay
    return Politeness(permits, delay)


class HostClock:
    """The pace of one host; the frontier alone calls what changes it.

    What it answers 429 or 503 to, requests side by side once, slows it down: see `Throttle`. A
    host is given up (`dead` says why) that has no address, refuses five connections in a row (one
    that has answered before: in some seconds), lets five requests time out, or is busy nine times,
    one after the other. `busy` is the 429 or 503 that it is slow for, `asked_for`: robots.txt wants
    the delay that there is at least. `due` is when it may be asked next, and `last_start` when it
    was asked last, on the loop's clock, as every moment here but `wall`.
    """

    def __init__(self, polite: Politeness) -> None:
        self.permits = polite.permits
        self.due = 0.0
        self.dead: str | None = None
        self.busy: int | None = None
        self.has_answered = False
        self.asked_for = False
        self.last_start = float("-inf")
        self._throttle = Throttle(polite.delay)
        self._slowly = False
        self._wanted = 0.0  # by robots.txt
        self._refusals = 0
        self._refused_at = float("-inf")
        self._vain: str | None = None
        self._in_vain = 0
        self._in_vain_at = float("-inf")

    @property
    def delay(self) -> float:
        """Seconds between two requests."""
        return self._throttle.delay

    @property
    def is_refusing(self) -> bool:
        """Whether it has not answered since it was busy last."""
        return self._throttle.is_refusing

    def go_slowly(self) -> None:
        """Allow one request at a time, and hosts that gave no answer another chance.

        Nothing is asked twice here: how quick is too quick is not to be found out again.
        """
        self.permits, self._slowly = 1, True
        self._throttle.keep(max(self._throttle.least, self._throttle.bearable))
        self._refusals = self._in_vain = 0
        if self.dead not in _FOR_GOOD:
            self.dead = None

    def ask_for(self, delay: float) -> None:
        """Keep at least `delay`, as robots.txt asks."""
        self.asked_for = delay > self._throttle.least
        self._wanted = delay
        self._throttle.keep(max(self._throttle.least, delay))
        self.due = max(self.due, self.last_start + self.delay)

    def treat(self, polite: Politeness) -> None:
        """Go on as `polite` says; what robots.txt asked for stays, and how slow the host was."""
        self.permits = 1 if self._slowly else polite.permits
        bearable = self._throttle.bearable if self._slowly else 0.0
        self._throttle.keep(max(polite.delay, self._wanted, bearable))
        self.asked_for = self._wanted > polite.delay

    def rest(self, due: float) -> None:
        """Have nothing asked before `due`, on the loop's clock: another has been told so."""
        self.due = max(self.due, due)

    def started(self, now: float) -> None:
        """Note that a request goes out."""
        self.last_start = now
        self.due = max(self.due, now + self._throttle.delay)

    def answered(self, answer: Answer, now: float, wall: float, *, is_again: bool = False) -> None:
        """Learn from an answer: at `now` on the loop's clock, `wall` seconds since the epoch.

        `is_again`: the same was asked for before. Where that is refused, and the host has answered
        others meanwhile, the page is at fault, which says nothing of the host.
        """
        fetch = answer.fetch
        self.has_answered |= fetch.status is not None
        began = now - fetch.total_ms / 1000
        is_beside = began < self._in_vain_at
        if fetch.status in BUSY:
            asked_for = retry_after(answer.headers, wall) or 0.0
            if is_again and self._throttle.is_well and not self._slowly:
                self.due = max(self.due, now + asked_for)
                return
            self.busy = fetch.status
            if not is_beside:
                self._throttle.refused(now)
            self.due = max(self.due, now + max(self.delay, asked_for))
        elif fetch.status is not None:
            waited = self.last_start + self.delay
            self._throttle.answered(now, is_beside=is_beside)
            if self.due == waited:  # for the delay, and nothing else, which may be shorter now
                self.due = self.last_start + self.delay
            self.busy = self.busy if self.delay > self._throttle.least else None
        self._count_refusals(fetch.error, now, began)
        self._count_in_vain(fetch, now, is_beside=is_beside)

    def _count_refusals(self, error: str | None, now: float, began: float) -> None:
        """Count refusals; a host that has answered may be restarting, and has time to come back.

        Of those side by side one counts there.
        """
        if error is None:
            self._refusals = 0
        elif error == "dns":
            self.dead = error
        elif error in ("connect", "dns-temporary") and began >= self._refused_at:
            if self.has_answered:
                self._refused_at = now
                self.due = max(self.due, now + _FIRST_PAUSE * 2**self._refusals)
            self._refusals += 1
            if self._refusals >= _REFUSALS:
                self.dead = error

    def _count_in_vain(self, fetch: Fetch, now: float, *, is_beside: bool) -> None:
        """Count requests that time out or are put off; of those that are side by side, one."""
        is_silent = fetch.error == "timeout" and fetch.ttfb_ms is None
        word = "busy" if fetch.status in BUSY else "timeout" if is_silent else None
        if word != self._vain:
            self._vain, self._in_vain = word, 0
        if word is None or is_beside:
            return
        self._in_vain, self._in_vain_at = self._in_vain + 1, now
        if self._in_vain >= _IN_VAIN[word]:
            self.dead = str(fetch.status) if word == "busy" else word
