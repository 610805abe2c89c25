"""Which request next: every URL once, no host too often, none deeper before all above is done."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import count

from crawler.engine.budget import Budget
from crawler.engine.levels import Levels
from crawler.engine.queues import HostQueue, due_at
from crawler.engine.roster import Roster, Since, for_ever
from crawler.engine.schedule import Schedule
from crawler.engine.scope import Scoping, is_bound
from crawler.model import Answer, Page, Request, Scope
from crawler.settings import Settings
from crawler.store.protocol import OpenPages

# More than there are ever tickets: of one depth, what was ill on the night before goes first.
_BEFORE_ALL = 1 << 62

LoadWindow = Callable[[str, int], Awaitable[Sequence[Request]]]


class Frontier:
    """Puts requests into the queue of the workers as soon as their hosts may be asked.

    Workers report `started`, `answered` and `finished`, the writer `committed`; all of it, and all
    decisions, without an await. `open` counts the URLs of the run that are not done; a URL found
    while one is done becomes open before that one is counted off, so that 0 is the end. While it is
    `expecting`, others may find URLs for it: nothing open is not the end.
    """

    def __init__(
        self,
        queue: asyncio.Queue[Request | None],
        scoping: Scoping,
        settings: Settings,
        load: LoadWindow,
        since: Since = for_ever,
    ) -> None:
        self.open = 0
        self.expecting = False
        self.budget = Budget(settings.max_pages)
        self._queue = queue
        self._scoping = scoping
        self._settings = settings
        self._load = load
        self._hosts = Roster(scoping, settings, since)
        self._ready = Schedule()
        self._hungry: set[HostQueue] = set()
        self._ticket = count()
        self._levels = Levels()
        self._changed_meanwhile: set[int] | None = None
        self._changed = asyncio.Event()
        self._unpaid: list[Request] = []
        self._running = False

    async def run(self) -> None:
        """Hand out requests until none is open, or all that could be are beyond the budget."""
        self._running = True
        try:
            while self.open or self.expecting:
                self._changed.clear()
                await self._feed()
                self._hand_out()
                if self._unpaid and not self.budget.pending:
                    return
                await self._wait()
        finally:
            self._running = False

    def go_slowly(self) -> None:
        """Ask each host for one thing at a time from now on, also those that were given up."""
        self._hosts.go_slowly()

    def admit(self, requests: Iterable[Request]) -> None:
        """Take in requests that have just become open, or turned out to be nearer."""
        for request in requests:
            if request.was_depth is not None:
                self._move_up(request, request.was_depth)
                continue
            self.open += 1
            if request.scope is Scope.FOLLOW:
                self._levels.enter(request.depth)
            host = self._hosts.of(request.host)
            self._hosts.welcome(host)
            self._ask_robots(host, request)
            host.admit(request, next(self._ticket) - request.priority * _BEFORE_ALL)
            self._schedule(host)

    def restore(self, open_pages: Iterable[OpenPages]) -> None:
        """Take over what an earlier process left open in the store."""
        for key, depth, scope, number, not_before in open_pages:
            self.open += number
            if scope is Scope.FOLLOW:
                self._levels.enter(depth, number)
            host = self._hosts.of(key)
            if not_before:  # what one page was told, as by Retry-After, its host means
                host.clock.rest(due_at(not_before))
            host.leave_stored(number, depth)
            self._schedule(host)

    def expect(self, *, more: bool) -> None:
        """Say whether others may still find URLs for this frontier."""
        self.expecting = more
        self._changed.set()

    def close(self, keys: Iterable[str]) -> None:
        """Ask these hosts for nothing more; what is in flight may finish."""
        for key in keys:
            self._hosts.of(key).closed = True

    def in_flight(self, key: str) -> int:
        """Return how many requests to a host are with the workers."""
        return self._hosts.of(key).in_flight

    def forget(self, keys: Iterable[str], open_pages: Iterable[OpenPages]) -> None:
        """Leave closed hosts, of which nothing is in flight, with what is open there, to others."""
        gone = self._hosts.give_away(keys)
        self._hungry.difference_update(gone)
        for errand in [request for host in gone for request in host.errands]:
            if errand.robots_for in self._hosts:
                self.robots_hop(errand)
        for _, depth, scope, number, _ in open_pages:
            self.open -= number
            if scope is Scope.FOLLOW:
                self._levels.leave(depth, number)
        self._settle_level()
        self._changed.set()

    def started(self, request: Request) -> None:
        """Note that the request goes out now."""
        host = self._hosts.of(request.host)
        host.unstarted.discard(request.url_id)
        self.budget.pay(request)
        if not self.is_hostless(request):
            host.clock.started(time.monotonic())
        self._schedule(host)

    def answered(self, request: Request, answer: Answer) -> None:
        """Let the host's pace learn from the answer."""
        if not self.is_hostless(request):
            clock, is_again = self._hosts.of(request.host).clock, request.tries > 0
            clock.answered(answer, time.monotonic(), time.time(), is_again=is_again)

    def finished(self, page: Page) -> None:
        """Take back the permit of the request; where another attempt is due, keep that."""
        request = page.request
        host = self._hosts.of(request.host)
        host.in_flight -= 1
        host.unstarted.discard(request.url_id)
        self.budget.give_back(request)
        if not page.done:
            due = time.monotonic() + max(0.0, request.not_before - time.time())
            host.defer(request, due, next(self._ticket))
        self._schedule(host)
        if self._running:  # at once: who has finished takes it, before others have their turn
            self._hand_out()

    def robots_hop(self, request: Request) -> None:
        """Follow a robots.txt that has moved, in the queue of the host it moved to."""
        host = self._hosts.of(request.host)
        host.defer(request, 0.0, next(self._ticket))
        self._schedule(host)

    def robots_known(self, key: str, delay: float | None, *, reached: bool = True) -> None:
        """Open the host's gate: its robots.txt has been read, or could not be `reached`."""
        host = self._hosts.of(key)
        host.gate_closed = False
        host.robots_lost = not reached
        host.clock.ask_for(delay or 0.0)
        self._schedule(host)

    def committed(self, pages: Sequence[Page], new: Iterable[Request]) -> None:
        """Count off what is done and stored, after taking in what it brought."""
        self.admit(new)
        for page in pages:
            if page.done and page.request.robots_for is None:
                self._count_off(page.request)
        self._settle_level()
        self._changed.set()

    def dead(self, key: str) -> str | None:
        """Return why the host is given up, if it is."""
        return self._hosts.of(key).clock.dead

    def has_answered(self, key: str) -> bool:
        """Return whether the host has answered anything."""
        return self._hosts.of(key).clock.has_answered

    def is_hostless(self, request: Request) -> bool:
        """Return whether the request is a folder's to answer, whatever its host says or does."""
        return self._scoping.is_hostless(request.url)

    def hosts(self) -> Iterable[HostQueue]:
        """Return the queues of all hosts, to be looked at."""
        return self._hosts

    def _settle_level(self) -> None:
        if self._levels.settle():
            for host in self._hosts:
                self._schedule(host)

    def _move_up(self, request: Request, was_depth: int) -> None:
        host = self._hosts.of(request.host)
        host.move_up(request, next(self._ticket))
        self._note_change(request)
        if was_depth <= self._settings.deepest:
            self._levels.leave(was_depth)
        self._levels.enter(request.depth)
        self._ask_robots(host, request)
        self._schedule(host)

    def _note_change(self, request: Request) -> None:
        """Have what is just being loaded from the store not overrule what has changed since."""
        if self._changed_meanwhile is not None:
            self._changed_meanwhile.add(request.url_id)

    def _count_off(self, request: Request) -> None:
        self.open -= 1
        self.budget.settle(request)
        self._note_change(request)
        host = self._hosts.of(request.host)
        level = host.held.pop(request.url_id, None)
        if level is not None:
            self._levels.leave(level)
        if host.is_hungry():  # there is room for more now
            self._hungry.add(host)

    def _ask_robots(self, host: HostQueue, request: Request) -> None:
        is_to_ask = not host.robots_asked and is_bound(request.scope, self._settings)
        if is_to_ask and not self.is_hostless(request):
            host.ask_robots(next(self._ticket))

    def _schedule(self, host: HostQueue) -> None:
        """Put the host where its next request may be taken from it, or will be found missing."""
        if host.is_hungry():
            self._hungry.add(host)
        due = host.due(self._depth_limit(host))
        if due is not None:
            self._ready.put(host, due)
        self._changed.set()

    def _depth_limit(self, host: HostQueue) -> float:
        """Return the depth below which the host must wait: its pages may turn out to be nearer.

        Beyond the budget nothing is new: only what has gone out already may do so again.
        """
        if self._unpaid:
            return -math.inf
        if self._settings.depth == "all" or not self._scoping.owns(host.key):
            return math.inf
        return self._levels.least

    def _hand_out(self) -> None:
        """Give the workers what is due, as far as the queue has room and the budget lasts.

        Hosts that have nearer requests in the store are fed before.
        """
        if self._unpaid and self.budget.left:
            self._take_up()
        while not (self._hungry or self._queue.full()):
            request = self._next(time.monotonic())
            if request is None:
                return
            if self.budget.reserve(request):
                self._queue.put_nowait(request)
            else:
                self._lay_aside(request)

    def _lay_aside(self, request: Request) -> None:
        """Keep what is beyond the budget, until some of that is given back."""
        host = self._hosts.of(request.host)
        host.in_flight -= 1
        host.unstarted.discard(request.url_id)
        self._unpaid.append(request)
        self._schedule(host)

    def _take_up(self) -> None:
        """Go on with what was laid aside, and with all that had to wait for it."""
        for request in self._unpaid:
            self._hosts.of(request.host).defer(request, 0.0, next(self._ticket))
        self._unpaid.clear()
        for host in self._hosts:
            self._schedule(host)

    def _next(self, now: float) -> Request | None:
        while (host := self._ready.take(now)) is not None:
            request = host.take(now, self._depth_limit(host))
            if request is None or not host.clock.delay:
                self._schedule(host)
            if request is not None:
                return request
        return None

    async def _wait(self) -> None:
        """Sleep until something changes, or the next host is due and what is due can be had.

        Whoever takes from a full queue, which has room for one request a worker, reports a change.
        """
        if self._hungry:
            return
        timer, due = None, self._ready.due
        if due is not None and not self._queue.full():
            loop = asyncio.get_running_loop()
            timer = loop.call_later(max(0.0, due - time.monotonic()), self._changed.set)
        try:
            await self._changed.wait()
        finally:
            if timer is not None:
                timer.cancel()

    async def _feed(self) -> None:
        """Load the next window of hosts that have few requests in memory and more in the store."""
        while self._hungry:
            host = self._hungry.pop()
            if not host.is_hungry():
                continue
            changed = self._changed_meanwhile = set[int]()
            try:
                loaded = await self._load(host.key, host.next_window())
            finally:
                self._changed_meanwhile = None
            unchanged = [each for each in loaded if each.url_id not in changed]
            for request in unchanged:
                self._ask_robots(host, request)
            host.feed(unchanged, self._ticket)
            self._schedule(host)
