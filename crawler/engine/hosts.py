"""The clock of a host: when it may be asked next, how many at once, and whether it is alive."""

from dataclasses import dataclass

from crawler.fetch.retry import BUSY, retry_after
from crawler.model import Answer, Fetch
from crawler.settings import OTHER_HOSTS, OWN_HOSTS, Settings

_FIRST_DELAY = 0.5
_LONGEST_DELAY = 60.0
# A last look takes no longer than this for each request, whatever the host could bear before.
_LONGEST_LAST = 4.0
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

    429 and 503 double the delay, those of requests side by side once; successes halve it again. A
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
        self._least = polite.delay
        self._slowly = False
        self._bearable = 0.0  # the delay at which it answered again, after it was busy
        self._wanted = 0.0  # by robots.txt
        self._delay = polite.delay
        self._refusals = 0
        self._refused_at = float("-inf")
        self._vain: str | None = None
        self._in_vain = 0
        self._in_vain_at = float("-inf")

    @property
    def delay(self) -> float:
        """Seconds between two requests."""
        return self._delay

    def go_slowly(self) -> None:
        """Allow one request at a time, and hosts that gave no answer another chance.

        Nothing is asked twice here: how quick is too quick is not to be found out again.
        """
        self.permits, self._slowly = 1, True
        self._least = max(self._least, self._bearable)
        self._delay = max(self._delay, self._least)
        self._refusals = self._in_vain = 0
        if self.dead not in _FOR_GOOD:
            self.dead = None

    def ask_for(self, delay: float) -> None:
        """Keep at least `delay`, as robots.txt asks."""
        self.asked_for = delay > self._least
        self._wanted = delay
        self._least = max(self._least, delay)
        self._delay = max(self._delay, delay)
        self.due = max(self.due, self.last_start + self._delay)

    def treat(self, polite: Politeness) -> None:
        """Go on as `polite` says; what robots.txt asked for stays, and how slow the host was."""
        was_well = self._delay == self._least
        self.permits = 1 if self._slowly else polite.permits
        self._least = max(polite.delay, self._wanted, self._bearable if self._slowly else 0.0)
        self.asked_for = self._wanted > polite.delay
        self._delay = self._least if was_well else max(self._delay, self._least)

    def rest(self, due: float) -> None:
        """Have nothing asked before `due`, on the loop's clock: another has been told so."""
        self.due = max(self.due, due)

    def started(self, now: float) -> None:
        """Note that a request goes out."""
        self.last_start = now
        self.due = max(self.due, now + self._delay)

    def answered(self, answer: Answer, now: float, wall: float) -> None:
        """Learn from an answer: at `now` on the loop's clock, `wall` seconds since the epoch."""
        fetch = answer.fetch
        self.has_answered |= fetch.status is not None
        began = now - fetch.total_ms / 1000
        is_beside = began < self._in_vain_at
        if fetch.status in BUSY:
            self.busy = fetch.status
            if not is_beside:
                doubled = max(self._delay * 2, _FIRST_DELAY)
                self._delay = max(self._least, min(doubled, _LONGEST_DELAY))
            self.due = max(self.due, now + max(self._delay, retry_after(answer.headers, wall) or 0))
        elif fetch.status is not None:
            if self._delay > self._least:
                self._bearable = max(self._bearable, min(self._delay, _LONGEST_LAST))
            halved = self._delay / 2
            self._delay = self._least if halved < max(self._least, _FIRST_DELAY / 2) else halved
            self.busy = self.busy if self._delay > self._least else None
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
                self.due = max(self.due, now + _FIRST_DELAY * 2**self._refusals)
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
