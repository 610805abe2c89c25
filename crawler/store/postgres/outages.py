"""A server that is away: it is asked again until it is there, or was waited for long enough."""

import logging
from collections.abc import Awaitable, Callable

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_delay,
    wait_random_exponential,
)

from crawler.store.database import Result
from crawler.store.postgres.failures import LOST

_PAUSE = wait_random_exponential(multiplier=0.2, max=5.0)

logger = logging.getLogger(__name__)


async def past_outages(work: Callable[[], Awaitable[Result]], patience: float) -> Result:
    """Do `work` until the server is there meanwhile; raises what it raises after `patience`."""
    attempts = AsyncRetrying(
        retry=retry_if_exception_type(LOST),
        wait=_PAUSE,
        stop=stop_after_delay(patience),
        before_sleep=_say,
        reraise=True,
    )
    return await attempts(work)


def _say(state: RetryCallState) -> None:
    if state.attempt_number == 1 and state.outcome is not None:
        logger.warning("the database went away, and is waited for: %s", state.outcome.exception())
