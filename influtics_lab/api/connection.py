"""A connection to the endpoint: one query, one answer. Request, body, JSON and envelope make up one try.

The retries of requests and urllib3 are off: they do not see a truncated body, and have no budget for a whole read.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from types import TracebackType
from typing import Any, Final, Self

import requests
import urllib3

from influtics_lab.api.envelope import Answer, SoftFailureError, open_envelope
from influtics_lab.api.http_failures import describe_broken_connection, describe_refused_status, find_request_id
from influtics_lab.api.json_body import parse_json
from influtics_lab.api.page_overlap import LIMIT
from influtics_lab.api.query import Query
from influtics_lab.api.retry_budget import MAX_PAGES, Failure, RetryBudget
from influtics_lab.api.transport import BodyTooLargeError, limit_time, open_session, read_body
from influtics_lab.config import ApiKey, resolve_settings
from influtics_lab.errors import (
    ConfigError,
    IncompleteReadError,
    InfluticsError,
    PayloadError,
    RequestRefusedError,
)

PATH: Final = "/v1/videos/stats"
MAX_PAGE_MB: Final = 64.0
_TIMEOUTS_A_TRY: Final = 4  # one try may last this many timeouts in all, however slowly its answer arrives
_MOST_WORKERS: Final = 64
Outcome = tuple[Answer, bytearray] | Failure


class Connection:
    """A kept-alive connection to the endpoint that several threads can use at once.

    Parameters
    ----------
    api_key, base_url, workers, timeout, patience, max_page_mb, max_pages
        As for ``load.Client``.

    Attributes
    ----------
    list_lengths : dict of (platform, status) to int
        The total of the latest full first page of each list; 0 if pages are smaller than requested.
    decoding : threading.Lock
        Held while an answer is parsed or decoded: several threads at once would wait for each other at every step.

    Raises
    ------
    ConfigError
        If there is no key, or a setting cannot be used.
    """

    def __init__(
        self,
        api_key: str | ApiKey | None = None,
        base_url: str | None = None,
        *,
        workers: int = 4,
        timeout: float = 30.0,
        patience: float = 120.0,
        max_page_mb: float = MAX_PAGE_MB,
        max_pages: int = MAX_PAGES,
    ) -> None:
        api_key = ApiKey.resolve(api_key)  # first, so that a traceback never shows the key
        self.settings = resolve_settings(api_key, base_url)
        self.workers = _check_positive("workers", workers, _MOST_WORKERS, integer=True)
        self.timeout = _check_positive("timeout", timeout)
        self.patience = _check_positive("patience", patience)
        self.max_page_mb = _check_positive("max_page_mb", max_page_mb)
        self.max_pages = _check_positive("max_pages", max_pages, 10**9, integer=True)
        self.list_lengths: dict[tuple[str | None, str | None], int] = {}
        self.decoding = threading.Lock()
        self._session = open_session(self.settings.api_key, self.settings.base_url, self.workers)

    def __repr__(self) -> str:
        if not hasattr(self, "_session"):  # a traceback may show it while __init__ refuses a setting
            return f"{type(self).__name__}()"
        return f"{type(self).__name__}(base_url={self.settings.base_url!r}, workers={self.workers})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the kept-alive connections."""
        self._session.close()

    def new_budget(self) -> RetryBudget:
        """Return a new budget for one read."""
        return RetryBudget(self.patience, self.max_pages)

    def get(self, query: Query, budget: RetryBudget | None = None, *, retry: bool = True) -> tuple[Answer, bytearray]:
        """Request one page, with retries, and return the answer and its bytes.

        Parameters
        ----------
        query : Query
        budget : RetryBudget, optional
            The budget that all requests of one read share. Default: a new one.
        retry : bool
            False for a single try, which uses none of the budget's time.

        Returns
        -------
        answer : Answer
        body : bytearray
            The answer as received, decompressed.

        Raises
        ------
        KeyRefusedError
            401 or 403; not tried again.
        RequestRefusedError
            3xx, 400, 404 and other 4xx; ``"success": false`` until the budget is spent.
        PayloadError
            If the answers are not as documented until the budget is spent, or one is too large.
        UnavailableError
            If no answer was usable until the budget was spent.
        IncompleteReadError
            If the read needs more answers than ``max_pages``, or the page stays empty although the list continues.
        """
        budget = budget or self.new_budget()
        while True:
            budget.wait_for_turn()
            started = time.monotonic()
            outcome = self._redact_outcome(self._send_once(query))
            if isinstance(outcome, InfluticsError):
                raise outcome
            if not isinstance(outcome, Failure):
                budget.count_success()
                self._note_length(query, outcome[0])
                return outcome
            budget.spend_on_failure(outcome, time.monotonic() - started, retry=retry)

    def _note_length(self, query: Query, answer: Answer) -> None:
        if query.offset == 0 and query.limit == LIMIT:
            is_full = len(answer.items) == min(LIMIT, answer.total)
            self.list_lengths[query.platform, query.status] = answer.total if is_full else 0

    def _send_once(self, query: Query) -> Outcome | InfluticsError:
        """Make one try and return errors, since a traceback through the HTTP library would show the key."""
        url, interrupted = self.settings.base_url + PATH, False
        try:
            with (
                limit_time(_TIMEOUTS_A_TRY * self.timeout),
                self._session.get(
                    url, params=query.to_params(), timeout=self.timeout, allow_redirects=False, stream=True
                ) as response,
            ):
                body = read_body(response, int(self.max_page_mb * 1_000_000))
        except BodyTooLargeError:
            return self._too_large_error(query)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            return describe_broken_connection(error, url)
        except ValueError:  # requests parses the target of a redirect, although it is not followed
            text = "The API redirects to an invalid address. Redirects are not followed. Check the base URL."
            return RequestRefusedError(text, http_status=302)
        except KeyboardInterrupt:
            interrupted = True
        if interrupted:
            raise KeyboardInterrupt
        if response.status_code != requests.codes.ok:
            return describe_refused_status(response, body, self.settings.api_key)
        with self.decoding:
            return self._open_answer(body, query)

    def _too_large_error(self, query: Query) -> PayloadError:
        return PayloadError(
            f"The answer at offset {query.offset} is larger than {self.max_page_mb:g} MB, or has more values than that "
            "can hold. If your videos have so many readings, raise max_page_mb= (--max-page-mb)."
        )

    def _open_answer(self, body: bytearray, query: Query) -> Outcome:
        """Open the body of an answer with status 200, or return why it is unusable."""
        try:
            content = parse_json(body, self._hide_key)
        except PayloadError as error:
            return Failure(str(error))
        if isinstance(content, dict) and content.get("success") is False:
            content = self._hide_key(content)
        try:
            answer = open_envelope(content)
        except SoftFailureError as error:
            refusal = RequestRefusedError(f"The API refuses to answer: {error}", http_status=200)
            return Failure(str(error), request_id=find_request_id(content), at_last=refusal)
        except PayloadError as error:
            return Failure(str(error), request_id=find_request_id(content), at_last=error)
        if not answer.items and query.offset < answer.total:
            problem = f"The page at offset {query.offset} is empty, although the list has {answer.total} videos."
            incomplete = IncompleteReadError(f"{problem} Try again later.", offsets=[query.offset])
            return Failure(problem, request_id=answer.request_id, at_last=incomplete)
        return answer, body

    def _hide_key(self, text: Any) -> Any:
        return self.settings.api_key.redact(text)

    def _redact_outcome(self, outcome: Outcome | InfluticsError) -> Outcome | InfluticsError:
        """Remove the key from the server's texts, which may repeat it, and from the frames of a traceback."""
        if isinstance(outcome, InfluticsError):
            outcome.args = self._hide_key(outcome.args)
            outcome.__context__ = None
            return outcome.with_traceback(None)
        if isinstance(outcome, Failure):
            at_last: Any = self._redact_outcome(outcome.at_last) if outcome.at_last else None
            what, request = self._hide_key(outcome.what), self._hide_key(outcome.request_id)
            return replace(outcome, what=what, request_id=request, at_last=at_last)
        answer, body = outcome
        return replace(answer, request_id=self._hide_key(answer.request_id)), body


def _check_positive(name: str, value: Any, most: int = 86_400, *, integer: bool = False) -> Any:
    kind = int if integer else int | float
    if isinstance(value, bool) or not isinstance(value, kind) or not 0 < value <= most:
        number = "whole number" if integer else "number"
        raise ConfigError(f"{name} is {value!r}; it must be a {number} above 0 and at most {most:,}.")
    return value
