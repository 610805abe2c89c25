"""The hosts of a frontier, each with its queue, and how politely each is asked."""

import math
from collections.abc import Callable, Iterable, Iterator

from crawler.engine.hosts import HostClock, politeness
from crawler.engine.queues import HostQueue, Window
from crawler.engine.scope import Scoping
from crawler.settings import Settings

# When a host became ours to ask, on the loop's clock: before that somebody else may have asked it.
Since = Callable[[str], float]


def for_ever(_host: str) -> float:
    """Say that nobody else asks hosts."""
    return -math.inf


class Roster:
    """The queues of the hosts that were met, and not given to others; only a frontier asks it."""

    def __init__(self, scoping: Scoping, settings: Settings, since: Since) -> None:
        self._scoping = scoping
        self._settings = settings
        self._since = since
        self._hosts: dict[str, HostQueue] = {}
        self._window = Window()
        self._slowly = False

    def __iter__(self) -> Iterator[HostQueue]:
        return iter(self._hosts.values())

    def __contains__(self, key: object) -> bool:
        return key in self._hosts

    def of(self, key: str) -> HostQueue:
        """Return the queue of a host, which may be new."""
        host = self._hosts.get(key)
        if host is None:
            inside = self._scoping.owns(key)
            polite = politeness(self._settings, key, inside=inside)
            host = self._hosts[key] = HostQueue(key, HostClock(polite), self._window)
            host.is_own = inside
            self._window.share(len(self._hosts))
            host.clock.started(self._since(key))
            if self._slowly:
                host.clock.go_slowly()
        return host

    def welcome(self, host: HostQueue) -> None:
        """Treat a host as our own that became so: a seed moved there, its robots.txt before it."""
        if not host.is_own and self._scoping.owns(host.key):
            host.is_own = True
            host.clock.treat(politeness(self._settings, host.key, inside=True))

    def give_away(self, keys: Iterable[str]) -> list[HostQueue]:
        """Forget these hosts; return their queues."""
        gone = [self._hosts.pop(key) for key in keys]
        self._window.share(len(self._hosts))
        return gone

    def go_slowly(self) -> None:
        """Ask each host for one thing at a time from now on, also those that were given up."""
        self._slowly = True
        for host in self:
            host.clock.go_slowly()
            if host.robots_lost:
                host.robots_asked = False
