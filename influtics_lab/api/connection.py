"""One connection to the endpoint: one query, one answer. Request, body, JSON and envelope are one try.

The HTTP library's own retries are off: they do not see a body that is cut short, and know no budget for a whole read.
"""

from __future__ import annotations

import time
from dataclasses import replace
from types import TracebackType
from typing import Any, Final, Self

import requests
import urllib3

from influtics_lab.api.envelope import Answer, SoftFailureError, open_envelope
from influtics_lab.api.http_failures import broken_connection, refused_status, request_id
from influtics_lab.api.json_body import parse_json
from influtics_lab.api.query import Query
from influtics_lab.api.retry_budget import MAX_PAGES, Failure, Patience
from influtics_lab.api.transport import BodyTooLargeError, deadline, make_session, read_body
from influtics_lab.config import ApiKey, settings
from influtics_lab.errors import (
    ConfigError,
    IncompleteReadError,
    InfluticsError,
    PayloadError,
    RequestRefusedError,
)

PATH: Final = "/v1/videos/stats"
MAX_PAGE_MB: Final = 64.0
_TIMEOUTS_A_TRY: Final = 4  # timeouts that one try may take in all, however slowly its answer drips in
_MOST_WORKERS: Final = 64
Outcome = tuple[Answer, bytearray] | Failure


