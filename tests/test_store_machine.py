"""Whatever is written, in whatever order, however often it is opened again: the counts balance."""

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from crawler.location import Location
from crawler.model import Page, Request, Scope
from crawler.store.ledger import Ledger, open_store
from tests.server import PostgresServer
from tests.stored import HOST, NOW, SEEDS, SETTINGS, leaf, page, request

NAMES = st.integers(0, 30)
Got = TypeVar("Got")


def of(number: int, depth: int) -> Request:
    """Return a request for one of few URLs; every third is a leaf, every fifth is skipped."""
    url = f"{HOST}/{number}"
    if number % 5 == 4:
        return request(url, depth, Scope.SKIP, "excluded")
    return request(url, depth, Scope.CHECK if number % 3 == 2 else Scope.FOLLOW)


class StoreMachine(RuleBasedStateMachine):
    """A store, and what must be in it: `open` requests by their URL, and the URLs that are done."""

    def __init__(self, location: Location) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.location = location
        self.open: dict[str, Request] = {}
        self.done: set[str] = set()
        self.run_id = 0

    @initialize()
    def begin(self) -> None:
        self.enter()
        started = self.wait(self.store.begin(SEEDS, SETTINGS, NOW, resume=False))
        self.run_id = started.id
        self.take(self.wait(self.store.add(self.run_id, [of(0, 0)])))

    def enter(self) -> None:
        self.stack = AsyncExitStack()
        self.store: Ledger = self.wait(self.stack.enter_async_context(open_store(self.location)))

    @rule(numbers=st.lists(NAMES), depth=st.integers(1, 3))
    def find(self, numbers: list[int], depth: int) -> None:
        """Find URLs that may be known."""
        self.take(self.wait(self.store.add(self.run_id, [of(number, depth) for number in numbers])))

    @precondition(lambda self: self.open)
    @rule(choice=st.data(), numbers=st.lists(NAMES), again=st.booleans())
    def write(self, choice: st.DataObject, numbers: list[int], again: bool) -> None:  # noqa: FBT001 - hypothesis names it
        """Finish some pages, which bring others; or put them off."""
        urls = choice.draw(st.lists(st.sampled_from(sorted(self.open)), min_size=1, unique=True))
        pages = [self.page(self.open[url], numbers, again=again) for url in urls]
        new = self.wait(self.store.write(self.run_id, pages))
        self.take(new)
        for url in [] if again else urls:
            del self.open[url]
            self.done.add(url)

    def page(self, asked: Request, numbers: list[int], *, again: bool) -> Page:
        if again:
            return Page(request=asked._replace(tries=asked.tries + 1, not_before=NOW), done=False)
        if asked.scope is Scope.CHECK:
            return leaf(asked.url)._replace(request=asked)
        found = [of(number, asked.depth + 1) for number in numbers]
        return page(asked.url)._replace(request=asked, found=found)

    @rule()
    def crash(self) -> None:
        """Open the database again, and go on with the run."""
        self.wait(self.stack.aclose())
        self.enter()
        resumed = self.wait(self.store.begin(SEEDS, SETTINGS, NOW, resume=True))
        assert (resumed.id, resumed.resumed) == (self.run_id, True)

    @invariant()
    def the_counts_balance(self) -> None:
        if not self.run_id:
            return
        counted = self.wait(self.store.open_pages(self.run_id))
        assert sum(each.number for each in counted) == len(self.open)
        window = self.wait(self.store.window(self.run_id, HOST, 1000))
        assert {each.url for each in window} == set(self.open)
        assert [each.depth for each in window] == sorted(each.depth for each in window)
        assert not self.done & set(self.open)

    def take(self, new: list[Request]) -> None:
        for each in new:
            assert each.url not in self.done
            assert each.scope is not Scope.SKIP
            self.open.setdefault(each.url, each)

    def wait(self, work: Awaitable[Got]) -> Got:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        if self.run_id:
            self.wait(self.stack.aclose())
        self.loop.close()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_the_counts_balance_whatever_happens(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    numbers = count()
    server: PostgresServer | None = None
    if engine == "postgresql":
        server = request.getfixturevalue("server")

    class Machine(StoreMachine):
        def __init__(self) -> None:
            super().__init__(server.emptied() if server else tmp_path / f"{next(numbers)}.db")

    run_state_machine_as_test(
        Machine, settings=settings(max_examples=5, stateful_step_count=12, deadline=None)
    )
