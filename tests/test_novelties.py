"""Promises about asking the store what unchanged documents bring."""

from collections.abc import Sequence

from crawler.engine.discovery import Discovery, Novelty
from crawler.engine.novelties import Novelties
from crawler.engine.scope import Scoping
from crawler.model import Known, Page, Scope
from crawler.settings import Settings
from tests.stored import HOST, request


class Store:
    """Answers with a target for each document but 0; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    async def ask(self, document_ids: Sequence[int]) -> dict[int, list[Novelty]]:
        self.asked.append(sorted(document_ids))
        return {each: [(each * 10, f"{HOST}/{each}", each == 2)] for each in document_ids if each}


def novelties(store: Store) -> Novelties:
    return Novelties(store.ask, Discovery(Scoping([f"{HOST}/"], Settings(depth=2))))


def unchanged(number: int | None, scope: Scope = Scope.FOLLOW, depth: int = 1) -> Page:
    source = request(f"{HOST}/source{number}", depth)._replace(scope=scope)
    known = Known(number, b"", "text/html", None, None, 1, None, None)
    return Page(request=source, done=True, unchanged=known)


async def test_pages_that_are_stored_together_are_asked_for_together() -> None:
    store = Store()

    pages = await novelties(store).added([unchanged(number) for number in range(4)])

    assert store.asked == [[0, 1, 2, 3]]
    assert [[each.url for each in page.found] for page in pages] == [
        [],
        [f"{HOST}/1"],
        [f"{HOST}/2"],
        [f"{HOST}/3"],
    ]


async def test_what_they_bring_lies_one_level_below_them() -> None:
    (page,) = await novelties(Store()).added([unchanged(1)])

    (found,) = page.found
    assert (found.depth, found.scope, found.via_id) == (2, Scope.FOLLOW, page.request.url_id)


async def test_a_place_is_looked_for_in_what_is_named_with_a_fragment_only() -> None:
    pages = await novelties(Store()).added([unchanged(number, depth=2) for number in (1, 2)])

    assert [found.method for page in pages for found in page.found] == ["HEAD", "GET"]


async def test_what_was_read_is_no_document_or_is_not_followed_is_not_asked_for() -> None:
    store = Store()
    read = Page(request=request(f"{HOST}/read", 1), done=True)
    pages = [read, unchanged(None), unchanged(1, Scope.CHECK)]

    assert await novelties(store).added(pages) == pages
    assert store.asked == []
