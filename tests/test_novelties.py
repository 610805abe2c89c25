"""Promises about asking the store what unchanged documents bring."""

import asyncio
from collections.abc import Sequence

import pytest

from crawler.engine.novelties import Novelties, Novelty
from crawler.errors import StoreError


class Store:
    """Answers, when it is let, with a target for each document; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.begun, self.let = asyncio.Event(), asyncio.Event()
        self.fails = False

    async def ask(self, document_ids: Sequence[int]) -> dict[int, list[Novelty]]:
        self.asked.append(list(document_ids))
        self.begun.set()
        await self.let.wait()
        if self.fails:
            raise StoreError("disk full")
        return {
            each: [(each * 10, f"http://a.test/{each}", False)] for each in document_ids if each
        }


async def asking(store: Store, count: int) -> list[asyncio.Task[Sequence[Novelty]]]:
    novelties = Novelties(store.ask)
    tasks = [asyncio.create_task(novelties.of(number)) for number in range(count)]
    await store.begun.wait()
    return tasks


async def test_who_comes_while_one_is_answered_is_asked_for_together() -> None:
    store = Store()
    tasks = await asking(store, 5)

    store.let.set()
    answers = await asyncio.gather(*tasks)

    assert store.asked == [[0], [1, 2, 3, 4]]
    assert [[target for target, _, _ in answer] for answer in answers] == [
        [],
        [10],
        [20],
        [30],
        [40],
    ]


async def test_who_is_cancelled_while_asking_leaves_the_others_their_answers() -> None:
    store = Store()
    first, *others = await asking(store, 4)

    first.cancel()
    store.let.set()
    answers = await asyncio.gather(*others)

    assert first.cancelled()
    assert [answer[0][0] for answer in answers] == [10, 20, 30]


async def test_a_store_that_fails_says_so_to_everybody() -> None:
    store = Store()
    store.fails = True
    tasks = await asking(store, 3)

    store.let.set()

    for task in tasks:
        with pytest.raises(StoreError):
            await task
