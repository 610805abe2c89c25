"""What unchanged documents link to and the run has not met, asked of the store for many at once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

# Id and URL of what a document links to, and whether some link names a place in it.
Novelty = tuple[int, str, bool]
Ask = Callable[[Sequence[int]], Awaitable[Mapping[int, Sequence[Novelty]]]]


class Novelties:
    """Asks of one document at once; who comes meanwhile waits, and is then asked for together.

    On a quiet night nearly every page comes here, and to ask costs more than the answer.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._asking = asyncio.Lock()
        self._wanted: dict[int, asyncio.Future[Sequence[Novelty]]] = {}

    async def of(self, document_id: int) -> Sequence[Novelty]:
        """Return what the document brings."""
        if document_id not in self._wanted:
            self._wanted[document_id] = asyncio.get_running_loop().create_future()
        answer = self._wanted[document_id]
        async with self._asking:
            if not answer.done():
                wanted = dict(self._wanted)
                found = await self._ask(list(wanted))
                for each, waiting in wanted.items():
                    waiting.set_result(found.get(each, ()))
                    del self._wanted[each]
        return answer.result()
