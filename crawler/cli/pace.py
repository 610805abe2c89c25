"""How fast a run is, and how long it will take: an estimate only where one can be made."""

from collections import deque
from dataclasses import dataclass

from crawler.engine.progress import Progress

_WINDOW = 30.0
_EVERY = 0.5
_FIRST = 3.0
# While more than this part of what is done is found anew, nobody knows how much there is.
_GROWTH = 0.5


@dataclass(frozen=True, slots=True)
class Pace:
    """URLs done a second, and the seconds that are left, None where that cannot be known."""

    rate: float
    left: float | None


class Pacer:
    """Remembers how far a run was in the last half minute; whoever shows the run asks it."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int, int]] = deque()
        self._pace = Pace(0.0, None)

    def pace(self, progress: Progress, seconds: float) -> Pace:
        """Return the pace of a run that has taken so many `seconds`."""
        if not self._seen or seconds - self._seen[-1][0] >= _EVERY:
            self._seen.append((seconds, progress.done, progress.done + progress.open))
            self._pace = self._measured(progress, seconds)
        return self._pace

    def _measured(self, progress: Progress, seconds: float) -> Pace:
        while seconds - self._seen[0][0] > _WINDOW:
            self._seen.popleft()
        since, done, known = self._seen[0]
        if seconds - since < _FIRST:
            return Pace(progress.done / max(seconds, 1.0), None)
        rate = (progress.done - done) / (seconds - since)
        growth = (progress.done + progress.open - known) / (seconds - since)
        return Pace(rate, _left(progress, rate, growth))


def _left(progress: Progress, rate: float, growth: float) -> float | None:
    if not rate or growth > _GROWTH * rate:
        return None
    waits = progress.waits()
    if any(wait.seconds is None for wait in waits):
        return None
    longest = max((wait.seconds or 0.0 for wait in waits), default=0.0)
    return max(progress.open / (rate - max(growth, 0.0)), longest)
