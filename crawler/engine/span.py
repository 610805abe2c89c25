"""The time that there is for a run, or for a worker's part in one."""

import time
from datetime import timedelta
from typing import NamedTuple, Self


class Span(NamedTuple):
    """When a worker's part began, and by when it must end, on the monotonic clock."""

    started: float
    deadline: float | None

    @classmethod
    def begun(cls, limit: timedelta | None, age: float = 0.0) -> Self:
        """Return what begins now, for a run that has so long a `limit` and is `age` seconds old."""
        now = time.monotonic()
        return cls(now, None if limit is None else now + limit.total_seconds() - age)

    @property
    def seconds(self) -> float:
        """How long it has lasted."""
        return time.monotonic() - self.started

    @property
    def left(self) -> float | None:
        """Seconds until the deadline, none below zero; None where there is no deadline."""
        return None if self.deadline is None else max(0.0, self.deadline - time.monotonic())
