"""The URLs met lately, in bounded memory."""

_MOST = 100_000


class Seen:
    """Remembers at least the last 100,000 ids, and at most twice as many; `add` alone changes it.

    What it has forgotten is not lost: the store knows every URL, this only saves asking it.
    """

    def __init__(self) -> None:
        self._young: set[int] = set()
        self._old: set[int] = set()

    def __contains__(self, identifier: int) -> bool:
        return identifier in self._young or identifier in self._old

    def add(self, identifier: int) -> bool:
        """Remember `identifier`; return whether it was new here."""
        if identifier in self:
            return False
        if len(self._young) >= _MOST:
            self._old, self._young = self._young, set()
        self._young.add(identifier)
        return True
