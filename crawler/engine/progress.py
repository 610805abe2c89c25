"""How far a run is: numbers that the engine counts up and whoever watches reads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Wait(NamedTuple):
    """A host, or the database, that the run waits for.

    Why, how many seconds yet (None: nobody knows), and for how many URLs.
    """

    host: str
    why: str
    seconds: float | None
    open: int


@dataclass(slots=True)
class Progress:
    """The state of a run in numbers of URLs; `in_flight` in requests.

    `run_id` is there from the beginning of the run; `waits`, asked now and then, is what the run
    waits for longest.
    """

    done: int = 0
    open: int = 0
    in_flight: int = 0
    broken: int = 0
    run_id: int | None = None
    waits: Callable[[], Sequence[Wait]] = tuple
