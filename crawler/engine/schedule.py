"""Which host may be asked next: of all, the one that is due the soonest."""

import heapq
from itertools import count

from crawler.engine.queues import HostQueue


class Schedule:
    """Holds hosts by the time at which they are due; each host knows its own in `scheduled_at`."""

    def __init__(self) -> None:
        self._entries: list[tuple[float, int, HostQueue]] = []
        self._ticket = count()

    @property
    def due(self) -> float | None:
        """When the next host is due, or was once; None where there is none."""
        return self._entries[0][0] if self._entries else None

    def put(self, host: HostQueue, due: float) -> None:
        """Have `host` due at `due`, unless it is sooner already."""
        if host.scheduled_at is None or due < host.scheduled_at:
            host.scheduled_at = due
            heapq.heappush(self._entries, (due, next(self._ticket), host))

    def take(self, now: float) -> HostQueue | None:
        """Remove and return the host that is due the longest; None where none is."""
        while self._entries and self._entries[0][0] <= now:
            due, _, host = heapq.heappop(self._entries)
            if due == host.scheduled_at:
                host.scheduled_at = None
                return host
        return None
