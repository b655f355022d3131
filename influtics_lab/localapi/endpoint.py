"""The answer to one request, without any network: what the documentation promises, and agreed deviations from it."""

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
    """An answer, before anything happens to it."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})


@dataclass
class Manners:
    """How the server departs from the documentation, for all requests. By default not at all.

    Parameters
    ----------
    cap : int, optional
        It answers at most so many videos, whatever the limit.
    ignore : collection of "offset", "sort", "order"
        It does not act on these, although it repeats them.
    envelope : "nested" or "flat"
        As documented, or as the documentation's two usage examples read it.
    """

    cap: int | None = None
    ignore: Collection[str] = ()
    envelope: Literal["nested", "flat"] = "nested"

    def __post_init__(self) -> None:
        if self.cap is not None and self.cap < 1:
            raise ConfigError(f"cap is {self.cap}: give a number from 1.")
        if unknown := set(self.ignore) - IGNORABLE:
            raise ConfigError(f"ignore holds {sorted(unknown)}: only offset, sort and order can be ignored.")
        if self.envelope not in {"nested", "flat"}:
            raise ConfigError(f"envelope is {self.envelope!r}: give 'nested' or 'flat'.")


def reply(
    catalogue: Catalogue, manners: Manners, *, method: str, path: str, query: Mapping[str, str], authorized: bool
) -> Reply:
    """Answer a request.

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
        200; else, in this order: 404, 405, 401, 400.
    """
    if path != PATH:
        return Reply(404, orjson.dumps(NOT_FOUND))
    if method != "GET":
        return Reply(405, orjson.dumps(NO_METHOD), {"content-type": "application/json", "allow": "GET"})
    if not authorized:
        return Reply(401, orjson.dumps(WRONG_KEY), {"content-type": "application/json", "www-authenticate": "Bearer"})
    started = time.perf_counter()
    asked = read_parameters(query)
    if not isinstance(asked, Parameters):
        return Reply(400, orjson.dumps(asked))
    return Reply(200, _page(catalogue, manners, asked, started))


def bears(header: str, key: str) -> bool:
    """Say whether an `Authorization` header has the key.

    Examples
    --------
    >>> bears("Bearer abc", "abc"), bears("Basic abc", "abc")
    (True, False)
    """
    scheme, _, value = header.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(value.strip().encode(), key.encode())


def _page(catalogue: Catalogue, manners: Manners, asked: Parameters, started: float) -> bytes:
    listed = catalogue.listed(
        platform=asked.platform,
        status=asked.status,
        sort="created_at" if "sort" in manners.ignore else asked.sort,
        descending="order" in manners.ignore or asked.order == "desc",
    )
    start = 0 if "offset" in manners.ignore else asked.offset
    videos = listed[start : start + min(asked.limit, manners.cap or asked.limit)]
    pagination = orjson.dumps(
        {
            "total": len(listed),
            "limit": asked.limit,
            "offset": asked.offset,
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
