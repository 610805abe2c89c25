"""What failed because others were in its way: it is done again, a moment later."""

from collections.abc import Awaitable, Callable

from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from crawler.store.database import Result
from crawler.store.postgres.failures import CONFLICTS

# So often it is done; each time it waits a little longer, for whoever waits as long as the others
# meets them again.
_MOST_TRIES = 10
_PAUSE = wait_random_exponential(multiplier=0.01, max=1.0)


async def past_conflicts(work: Callable[[], Awaitable[Result]]) -> Result:
    """Do `work`, a transaction of its own, until nobody is in its way; raises what it raises."""
    tries = AsyncRetrying(
        retry=retry_if_exception_type(CONFLICTS),
        wait=_PAUSE,
        stop=stop_after_attempt(_MOST_TRIES),
        reraise=True,
    )
    return await tries(work)
