"""Promises about the task that writes: what shares a transaction, and what does not wait."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import pytest

from crawler.engine import writer as engine
from crawler.engine.writer import Writer
from crawler.model import Page, Request
from tests.stored import HOST, request


class Batches(list[list[Page]]):
    """What was written together."""

    def __init__(self) -> None:
        super().__init__()
        self._another = asyncio.Event()

    async def write(self, pages: Sequence[Page]) -> list[Request]:
        await asyncio.sleep(0)  # others have their turn meanwhile
        self.append(list(pages))
        self._another.set()
        return []

    async def next(self) -> None:
        """Wait until another batch is written."""
        await self._another.wait()
        self._another.clear()


@asynccontextmanager
async def writing(batches: Batches, *, at_once: bool = False) -> AsyncGenerator[Writer]:
    writer = Writer(batches.write, lambda _pages, _new: None, at_once=at_once)
    task = asyncio.create_task(writer.run())
    try:
        yield writer
    finally:
        writer.close()
        await task


@pytest.fixture
def for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a pause so long that no test sees its end."""
    monkeypatch.setattr(engine, "_PAUSE", 3600.0)


def page(number: int) -> Page:
    return Page(request=request(f"{HOST}/{number}"), done=True)


async def test_what_comes_one_after_the_other_is_written_together() -> None:
    batches = Batches()

    async with writing(batches) as writer:
        for number in range(10):
            writer.submit(page(number))
            await asyncio.sleep(0)

    assert list(map(len, batches)) == [1, 9]


async def test_after_a_pause_what_waits_is_written() -> None:
    batches = Batches()

    async with writing(batches) as writer:
        for number in range(3):
            writer.submit(page(number))
            await batches.next()

    assert list(map(len, batches)) == [1, 1, 1]


async def test_it_is_known_since_when_the_disk_is_waited_for() -> None:
    batches = Batches()
    begun = time.monotonic()
    since = []

    async with writing(batches) as writer:
        since.append(writer.since)
        writer.submit(page(0))
        await asyncio.sleep(0)
        since.append(writer.since)
        await batches.next()
    since.append(writer.since)

    before, meanwhile, after = since
    assert (before, after) == (None, None)
    assert begun <= (meanwhile or 0.0) <= time.monotonic()


@pytest.mark.usefixtures("for_ever")
async def test_what_workers_wait_for_is_written_without_a_pause() -> None:
    batches = Batches()

    async with writing(batches) as writer:
        for number in range(20):
            writer.submit(page(number))
            writer.hurry()
            await batches.next()

    assert list(map(len, batches)) == [1] * 20


@pytest.mark.usefixtures("for_ever")
async def test_whole_batches_are_written_without_a_pause() -> None:
    batches = Batches()

    async with writing(batches) as writer:
        writer.submit(page(0))
        await batches.next()
        for number in range(1, 1001):
            writer.submit(page(number))
        while sum(map(len, batches)) <= 1000:
            await batches.next()

    assert list(map(len, batches)) == [1, *[128] * 7, 104]


@pytest.mark.usefixtures("for_ever")
async def test_where_nothing_more_may_be_lost_all_wait_for_the_disk_and_it_for_nobody() -> None:
    batches = Batches()

    async with writing(batches, at_once=True) as writer:
        for number in range(20):
            writer.submit(page(number))
            await writer.room()
            assert len(batches) == number + 1


@pytest.mark.usefixtures("for_ever")
@pytest.mark.parametrize(("at_once", "ahead"), [(True, 0), (False, 224)])
async def test_of_many_none_goes_on_before_its_page_is_as_near_to_the_disk_as_it_must_be(
    ahead: int, *, at_once: bool
) -> None:
    batches = Batches()
    released: list[int] = []

    async def work(writer: Writer, number: int) -> None:
        writer.submit(page(number))
        await writer.room()
        released.append(number - sum(map(len, batches)))

    async with writing(batches, at_once=at_once) as writer, asyncio.TaskGroup() as workers:
        for number in range(1, 1001):
            workers.create_task(work(writer, number))

    assert max(released) == ahead
    assert len(released) == 1000


@pytest.mark.usefixtures("for_ever")
async def test_who_asks_only_when_its_page_is_stored_waits_for_nobody() -> None:
    batches = Batches()

    async with writing(batches, at_once=True) as writer:
        writer.submit(page(1))
        await batches.next()
        await asyncio.sleep(0)
        async with asyncio.timeout(5):
            await writer.room()
