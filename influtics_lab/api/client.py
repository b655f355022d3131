"""One connection to the endpoint: one query, one answer. Request, body, JSON and envelope are one try.

The HTTP library's own retries are off: they do not see a body that is cut short, and know no budget for a whole read.
"""

from __future__ import annotations

import time
from dataclasses import replace
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from influtics_lab.api.envelope import Answer, SoftFailureError, open_envelope, parse_json
from influtics_lab.api.patience import Failure, Patience
from influtics_lab.api.query import Query
from influtics_lab.config import VERSION, ApiKey, is_loopback, settings
from influtics_lab.errors import (
    ConfigError,
    IncompleteReadError,
    InfluticsError,
    KeyRefusedError,
    PayloadError,
    RequestRefusedError,
)

PATH: Final = "/v1/videos/stats"
_CHUNK: Final = 1 << 16
_LONGEST_BODY: Final = 4  # timeouts that a body may take in all: one that drips for ever is no answer
_MOST_WORKERS: Final = 64
_TRANSIENT: Final = frozenset({408, 425, 429})


class _Bearer(AuthBase):
    """Sets the one header that carries the key; as an auth object it cannot be replaced by ``.netrc``."""

    def __init__(self, key: ApiKey) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        return request


class Connection:
    """A connection to the endpoint, kept alive between requests, for several threads at once.

    Parameters
    ----------
    api_key : str, optional
        Else the environment variable ``INFLUTICS_API_KEY``. It is in no repr, message or log.
    base_url : str, optional
        Else ``INFLUTICS_BASE_URL``, else ``https://api.influtics.com``. Plain http is refused but for this machine.
    workers : int, default 4
        How many pages are fetched at once, 64 at the most.
    timeout : float, default 30
        Seconds to wait for a connection, and for the next bytes of an answer.
    patience : float, default 120
        Seconds that one read may lose to failed tries and to waiting before the next one, summed over the workers.

    Raises
    ------
    ConfigError
        If there is no key, or a setting cannot be used.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        workers: int = 4,
        timeout: float = 30.0,
        patience: float = 120.0,
    ) -> None:
        self.settings = settings(api_key, base_url)
        self.workers = _positive("workers", workers, _MOST_WORKERS, whole=True)
        self.timeout = _positive("timeout", timeout)
        self.patience = _positive("patience", patience)
        self._session = _session(self.settings.api_key, self.settings.base_url, self.workers)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.settings.base_url!r}, workers={self.workers})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the kept-alive connections."""
        self._session.close()

    def get(self, query: Query, patience: Patience | None = None) -> tuple[Answer, bytes]:
        """Ask once, trying again where that can help, and give the answer and its bytes.

        Parameters
        ----------
        query : Query
        patience : Patience, optional
            The budget that the requests of one read share; else one of its own.

        Returns
        -------
        answer : Answer
        body : bytes
            The answer as it came.

        Raises
        ------
        KeyRefusedError
            401 or 403. Never tried again.
        RequestRefusedError
            3xx, 400, 404 and other 4xx; ``"success": false`` until the budget is spent.
        PayloadError
            If the answers stay other than documented until the budget is spent.
        UnavailableError
            If there was no usable answer until the budget was spent.
        """
        patience = patience or Patience(self.patience)
        while True:
            patience.wait_for_turn()
            started = time.monotonic()
            try:
                outcome = self._try(query)
            except InfluticsError as error:
                raise self._without_key(error) from None
            if not isinstance(outcome, Failure):
                patience.succeed()
                return outcome
            at_last = self._without_key(outcome.at_last) if outcome.at_last else None
            outcome = replace(outcome, what=self._hidden(outcome.what), at_last=at_last)
            patience.spend(outcome, time.monotonic() - started)

    def _try(self, query: Query) -> tuple[Answer, bytes] | Failure:
        """Make one try; failures that do not pass are raised, the others given back."""
        url = self.settings.base_url + PATH
        try:
            with self._session.get(
                url, params=query.params(), timeout=self.timeout, allow_redirects=False, stream=True
            ) as response:
                body = _body(response, time.monotonic() + _LONGEST_BODY * self.timeout)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            failure = _broken(error, url)  # told outside of here: an exception would carry the request, and the key
        except ValueError:  # the library reads where a redirect points, although it is not followed
            text = "The API points to something that is no address; redirects are not followed: check the base URL."
            raise RequestRefusedError(text, http_status=302) from None
        else:
            if response.status_code != requests.codes.ok:
                return _refused(response, self._hidden(body.decode("utf-8", "replace")).encode())
            return _read(body, query)
        return failure

    def _hidden(self, text: str) -> str:
        """Take the key out of what a server said, should it repeat it."""
        return text.replace(self.settings.api_key.reveal(), "***")

    def _without_key(self, error: InfluticsError) -> InfluticsError:
        error.args = (self._hidden(str(error)), *error.args[1:])
        return error


