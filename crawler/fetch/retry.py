"""Whether and when another attempt is made: tenacity's strategies, as values, without its sleep.

A request that is to be tried again goes back to the frontier with a due time; no worker waits.
"""

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from tenacity import RetryCallState, Retrying, stop_after_attempt, wait_exponential_jitter

from crawler.fetch.failures import REUSED
from crawler.model import Answer
from crawler.settings import Settings

BUSY = {429, 503}
"What servers say that are asked too much: it slows down what they are asked."

MAX_BACKOFF = 30.0
"Seconds: the backoff grows no further."

MAX_WAIT = 60.0
"Seconds: a longer Retry-After is taken for this."

_TRANSIENT_ERRORS = frozenset({"dns-temporary", "connect", "timeout", "reset"})
_TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
_SECONDS = re.compile(r"[0-9]+(\.[0-9]*)?")


class RetryPolicy:
    """Decides about further attempts. Never changes, so all workers may share one."""

    def __init__(self, settings: Settings) -> None:
        self._strategies = Retrying(
            stop=stop_after_attempt(settings.retries + 1),
            wait=wait_exponential_jitter(
                multiplier=settings.backoff, jitter=settings.backoff, max=MAX_BACKOFF
            ),
        )

    def wait(self, answer: Answer, tries: int, now: float) -> float | None:
        """Return the seconds until the next attempt, or None where there is to be none.

        `answer` is what came of the last of `tries` attempts, at the time `now`.
        """
        if not _is_transient(answer):  # nearly none is, so tenacity is not asked about most
            return None
        state = self._state(tries)
        is_stale = _was_stale(answer)
        if self._strategies.stop(state) and not (is_stale and tries == 1):
            return None
        if is_stale:
            return 0.0
        return max(self._strategies.wait(state), retry_after(answer.headers, now) or 0.0)

    def _state(self, tries: int) -> RetryCallState:
        state = RetryCallState(self._strategies, fn=None, args=(), kwargs={})
        state.attempt_number = tries
        return state


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds from `now` that a Retry-After header (RFC 9110, 10.2.3) asks to wait.

    At most MAX_WAIT; 0 where the time is past; None where there is no header that makes sense.
    """
    written = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(written):
        return min(float(written), MAX_WAIT)
    try:
        date = parsedate_to_datetime(written)
    except (ValueError, OverflowError):
        return None
    # An HTTP date is always UTC, also in the two old forms that do not say so.
    due = date if date.tzinfo else date.replace(tzinfo=UTC)
    return min(max(due.timestamp() - now, 0.0), MAX_WAIT)


def _is_transient(answer: Answer) -> bool:
    return answer.fetch.error in _TRANSIENT_ERRORS or answer.fetch.status in _TRANSIENT_STATUSES


def _was_stale(answer: Answer) -> bool:
    """Return whether the server had closed a kept connection, which says nothing about the page."""
    return answer.fetch.error == "reset" and (answer.fetch.detail or "").startswith(REUSED)
