"""Build the answer to one request, without any network: as documented, or with chosen deviations."""

from __future__ import annotations

import hmac
import time
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import orjson

from influtics_lab.errors import ConfigError
from influtics_lab.localapi.catalogue import Catalogue
from influtics_lab.localapi.parameters import NO_METHOD, NOT_FOUND, WRONG_KEY, Parameters, read_parameters

PATH: Final = "/v1/videos/stats"
IGNORABLE: Final = frozenset({"offset", "sort", "order"})


@dataclass(frozen=True)
class Reply:
    """An answer before any fault is applied."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})


@dataclass
class Manners:
    """Deviations of the server from the documentation, for all requests; none by default.

    Parameters
    ----------
    cap : int, optional
        The most videos in an answer, whatever the limit.
    ignore : collection of "offset", "sort", "order"
        Parameters that it repeats in the answer, but ignores.
    envelope : "nested" or "flat"
        As documented, or as the documentation's two usage examples read it.
    """

    cap: int | None = None
    ignore: Collection[str] = ()
    envelope: Literal["nested", "flat"] = "nested"

    def __post_init__(self) -> None:
        if self.cap is not None and self.cap < 1:
            raise ConfigError(f"cap is {self.cap}; it must be at least 1.")
        if unknown := set(self.ignore) - IGNORABLE:
            raise ConfigError(f"ignore contains {sorted(unknown)}; only offset, sort and order can be ignored.")
        if self.envelope not in {"nested", "flat"}:
            raise ConfigError(f"envelope is {self.envelope!r}; expected 'nested' or 'flat'.")


def answer_request(
    catalogue: Catalogue, manners: Manners, *, method: str, path: str, query: Mapping[str, str], authorized: bool
) -> Reply:
    """Return the answer to a request.

    Parameters
    ----------
    catalogue : Catalogue
    manners : Manners
    method, path : str
    query : mapping of str to str
    authorized : bool
        Whether the request had the key.

    Returns
    -------
    Reply
        With status 200, or an error, checked in this order: 404, 405, 401, 400.
    """
    if path != PATH:
        return Reply(404, orjson.dumps(NOT_FOUND))
    if method != "GET":
        return Reply(405, orjson.dumps(NO_METHOD), {"content-type": "application/json", "allow": "GET"})
    if not authorized:
        return Reply(401, orjson.dumps(WRONG_KEY), {"content-type": "application/json", "www-authenticate": "Bearer"})
    started = time.perf_counter()
    parameters = read_parameters(query)
    if not isinstance(parameters, Parameters):
        return Reply(400, orjson.dumps(parameters))
    return Reply(200, _build_page(catalogue, manners, parameters, started))


def has_key(header: str, key: str) -> bool:
    """Return whether an `Authorization` header carries the key.

    Examples
    --------
    >>> has_key("Bearer abc", "abc"), has_key("Basic abc", "abc")
    (True, False)
    """
    scheme, _, value = header.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(value.strip().encode(), key.encode())


def _build_page(catalogue: Catalogue, manners: Manners, parameters: Parameters, started: float) -> bytes:
    listed = catalogue.listed(
        platform=parameters.platform,
        status=parameters.status,
        sort="created_at" if "sort" in manners.ignore else parameters.sort,
        descending="order" in manners.ignore or parameters.order == "desc",
    )
    start = 0 if "offset" in manners.ignore else parameters.offset
    videos = listed[start : start + min(parameters.limit, manners.cap or parameters.limit)]
    pagination = orjson.dumps(
        {
            "total": len(listed),
            "limit": parameters.limit,
            "offset": parameters.offset,
            "has_more": start + len(videos) < len(listed),
        }
    )
    meta: dict[str, Any] = {
        "processing_time_ms": round(1000 * (time.perf_counter() - started)),
        "request_id": str(uuid.uuid4()),
    }
    inner = b'"data":[' + b",".join(videos) + b'],"pagination":' + pagination
    data = inner if manners.envelope == "flat" else b'"data":{' + inner + b"}"
    return b'{"success":true,' + data + b',"meta":' + orjson.dumps(meta) + b"}"
