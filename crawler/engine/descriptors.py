"""How many connections the process may have open at once."""

import logging
import sys
from dataclasses import replace

from crawler.settings import Settings

if sys.platform != "win32":
    import resource

# For the database, the parsers' pipes, name servers, a report, and what the caller has open.
_BESIDE = 64

logger = logging.getLogger(__name__)


def affordable(settings: Settings) -> Settings:
    """Return `settings` with no more concurrency than there are file descriptors; say so if less.

    A request that finds none left would fail, and look like a host's fault.
    """
    if sys.platform == "win32":
        return settings
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = max(1, limit - _BESIDE)
    if limit == resource.RLIM_INFINITY or settings.concurrency <= most:
        return settings
    logger.warning(
        "only %d files may be open at once (ulimit -n): the concurrency is %d instead of %d",
        *(limit, most, settings.concurrency),
    )
    return replace(settings, concurrency=most)
