"""How deep a crawl has come: none goes deeper before all above, for depths to be the least."""

import math
from collections import Counter


class Levels:
    """Counts the open pages that are to be followed, by depth; only the frontier changes it.

    `least` is the depth that deeper ones wait for, infinite where nothing is open.
    """

    def __init__(self) -> None:
        self.least = math.inf
        self._open: Counter[int] = Counter()

    def enter(self, depth: int, number: int = 1) -> None:
        """Count pages that are open."""
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
        return True
