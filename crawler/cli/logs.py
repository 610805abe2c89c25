"""What is said on standard error while the command runs: how much, and in which form."""

import json
import logging
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

from crawler.cli.manner import LogFormat


class _StandardError(logging.Handler):
    """Writes to what is standard error at the time: a bar takes its place, to stay below."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print the record; that nobody reads it is no error."""
        with suppress(OSError):
            print(self.format(record), file=sys.stderr, flush=True)


class _Json(logging.Formatter):
    """A record as a JSON object on a line of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """Return `record`, with the numbers that came with it."""
        told: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        numbers = getattr(record, "numbers", None)
        if isinstance(numbers, Mapping):
            told |= numbers
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told)


def set_logging(level: int = logging.INFO, form: LogFormat = "text") -> None:
    """Say what is at least of `level`, as lines for people or as JSON."""
    handler = _StandardError()
    plain = logging.Formatter("crawler: %(message)s")
    handler.setFormatter(_Json() if form == "json" else plain)
    logger = logging.getLogger("crawler")
    for known in [each for each in logger.handlers if isinstance(each, _StandardError)]:
        logger.removeHandler(known)
    logger.addHandler(handler)
    logger.setLevel(level)
