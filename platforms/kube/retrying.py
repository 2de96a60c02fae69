"""How long to wait before something is tried again. Pure."""

from collections.abc import Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime

REQUEST_BACKOFF_S = (0.1, 0.2, 0.5, 1.0, 2.0)
# The first is immediate: most watches are lost for a reason that is gone when they are asked for again.
WATCH_BACKOFF_S = (0.0, *REQUEST_BACKOFF_S)


def wait_s(backoff: Sequence[float], tries: int, retry_after_s: float = 0.0) -> float:
    """Before the next try, after `tries` that have failed before this one; never less than the server asks for."""
    return max(backoff[min(tries, len(backoff) - 1)], retry_after_s)


def retry_after_s(header: str | None, now: float) -> float:
    """The seconds that a `Retry-After` header asks to wait: it holds seconds or a date. 0 for any other text.

    `now` is in seconds since the epoch.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    # A date without a zone is one in GMT: HTTP has no other.
    return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now)
