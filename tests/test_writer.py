"""Promises about the task that writes: what shares a transaction, and what does not wait."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import cast

from crawler.engine.writer import Writer
from crawler.model import Page, Request
from crawler.store.protocol import Store
from tests.stored import HOST, request


class Batches(list[list[Page]]):
    """A store that remembers what was written together."""

    def __init__(self) -> None:
        super().__init__()
        self.another = asyncio.Event()

    async def write(self, _run_id: int, pages: Sequence[Page]) -> list[Request]:
        self.append(list(pages))
        self.another.set()
        return []


@asynccontextmanager
async def writing(batches: Batches, *, at_once: bool = False) -> AsyncGenerator[Writer]:
    writer = Writer(cast("Store", batches), 1, lambda _pages, _new: None, at_once=at_once)
    task = asyncio.create_task(writer.run())
    try:
        yield writer
    finally:
        writer.close()
        await task


def page(number: int) -> Page:
    return Page(request=request(f"{HOST}/{number}"), done=True)


async def test_what_comes_one_after_the_other_is_written_together() -> None:
    batches = Batches()

    async with writing(batches) as writer:
        for number in range(10):
            writer.submit(page(number))
            await asyncio.sleep(0.001)

    assert len(batches) <= 3
    assert sum(map(len, batches)) == 10


async def test_what_workers_wait_for_is_written_without_a_pause() -> None:
    batches = Batches()
    begun = time.monotonic()

    async with writing(batches) as writer:
        for number in range(20):
            writer.submit(page(number))
            writer.hurry()
            await batches.another.wait()
            batches.another.clear()

    assert len(batches) == 20
    assert time.monotonic() - begun < 0.5


async def test_a_whole_batch_is_written_without_a_pause() -> None:
    batches = Batches()
    begun = time.monotonic()

    async with writing(batches) as writer:
        for number in range(3000):
            writer.submit(page(number))
            await writer.room()

    assert sum(map(len, batches)) == 3000
    assert time.monotonic() - begun < 0.5


async def test_where_nothing_more_may_be_lost_all_wait_for_the_disk_and_it_for_nobody() -> None:
    batches = Batches()
    begun = time.monotonic()

    async with writing(batches, at_once=True) as writer:
        for number in range(20):
            writer.submit(page(number))
            await writer.room()
            assert len(batches) == number + 1

    assert time.monotonic() - begun < 0.5
