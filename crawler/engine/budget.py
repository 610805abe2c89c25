"""How many URLs a run may still ask for."""

from collections.abc import Iterable

from crawler.model import Request


class Budget:
    """Every URL costs one, once, when it is first asked for; robots.txt costs nothing.

    What is handed out is `pending` until it is refused, and costs nothing after all, or is settled:
    what has gone out may have to go out again.
    """

    def __init__(self, most: int | None) -> None:
        self.left = most
        self._pending: set[int] = set()
        self._paid: set[int] = set()
        self._unsettled: set[int] = set()

    @property
    def pending(self) -> bool:
        """Whether anything that was handed out may still come back."""
        return bool(self._pending or self._unsettled)

    def reserve(self, request: Request) -> bool:
        """Set aside what `request` costs; return whether there was enough left."""
        if self.left is None or request.robots_for is not None or request.url_id in self._paid:
            return True
        if not self.left:
            return False
        self.left -= 1
        self._pending.add(request.url_id)
        return True

    def pay(self, request: Request) -> None:
        """Note that `request` goes out."""
        if request.robots_for is None and request.url_id in self._pending:
            self._pending.remove(request.url_id)
            self._paid.add(request.url_id)
            self._unsettled.add(request.url_id)

    def give_back(self, request: Request) -> None:
        """Note that `request` is at its end; if it never went out, it costs nothing."""
        if self.left is not None and request.robots_for is None and request.url_id in self._pending:
            self._pending.remove(request.url_id)
            self.left += 1

    def settle(self, request: Request) -> None:
        """Note that `request` is done, and what it brought is known."""
        self._unsettled.discard(request.url_id)

    def exempt(self, requests: Iterable[Request]) -> None:
        """Let `requests` cost nothing."""
        if self.left is not None:
            self._paid.update(request.url_id for request in requests)
