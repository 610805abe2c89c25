"""Moments as the database has them: UTC, as text that people read and SQLite's functions take."""

from datetime import UTC, datetime


def moment(timestamp: float) -> str:
    """Return seconds since the epoch as `2026-01-31 23:59:59.123`, in UTC."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def timestamp(moment: str) -> float:
    """Return the seconds since the epoch at a `moment`."""
    return datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
