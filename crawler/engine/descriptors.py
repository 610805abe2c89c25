"""How many requests the process may make at once."""

import logging
from dataclasses import replace

from crawler.fetch.pool import affordable_connections
from crawler.settings import Settings

# Two that are tried for a request under way, and one that is kept for the next.
_FOR_ONE = 3

logger = logging.getLogger(__name__)


def affordable(settings: Settings) -> Settings:
    """Return `settings` with a concurrency that leaves connections to be kept; say so if less.

    A request that finds no file descriptor left would fail, and look like a host's fault.
    """
    connections = affordable_connections()
    most = settings.concurrency if connections is None else max(1, connections // _FOR_ONE)
    if settings.concurrency <= most:
        return settings
    logger.warning(
        "the limit of open files (ulimit -n) allows %d requests at once, not %d",
        *(most, settings.concurrency),
    )
    return replace(settings, concurrency=most)
