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

    `statement` ends in `VALUES`; a row is the owner's id, and `width` of its values.
    """
    larger = 0
    for size in _SIZES:
        yield _of_size(statement, width, size), _rows(owned, width * size, width * larger)
        larger = size


@cache
def _of_size(statement: str, width: int, size: int) -> str:
    numbers = range(2, 2 + width * size)
    rows = (numbers[start : start + width] for start in range(0, len(numbers), width))
    return f"{statement} {', '.join(f'(?1, {_places(row)})' for row in rows)}"


def _places(numbers: Sequence[int]) -> str:
    return ", ".join(f"?{number}" for number in numbers)


def _rows(owned: Sequence[Owned], step: int, larger: int) -> Iterator[tuple[object, ...]]:
    """Return as many of each owner's values at once as `step` says, of what `larger` left over."""
    for owner, values in owned:
        start = len(values) - len(values) % larger if larger else 0
        for each in range(start, len(values) - step + 1, step):
            yield (owner, *values[each : each + step])
