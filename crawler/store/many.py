"""Many rows by few statements: what a row costs beside its values is paid once for dozens."""

from collections.abc import Iterator, Sequence
from functools import cache

from crawler.store.database import Owned

# Rows of a statement, the most first. A document has some 200 links: so few statements are run for
# it, and few are prepared.
_SIZES = (64, 8, 1)


def inserts(
    statement: str, width: int, owned: Sequence[Owned]
) -> Iterator[tuple[str, Iterator[tuple[object, ...]]]]:
    """Yield statements and the rows of their parameters that insert the rows of each owner.

    `statement` ends in the names of the columns; a row is the owner's id, and `width` of its
    values. No parameter has a number: Python (3.12, 3.13) looks each up by name, which takes five
    to fifteen times as long.
    """
    larger = 0
    for size in _SIZES:
        yield _of_size(statement, width, size), _rows(owned, width * size, width * larger)
        larger = size


@cache
def _of_size(statement: str, width: int, size: int) -> str:
    # Who inserts rolls all back where one row fails; else SQLite would write each page that the
    # statement changes to a temporary file before, to undo that alone.
    statement = statement.replace("INSERT", "INSERT OR FAIL", 1)
    row = f"({', '.join('?' * width)})"
    return f"{statement} SELECT ?, * FROM (VALUES {', '.join([row] * size)})"  # noqa: S608 - ours


def _rows(owned: Sequence[Owned], step: int, larger: int) -> Iterator[tuple[object, ...]]:
    """Return as many of each owner's values at once as `step` says, of what `larger` left over."""
    for owner, values in owned:
        start = len(values) - len(values) % larger if larger else 0
        for each in range(start, len(values) - step + 1, step):
            yield (owner, *values[each : each + step])
