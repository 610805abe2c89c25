"""What the store asks of a database, whichever engine it is: the one seam between them."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

Row = tuple[Any, ...]
Parameters = Mapping[str, object]
Result = TypeVar("Result")

Owned = tuple[int, Sequence[object]]
"An owner's id, and the values of its rows, one row after the other."

PATIENCE = 300.0
"Seconds for which a server that went away is waited for."

NOTHING: Parameters = {}


class Database(Protocol):
    """One connection. All methods raise StoreError where the database fails.

    Statements are SQL as SQLite speaks it, as far as `postgres/dialect.py` can say it in another
    way too. Parameters have plain values: None, bool, int, float, str, bytes.
    """

    async def rows(self, statement: str, values: Parameters = NOTHING) -> list[Row]:
        """Return all rows of a statement, whose parameters are named, in one go.

        A query that is left open keeps all who read from what is committed meanwhile.
        """

    async def run(self, statement: str, values: Parameters = NOTHING) -> None:
        """Run a statement, whose parameters are named."""

    async def run_many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """Run a statement, whose parameters are `?`, once for each row; of none it asks nothing."""

    async def insert(self, statement: str, width: int, owned: Sequence[Owned]) -> None:
        """Insert the rows of each owner, which are all new: its id, and `width` of its values.

        `statement` ends in `VALUES`.
        """

    def stream(self, statement: str, values: Parameters = NOTHING) -> AsyncGenerator[Row]:
        """Yield rows; nothing is left open between two batches but the query itself."""

    async def transact(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Do `work` in one transaction: whole or not at all.

        It waits for nothing but this database, and may be done in another thread, and more than
        once, where the first time came to nothing.
        """

    async def hold(self) -> None:
        """Have all that is read from here on, until it is closed, be of one moment.

        Only for who reads, and not for long: what others write meanwhile keeps its old rows too.
        """

    async def index_links(self) -> None:
        """Have the links found by their targets too, and the tables known to the planner."""

    async def count(self, table: str) -> None:
        """Have the planner know how much there is in a table that was just written."""

    async def size(self) -> int:
        """Return how many bytes it takes."""

    async def give_back(self) -> None:
        """Give the room back that nothing is in any more."""
