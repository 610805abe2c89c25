"""The seconds between two requests to a host: learned from what it refuses."""

import math

_FIRST_DELAY = 0.5
_LONGEST_DELAY = 60.0
# No delay is learned that is longer, and a last look takes no longer for each request.
_LONGEST_LEARNED = 4.0
# After so many answers, or seconds, a host is asked twice as fast as it was found to bear; after
# four times as many, as if nothing had been found. Fewer would be refused more often; more would
# have a host that refuses a few at random, however slowly it is asked, be asked ever more slowly.
_ANSWERS, _SECONDS = 20, 20.0
_FORGOTTEN = 4.0


class Throttle:
    """The delay of a host: `least` until it refuses something, and again some time after that.

    A refusal doubles the delay, and so does the next, until the host answers again. From then on it
    is the geometric mean of the one that was too short and of what the host has borne on the whole:
    for each of its answers the seconds since it recovered last, with all the pause. Whatever way
    a host counts requests by, this comes to the rate that it allows within a few refusals. The rate
    grows with the cube of the answers, or of the time, from there: for long it is nearly the one
    that is borne, and a host without a limit is soon asked as fast as before. TCP does so (CUBIC,
    RFC 9438, 4.2), and with requests the SDKs of AWS ("adaptive" retries).

    Where there is nothing to learn from, as the host had not answered yet, or was asked too seldom
    to tell, each answer halves the delay. `bearable` is the longest at which it has recovered.
    """

    def __init__(self, least: float) -> None:
        self.delay = self.least = least
        self.bearable = 0.0
        self._learned: float | None = None
        self._too_short: float | None = None  # a delay, only while the host refuses
        self._since = 0.0  # when the host recovered
        self._answers = 0  # since then

    @property
    def is_refusing(self) -> bool:
        """Whether the host has not answered since it refused something."""
        return self._too_short is not None

    @property
    def is_well(self) -> bool:
        """Whether the host has answered, and has refused nothing since."""
        return not self.is_refusing and self._answers > 0

    def keep(self, least: float) -> None:
        """Have the delay be at least that long from now on, and as short where all is well."""
        was_least = self.delay == self.least
        self.least = least
        self.delay = least if was_least else max(self.delay, least)

    def refused(self, now: float) -> None:
        """Slow down; of requests side by side that are refused, one is to be told."""
        is_new = not self.is_refusing
        if is_new:
            self._learned = self._learned or self.delay or None
            self._too_short = self.delay or self._borne(now)
        shortest = 0.0 if is_new and self._learned else _FIRST_DELAY
        doubled = max(self.delay * 2, shortest)
        self.delay = max(self.least, min(doubled, _LONGEST_DELAY))

    def answered(self, now: float, *, is_beside: bool) -> None:
        """Count an answer; where it was asked for beside what was refused, it says no more."""
        if self._too_short is not None and not is_beside:
            self._recover(now, self._too_short)
            self._answers = 0
        if not self._answers:
            self._since = now
        self._answers += 1
        if self.delay > self.least and not is_beside:
            self._speed_up(now)

    def _recover(self, now: float, too_short: float) -> None:
        borne = min(math.sqrt(too_short * self._borne(now)), _LONGEST_LEARNED)
        is_known = borne > 0 and (self._learned is not None or borne < self.delay)
        self._learned = borne if is_known else None
        self.delay = self._learned or self.delay
        self.bearable = max(self.bearable, min(self.delay, _LONGEST_LEARNED))
        self._too_short = None

    def _borne(self, now: float) -> float:
        """Return the seconds for each answer; 0 where there was none."""
        return (now - self._since) / self._answers if self._answers else 0.0

    def _speed_up(self, now: float) -> None:
        if self._learned is None:
            halved = self.delay / 2
            self.delay = 0.0 if halved < _FIRST_DELAY / 2 else halved
        else:
            grown = max(self._answers / _ANSWERS, (now - self._since) / _SECONDS)
            self.delay = self._learned / (1 + grown**3) if grown < _FORGOTTEN else 0.0
        if self.delay <= self.least:
            self.delay, self._learned = self.least, None
