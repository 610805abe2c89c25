"""How far a run is: numbers that the engine counts up and whoever watches reads."""

from dataclasses import dataclass


@dataclass(slots=True)
class Progress:
    """The state of a run in numbers of URLs; `in_flight` in requests, `waiting_hosts` in hosts."""

    done: int = 0
    open: int = 0
    in_flight: int = 0
    broken: int = 0
    fetches: int = 0
    waiting_hosts: int = 0
