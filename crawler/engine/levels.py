"""How deep a crawl has come: none goes deeper before all above, for depths to be the least."""

import math
from collections import Counter


class Levels:
    """Counts the open pages that are to be followed, by depth; only the frontier changes it.

    `least` is the depth that deeper ones wait for, infinite where nothing is open. `late` tells
    that a page came when deeper ones had had their turn.
    """

    def __init__(self) -> None:
        self.least = math.inf
        self.late = False
        self._open: Counter[int] = Counter()
        self._reached = 0.0

    def enter(self, depth: int) -> None:
        """Count a page; note where deeper ones were before it."""
        self.late = self.late or depth < self._reached
        self.restore(depth, 1)

    def restore(self, depth: int, number: int) -> None:
        """Count pages that were open before."""
        self._open[depth] += number
        self.least = min(self.least, depth)

    def leave(self, depth: int, number: int = 1) -> None:
        """Count off pages; it is `settle` that looks what that means for others."""
        self._open[depth] -= number

    def settle(self) -> bool:
        """Return whether others may have their turn, as `least` is another now."""
        if (least := min((+self._open), default=math.inf)) == self.least:
            return False
        self.least = least
        self._reached = max(self._reached, least)
        return True
