"""The queue of one host: what may be asked of it next, of all that is open there."""

import heapq
import math
import time
from collections.abc import Iterable, Iterator

from crawler.engine.hosts import HostClock
from crawler.fetch.robots import robots_url
from crawler.model import Request, Scope
from crawler.settings import LONGEST_WAIT
from crawler.urls import url_id

# Requests of one host that are kept in memory; the rest waits in the store. Many hosts share.
WINDOW = 256
_LEAST, _OF_ALL = 32, 32_768


class Window:
    """How many requests of each host are kept in memory."""

    def __init__(self) -> None:
        self.share(1)

    def share(self, hosts: int) -> None:
        """Keep 32,768 requests over all `hosts`, at least 32 and at most 256 of each."""
        self.size = min(WINDOW, max(_LEAST, _OF_ALL // max(1, hosts)))


class HostQueue:
    """The open requests of a host; only the frontier changes it.

    `unstarted` are in a worker's hands but not on the wire yet: a delay counts from there.
    In memory are `held` ids, with the level they count for: in one of the heaps here (fresh ones
    by depth, late ones and requests for robots.txt by due time), in a worker, or not yet committed.
    `stored` counts those that are in the store alone, none of them nearer than `stored_depth`; less
    those that were loaded sooner than they were admitted, so it may be negative for a moment. While
    `gate_closed`, only robots.txt is asked for; once `closed`, nothing is. `is_own` says that its
    clock is that of a host on which a seed lives.
    """

    def __init__(self, key: str, clock: HostClock, window: Window) -> None:
        self.key = key
        self.clock = clock
        self._window = window
        self.held: dict[int, int | None] = {}
        self.stored = 0
        self.stored_depth = math.inf
        self.in_flight = 0
        self.unstarted: set[int] = set()
        self.scheduled_at: float | None = None
        self.robots_asked = False
        self.robots_lost = False
        self.gate_closed = False
        self.closed = False
        self.is_own = False
        self._fresh: list[tuple[int, int, Request]] = []
        self._late: list[tuple[float, int, Request]] = []
        self._robots: list[tuple[float, int, Request]] = []

    @property
    def open(self) -> int:
        """How many requests are not done, here and in the store."""
        return len(self.held) + max(self.stored, 0)

    @property
    def errands(self) -> list[Request]:
        """What other hosts wait for: their robots.txt has moved here."""
        return [request for *_, request in self._robots if request.robots_for != self.key]

    def admit(self, request: Request, ticket: int) -> None:
        """Take a request that was never tried, or is due later; beyond the window, leave it."""
        if request.not_before:
            self.held[request.url_id] = _level(request)
            self.defer(request, due_at(request.not_before), ticket)
        elif request.url_id in self.held:
            self.stored += 1  # `feed` found it in the store already, and counted it off
        elif len(self._fresh) >= self._window.size:
            self.leave_stored(1, request.depth)
        else:
            self.held[request.url_id] = _level(request)
            heapq.heappush(self._fresh, (request.depth, ticket, request))

    def move_up(self, request: Request, ticket: int) -> None:
        """Take a request that is nearer than was known; what is under way only counts as nearer."""
        if request.url_id not in self.held:
            self.stored_depth = min(self.stored_depth, request.depth)
            return
        self.held[request.url_id] = _level(request)
        others = [entry for entry in self._fresh if entry[2].url_id != request.url_id]
        if len(others) < len(self._fresh):
            self._fresh = [*others, (request.depth, ticket, request)]
            heapq.heapify(self._fresh)

    def leave_stored(self, number: int, depth: int) -> None:
        """Count requests that are in the store alone."""
        self.stored += number
        self.stored_depth = min(self.stored_depth, depth)

    def defer(self, request: Request, due: float, ticket: int) -> None:
        """Take a request that is not to be taken before `due`, on the loop's clock."""
        heap = self._late if request.robots_for is None else self._robots
        heapq.heappush(heap, (due, ticket, request))

    def ask_robots(self, ticket: int) -> None:
        """Ask for robots.txt, and for nothing else before that is known."""
        self.robots_asked = self.gate_closed = True
        url = robots_url(self.key)
        request = Request(
            url=url,
            url_id=url_id(url),
            host=self.key,
            depth=0,
            scope=Scope.CHECK,
            robots_for=self.key,
        )
        self.defer(request, 0.0, ticket)

    def next_window(self) -> int:
        """Return how many requests `feed` wants; what is left in the store until then is noted."""
        self.stored_depth = math.inf
        return self._window.size + len(self.held)

    def feed(self, loaded: Iterable[Request], tickets: Iterator[int]) -> None:
        """Take what is not held of requests from the store, the shallowest first, up to the window.

        Beyond it there is still room for those that are nearer than all that is here, as these may
        have to wait for them.
        """
        missing = [request for request in loaded if request.url_id not in self.held]
        nearest = self._fresh[0][0] if self._fresh else math.inf
        nearer = sum(request.depth < nearest for request in missing)
        size = self._window.size
        number = max(size - len(self._fresh), min(nearer, size))
        for request in missing[:number]:
            self.held[request.url_id] = _level(request)
            if request.not_before:
                self.defer(request, due_at(request.not_before), next(tickets))
            else:
                heapq.heappush(self._fresh, (request.depth, next(tickets), request))
            self.stored -= 1
        for request in missing[number : number + 1] or missing[-1:]:
            self.stored_depth = min(self.stored_depth, request.depth)

    def is_hungry(self) -> bool:
        """Return whether more should be loaded from the store."""
        if self.stored <= 0 or self.closed:
            return False
        if self._fresh and self._fresh[0][0] > self.stored_depth:
            return True
        size = self._window.size
        return len(self._fresh) < size // 4 and len(self.held) <= 2 * size

    def due(self, depth_limit: float) -> float | None:
        """Return when a request may be taken, on the loop's clock.

        None where none can be until something changes.
        """
        if self.closed or self.in_flight >= self.clock.permits:
            return None
        if self.unstarted and self.clock.delay:
            return None
        dues = [self._robots[0][0]] if self._robots else []
        if not self.gate_closed:
            if self._late:
                dues.append(self._late[0][0])
            if self._fresh and self._fresh[0][0] <= depth_limit:
                dues.append(0.0)
        return max(self.clock.due, min(dues)) if dues else None

    def take(self, now: float, depth_limit: float) -> Request | None:
        """Return the next request, and count it as in flight; None where none may be taken now."""
        due = self.due(depth_limit)
        if due is None or due > now:
            return None
        request = self._take(now, depth_limit)
        self.clock.due = max(self.clock.due, now)  # behind the others that are due: they take turns
        self.in_flight += 1
        self.unstarted.add(request.url_id)
        return request

    def _take(self, now: float, depth_limit: float) -> Request:
        """Remove and return what is due: what is late goes first.

        Not where the host refuses what it is asked: some pages are refused whenever they are asked
        for, and whether the host is back is for others to show.
        """
        if self._robots and self._robots[0][0] <= now:
            return heapq.heappop(self._robots)[2]
        if self._late and not self.gate_closed and self._late[0][0] <= now:
            is_fresh = self._fresh and self._fresh[0][0] <= depth_limit
            if not (is_fresh and self.clock.is_refusing):
                return heapq.heappop(self._late)[2]
        return heapq.heappop(self._fresh)[2]


def _level(request: Request) -> int | None:
    """Return the depth at which others wait for the request; None where none do."""
    return request.depth if request.scope is Scope.FOLLOW else None


def due_at(not_before: float) -> float:
    """Return when what is not to be asked for `not_before` may be, on the loop's clock.

    Never later than any wait lasts: the computer's clock may have been set back meanwhile.
    """
    return time.monotonic() + min(max(0.0, not_before - time.time()), LONGEST_WAIT)
