"""Whom a run waits for, and why: for people who watch."""

import math
from collections.abc import Iterable
from heapq import nlargest

from crawler.engine.progress import Wait
from crawler.engine.queues import HostQueue

_MOST = 3
# Below these nobody would call it waiting.
_LEAST_WAIT = 1.0
_LEAST_SILENCE = 3.0


def waits(hosts: Iterable[HostQueue], now: float, writing_since: float | None = None) -> list[Wait]:
    """Return the few hosts that take longest, the longest first; `now` on the loop's clock.

    Where something has been written since long ago, that is the database alone: hosts may have
    answered meanwhile, and nobody could say so.
    """
    if writing_since is not None and now - writing_since >= _LEAST_SILENCE:
        why = f"it has been written to for {now - writing_since:.0f} s"
        return [Wait("the database", why, None, sum(host.open for host in hosts))]
    found = (wait for host in hosts if (wait := _wait(host, now)) is not None)
    return nlargest(_MOST, found, key=lambda wait: wait.seconds or math.inf)


def _wait(host: HostQueue, now: float) -> Wait | None:
    if not host.open:
        return None
    silence = now - host.clock.last_start  # endless where nothing was asked over the network
    if host.in_flight and _LEAST_SILENCE <= silence < math.inf:
        return Wait(host.key, f"no answer for {silence:.0f} s", None, host.open)
    next_at = host.due(math.inf)
    if next_at is None:
        return None
    left = max(0.0, next_at - now) + (host.open - 1) * host.clock.delay
    return Wait(host.key, _why(host), left, host.open) if left >= _LEAST_WAIT else None


def _why(host: HostQueue) -> str:
    clock = host.clock
    if clock.busy is not None:
        return f"it answered {clock.busy}, so {clock.delay:g} s between requests"
    if clock.delay and clock.asked_for:
        return f"its robots.txt asks for {clock.delay:g} s between requests"
    if clock.delay:
        return f"{clock.delay:g} s between requests"
    return "failed, to be tried again"