def _read(body: bytes, query: Query) -> tuple[Answer, bytes] | Failure:
    """Read a body that came with status 200; what is no answer may pass, or be what the server means to say."""
    try:
        found = parse_json(body)
    except PayloadError as error:
        return Failure(str(error))
    try:
        answer = open_envelope(found)
    except SoftFailureError as error:
        refused = RequestRefusedError(f"The API refuses to answer: {error}", http_status=200)
        return Failure(str(error), request_id=_request_id(found), at_last=refused)
    except PayloadError as error:
        return Failure(str(error), request_id=_request_id(found), at_last=error)
    if not answer.items and query.offset < answer.total:
        what = f"The page at offset {query.offset} is empty although the list has {answer.total} videos."
        lost = IncompleteReadError(f"{what} Try again later.", offsets=[query.offset])
        return Failure(what, request_id=answer.request_id, at_last=lost)
    return answer, body


def _body(response: requests.Response, deadline: float) -> bytes:
    chunks = []
    while chunk := response.raw.read1(_CHUNK, decode_content=True):  # what has come, however little
        chunks.append(chunk)
        if time.monotonic() > deadline:
            raise requests.Timeout("timed out while the body dripped in")
    return b"".join(chunks)


def _positive(name: str, value: Any, most: int = 86_400, *, whole: bool = False) -> Any:
    kind = int if whole else int | float
    if isinstance(value, bool) or not isinstance(value, kind) or not 0 < value <= most:
        number = "whole number" if whole else "number"
        raise ConfigError(f"{name} is {value!r}; it must be a {number} above 0, {most:,} at the most.")
    return value


def _session(key: ApiKey, base_url: str, workers: int) -> requests.Session:
    session = requests.Session()
    session.auth = _Bearer(key)
    session.headers.update(
        {"Accept": "application/json", "Content-Type": "application/json", "User-Agent": f"influtics-lab/{VERSION}"}
    )
    if is_loopback(urlsplit(base_url).hostname or ""):
        session.trust_env = False  # no proxy stands between this machine and itself
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=workers, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


# The first that fits says what broke, without the library's own names of its inner parts.
_BREAKS: Final[tuple[tuple[type[Exception], str, str], ...]] = (
    (requests.exceptions.SSLError, "", "no secure connection to {}: its certificate or protocol was refused"),
    (requests.exceptions.ProxyError, "", "the proxy on the way to {} did not answer"),
    (requests.exceptions.ConnectTimeout, "", "{} did not accept a connection in time"),
    (Exception, "timed out", "{} stopped sending in the middle of an answer, or sent none in time"),
    (Exception, "resol", "the name {} cannot be resolved"),
    (Exception, "refused", "nothing listens at {}"),
    (Exception, "", "{} broke the connection off"),
)


def _broken(error: Exception, url: str) -> Failure:
    """Say what broke on the way, before the server could say anything itself."""
    text = str(error).lower()
    what = next(what for kind, sign, what in _BREAKS if isinstance(error, kind) and sign in text)
    return Failure(what.format(urlsplit(url).netloc), unreachable="resolved" in what or "listens" in what)


def _refused(response: requests.Response, body: bytes) -> Failure:
    """Raise for what asking again does not mend; give back what may pass."""
    status = response.status_code
    detail = _error_object(body)
    said = detail.get("error") if isinstance(detail.get("error"), str) else None
    if status in {401, 403}:
        text = f"The API key was refused ({status}{f': {said}' if said else ''}): check INFLUTICS_API_KEY, or api_key=."
        raise KeyRefusedError(text, http_status=status)
    if status in _TRANSIENT or status >= 500:
        what = f"HTTP status {status}{f' ({said})' if said else ''}"
        retry_after = response.headers.get("Retry-After")
        return Failure(what, retry_after, _request_id(detail), throttled=status == requests.codes.too_many_requests)
    code, details = detail.get("code"), detail.get("details")
    hints = {
        400: f"{said or 'invalid parameters'}{f'; allowed: {details}' if details else ''}",
        404: f"{urlsplit(response.url).path} is not there: check the base URL",
    }
    if 300 <= status < 400:
        where = response.headers.get("Location", "").split("?")[0] or "nowhere"
        hints[status] = f"it points to {where!r}, and redirects are not followed, so that the key stays here"
    hint = hints.get(status, said or "no reason given")
    code = code if isinstance(code, str) else None
    text = f"The API refused the request with HTTP status {status}: {hint}."
    raise RequestRefusedError(text, http_status=status, code=code, details=details)


def _error_object(body: bytes) -> dict[str, Any]:
    try:
        found = parse_json(body)
    except PayloadError:
        return {}
    return found if isinstance(found, dict) else {}


def _request_id(answer: Any) -> str | None:
    meta = answer.get("meta") if isinstance(answer, dict) else None
    found = meta.get("request_id") if isinstance(meta, dict) else None
    return found if isinstance(found, str) else None
