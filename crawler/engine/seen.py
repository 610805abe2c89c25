"""The URLs met lately, in bounded memory, each with the depth that it was met at."""

_MOST = 100_000


class Seen:
    """Remembers at least the last 100,000 ids, and at most twice as many.

    What it has forgotten is not lost: the store knows every URL, this only saves asking it.
    `forgetful` tells that there is such.
    """

    def __init__(self) -> None:
        self.forgetful = False
        self._young: dict[int, int] = {}
        self._old: dict[int, int] = {}

    def depth(self, identifier: int) -> int | None:
        """Return the least depth that `identifier` was met at; None where it is not known."""
        depth = self._young.get(identifier)
        return self._old.get(identifier) if depth is None else depth

    def add(self, identifier: int, depth: int) -> bool:
        """Remember `identifier`, or that it is nearer; return whether it was new here."""
        known = self.depth(identifier)
        if known is not None:
            age = self._young if identifier in self._young else self._old
            age[identifier] = min(known, depth)
            return False
        if len(self._young) >= _MOST:
            self.forgetful = bool(self._old)
            self._old, self._young = self._young, {}
        self._young[identifier] = depth
        return True