class Connection:
    """A connection to the endpoint, kept alive between requests, for several threads at once.

    Parameters
    ----------
    api_key : str, optional
        Else the environment variable ``INFLUTICS_API_KEY``. It is in no repr, message, log or traceback's variable.
    base_url : str, optional
        Else ``INFLUTICS_BASE_URL``, else ``https://api.influtics.com``. Plain http is refused but for this machine.
    workers : int, default 4
        How many pages are fetched at once, 64 at the most.
    timeout : float, default 30
        Seconds to wait for a connection, and for the next bytes of an answer; one try takes four times that at most,
        headers and body together.
    patience : float, default 120
        Seconds that one read may lose to failed tries and to waiting before the next one, summed over the workers.
    max_page_mb : float, default 64
        Largest answer in megabytes, decompressed: a larger one is refused while it is read. Reading one takes up to six
        times as much memory, and up to fifteen where it has half characters, NaN or a key twice.
    max_pages : int, default 20,000
        Most answers that one read takes, about two million videos: a list without an end must end somewhere.

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
        api_key = ApiKey.of(api_key)  # first, so that no variable of a traceback holds it
        self.settings = settings(api_key, base_url)
        self.workers = _positive("workers", workers, _MOST_WORKERS, whole=True)
        self.timeout = _positive("timeout", timeout)
        self.patience = _positive("patience", patience)
        self.max_page_mb = _positive("max_page_mb", max_page_mb)
        self.max_pages = _positive("max_pages", max_pages, 10**9, whole=True)
        self._session = make_session(self.settings.api_key, self.settings.base_url, self.workers)

    def __repr__(self) -> str:
        if not hasattr(self, "_session"):  # a traceback shows it while a wrong setting is refused
            return f"{type(self).__name__}()"
        return f"{type(self).__name__}(base_url={self.settings.base_url!r}, workers={self.workers})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the kept-alive connections."""
        self._session.close()

    def budget(self) -> Patience:
        """Return a fresh budget for one read."""
        return Patience(self.patience, self.max_pages)

    def get(self, query: Query, patience: Patience | None = None) -> tuple[Answer, bytearray]:
        """Ask once, trying again where that can help, and return the answer and its bytes.

        Parameters
        ----------
        query : Query
        patience : Patience, optional
            The budget that the requests of one read share; else one of its own.

        Returns
        -------
        answer : Answer
        body : bytearray
            The answer as it came, decompressed.

        Raises
        ------
        KeyRefusedError
            401 or 403. Never tried again.
        RequestRefusedError
            3xx, 400, 404 and other 4xx; ``"success": false`` until the budget is spent.
        PayloadError
            If the answers stay other than documented until the budget is spent, or one is too large.
        UnavailableError
            If there was no usable answer until the budget was spent.
        IncompleteReadError
            If the read takes more answers than ``max_pages``, or the page stays empty although the list goes on.
        """
        patience = patience or self.budget()
        while True:
            patience.wait_for_turn()
            started = time.monotonic()
            outcome = self._redacted(self._try(query))
            if isinstance(outcome, InfluticsError):
                raise outcome
            if not isinstance(outcome, Failure):
                patience.succeed()
                return outcome
            patience.spend(outcome, time.monotonic() - started)

    def _try(self, query: Query) -> Outcome | InfluticsError:
        """Make one try. Nothing is raised here: a traceback through the HTTP library has the key in its variables."""
        url, interrupted = self.settings.base_url + PATH, False
        try:
            with (
                deadline(_TIMEOUTS_A_TRY * self.timeout),
                self._session.get(
                    url, params=query.params(), timeout=self.timeout, allow_redirects=False, stream=True
                ) as response,
            ):
                body = read_body(response, int(self.max_page_mb * 1_000_000))
        except BodyTooLargeError:
            return self._too_large(query)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            return broken_connection(error, url)
        except ValueError:  # the library reads where a redirect points, although it is not followed
            text = "The API points to something that is no address; redirects are not followed: check the base URL."
            return RequestRefusedError(text, http_status=302)
        except KeyboardInterrupt:
            interrupted = True
        if interrupted:
            raise KeyboardInterrupt
        if response.status_code != requests.codes.ok:
            return refused_status(response, body, self.settings.api_key)
        return self._read(body, query)

    def _too_large(self, query: Query) -> PayloadError:
        return PayloadError(
            f"The answer at offset {query.offset} is larger than {self.max_page_mb:g} MB, or has more values than fit "
            "into so much. If your videos have so many readings, raise the bound: max_page_mb=, --max-page-mb."
        )

    def _read(self, body: bytearray, query: Query) -> Outcome:
        """Read a body that came with status 200; what is no answer may pass, or be what the server means to say."""
        try:
            found = parse_json(body, self._hidden)
        except PayloadError as error:
            return Failure(str(error))
        if isinstance(found, dict) and found.get("success") is False:
            found = self._hidden(found)
        try:
            answer = open_envelope(found)
        except SoftFailureError as error:
            refused = RequestRefusedError(f"The API refuses to answer: {error}", http_status=200)
            return Failure(str(error), request_id=request_id(found), at_last=refused)
        except PayloadError as error:
            return Failure(str(error), request_id=request_id(found), at_last=error)
        if not answer.items and query.offset < answer.total:
            what = f"The page at offset {query.offset} is empty although the list has {answer.total} videos."
            lost = IncompleteReadError(f"{what} Try again later.", offsets=[query.offset])
            return Failure(what, request_id=answer.request_id, at_last=lost)
        return answer, body

    def _hidden(self, text: Any) -> Any:
        return self.settings.api_key.redact(text)

    def _redacted(self, outcome: Outcome | InfluticsError) -> Outcome | InfluticsError:
        """Take the key out of what a server sent, should it repeat it, and out of the frames of a traceback."""
        if isinstance(outcome, InfluticsError):
            outcome.args = self._hidden(outcome.args)
            outcome.__context__ = None
            return outcome.with_traceback(None)
        if isinstance(outcome, Failure):
            at_last: Any = self._redacted(outcome.at_last) if outcome.at_last else None
            what, request = self._hidden(outcome.what), self._hidden(outcome.request_id)
            return replace(outcome, what=what, request_id=request, at_last=at_last)
        answer, body = outcome
        return replace(answer, request_id=self._hidden(answer.request_id)), body


def _positive(name: str, value: Any, most: int = 86_400, *, whole: bool = False) -> Any:
    kind = int if whole else int | float
    if isinstance(value, bool) or not isinstance(value, kind) or not 0 < value <= most:
        number = "whole number" if whole else "number"
        raise ConfigError(f"{name} is {value!r}; it must be a {number} above 0, {most:,} at the most.")
    return value
