"""The retry budget of a read: one limit for all its requests, and one common pause for its workers."""

from __future__ import annotations

import datetime as dt
import math
import random
import threading
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

from influtics_lab.errors import IncompleteReadError, InfluticsError, UnavailableError

MAX_PAGES: Final = 20_000  # answers of one read: about two million videos
_FIRST_WAIT: Final = 0.5  # seconds before the first retry, at most
_LONGEST_WAIT: Final = 30.0
_LONGEST_RETRY_AFTER: Final = 60.0  # a longer Retry-After is cut to this
_SHORTEST_WAIT: Final = 0.05
_UNKNOWN_HOST: Final = 5.0  # a host that was never reached is probably misspelt, so the budget is short


@dataclass(frozen=True)
class Failure:
    """A failed try that may succeed if repeated: its description, and the error to raise if it never does."""

    what: str
    retry_after: str | None = None
    date: str | None = None  # the server's clock, with which a date in `retry_after` is compared
    request_id: str | None = None
    unreachable: bool = False
    throttled: bool = False
    at_last: InfluticsError | None = None  # the final error if the server answered; None for a broken connection


class RetryBudget:
    """The time and the number of answers that one read may use.

    Waits grow exponentially with full jitter: random between 0 and 0.5, 1, 2, 4, ... 30 s. ``Retry-After``, in seconds
    or as a date by the server's clock, is the minimum wait of all workers together, up to a minute; our own wait
    applies if it is longer.

    Parameters
    ----------
    seconds : float
        The time that failed tries and waits may use, summed over the requests.
    max_pages : int
        The maximum number of usable answers.

    Attributes
    ----------
    pages, retries : int
        Usable answers, and failed tries, so far.
    """

    def __init__(self, seconds: float, max_pages: int = MAX_PAGES) -> None:
        self.seconds = seconds
        self.max_pages = max_pages
        self.pages = 0
        self.retries = 0
        self._lost = 0.0
        self._in_a_row = 0
        self._answered = False
        self._resume_at = 0.0
        self._started = time.monotonic()
        self._request_ids: list[str] = []
        self._lock = threading.Lock()
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Stop all workers from requesting and waiting."""
        self._cancelled.set()

    def wait_for_turn(self) -> None:
        """Wait until the common pause of all workers is over."""
        while (pause := self._resume_at - time.monotonic()) > 0 and not self._cancelled.wait(pause):
            pass
        if self._cancelled.is_set():
            raise KeyboardInterrupt

    def count_success(self) -> None:
        """Count a usable answer, and reset the exponential growth of waits.

        Raises
        ------
        IncompleteReadError
            If there were more answers than ``max_pages``.
        """
        with self._lock:
            self._in_a_row = 0
            self._answered = True
            self.pages += 1
        if self.pages > self.max_pages:
            raise IncompleteReadError(
                f"The read was stopped after {self.max_pages:,} answers: the list seems to have no end. Nothing was "
                "stored. If you track so many videos, raise max_pages= (--max-pages), or read with a filter."
            )

    def spend_on_failure(self, failure: Failure, duration_s: float, *, retry: bool = True) -> None:
        """Count a failed try, and wait before the next one or raise.

        Parameters
        ----------
        failure : Failure
        duration_s : float
            The duration of the try in seconds.
        retry : bool
            False if it will not be repeated: raise at once, and spend no time. All workers wait as the server asks.

        Raises
        ------
        UnavailableError
            Or the failure's own ``at_last``, if the next wait would exceed the budget.
        """
        with self._lock:
            self.retries += 1
            self._in_a_row += retry
            if failure.request_id:
                self._request_ids.append(failure.request_id)
            ceiling = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(self._in_a_row - 1, 10))
            wait = max(_SHORTEST_WAIT, random.uniform(0, ceiling))  # noqa: S311  # jitter, not a secret
            minimum = _parse_retry_after(failure.retry_after, failure.date)
            shared = failure.throttled or minimum is not None
            wait = max(wait, minimum or 0.0)
            now = time.monotonic()
            if not retry:
                self._resume_at = max(self._resume_at, now + wait) if shared else self._resume_at
                raise failure.at_last or self._give_up(failure.what)
            pause_left = max(0.0, self._resume_at - now) if shared else 0.0
            self._lost += duration_s + max(0.0, wait - pause_left)  # a common pause counts once
            unknown_host = failure.unreachable and not self._answered
            if self._lost > (min(self.seconds, _UNKNOWN_HOST) if unknown_host else self.seconds):
                raise failure.at_last or self._give_up(failure.what)
            if shared:
                self._resume_at = max(self._resume_at, now + wait)
        if not shared and self._cancelled.wait(wait):
            raise KeyboardInterrupt

    def _give_up(self, what: str) -> UnavailableError:
        seconds = time.monotonic() - self._started
        ids = f" Request ids: {', '.join(self._request_ids[-5:])}." if self._request_ids else ""
        return UnavailableError(
            f"No usable answer after {self.retries} failed tries in {seconds:.1f} s; the last: {what}.{ids} "
            "Check the network and the base URL, or try again later.",
            tries=self.retries,
            seconds=seconds,
            request_ids=self._request_ids,
        )


def _parse_retry_after(header: str | None, date: str | None = None) -> float | None:
    """Return the seconds of a ``Retry-After`` header, capped; None if it is absent or invalid.

    A date is compared with the answer's own ``Date``, since the server's clock may differ from ours.
    """
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        at = _read_date(header)
        if at is None:
            return None
        seconds = (at - (_read_date(date) or dt.datetime.now(dt.UTC))).total_seconds()
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER)


def _read_date(text: str | None) -> dt.datetime | None:
    try:
        at = parsedate_to_datetime(text or "")
    except (ValueError, TypeError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)
