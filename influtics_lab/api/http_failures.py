"""Describe why one try failed: by a broken connection, or by the HTTP status of the answer."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

import requests

from influtics_lab.api.json_body import parse_json
from influtics_lab.api.retry_budget import Failure
from influtics_lab.config import ApiKey
from influtics_lab.errors import InfluticsError, KeyRefusedError, PayloadError, RequestRefusedError

_TRANSIENT: Final = frozenset({408, 425, 429})

# Exception type, part of its text, and our description, in the order in which they are tried.
_BREAKS: Final[tuple[tuple[type[Exception], str, str], ...]] = (
    (requests.exceptions.SSLError, "", "no secure connection to {}: its certificate or protocol was refused"),
    (requests.exceptions.ProxyError, "", "the proxy on the way to {} did not answer"),
    (requests.exceptions.ConnectTimeout, "", "{} did not accept a connection in time"),
    (Exception, "timed out", "{} stopped sending in the middle of an answer, or sent none in time"),
    (Exception, "resol", "the name {} cannot be resolved"),
    (Exception, "refused", "nothing listens at {}"),
    (Exception, "", "{} closed the connection"),
)


def describe_broken_connection(error: Exception, url: str) -> Failure:
    """Return the failure of a try in which the connection broke before there was an answer."""
    text = str(error).lower()
    what = next(what for kind, part, what in _BREAKS if isinstance(error, kind) and part in text)
    return Failure(what.format(urlsplit(url).netloc), unreachable="resolved" in what or "listens" in what)


def describe_refused_status(
    response: requests.Response, body: bytes | bytearray, key: ApiKey
) -> Failure | InfluticsError:
    """Return a final error for a status that retries cannot change, and a failure for a temporary one.

    The key is removed from everything that the server sent: its text, ``code`` and ``details``.
    """
    status, headers = response.status_code, response.headers
    detail = key.redact(_error_object(body))
    code, reason = (detail[name] if isinstance(detail.get(name), str) else None for name in ("code", "error"))
    if status in {401, 403}:
        text = f"The API key was refused ({': '.join(filter(None, (str(status), reason)))})."
        return KeyRefusedError(f"{text} Check INFLUTICS_API_KEY, or api_key= in Python.", http_status=status)
    if status in _TRANSIENT or status >= 500:
        what = f"HTTP status {status} ({reason})" if reason else f"HTTP status {status}"
        throttled = status == requests.codes.too_many_requests
        request_id = find_request_id(detail)
        return Failure(what, headers.get("Retry-After"), headers.get("Date"), request_id, throttled=throttled)
    details = detail.get("details")
    hint = reason or "no reason given"
    if status == requests.codes.bad_request:
        hint = reason or "invalid parameters"
        hint += f"; allowed: {details}" if details else ""
    elif status == requests.codes.not_found:
        hint = f"{urlsplit(response.url).path} does not exist there; check the base URL"
    elif 300 <= status < 400:
        target = key.redact(headers.get("Location", "").split("?")[0]) or "nowhere"
        hint = f"it redirects to {target!r}; redirects are not followed, to protect the key"
    text = f"The API refused the request with HTTP status {status}: {hint}."
    return RequestRefusedError(text, http_status=status, code=code, details=details)


def _error_object(body: bytes | bytearray) -> dict[str, Any]:
    try:
        content = parse_json(body)
    except PayloadError:
        return {}
    return content if isinstance(content, dict) else {}


def find_request_id(answer: Any) -> str | None:
    """Return the request id of an answer, for the service's support; None if it has none."""
    meta = answer.get("meta") if isinstance(answer, dict) else None
    request_id = meta.get("request_id") if isinstance(meta, dict) else None
    return request_id if isinstance(request_id, str) else None
