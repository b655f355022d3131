"""Validate the query of a request as the service does, and build the documented error bodies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from influtics_lab.platforms import PLATFORMS
from influtics_lab.schema import ORDERS, SORTS, STATUSES

OPTIONS: Final = {"platform": tuple(PLATFORMS), "status": STATUSES, "sort": SORTS, "order": ORDERS}
MOST: Final = 100

WRONG_KEY: Final = {"success": False, "error": "Invalid API key", "code": "INVALID_API_KEY"}
NOT_FOUND: Final = {"success": False, "error": "Not found", "code": "NOT_FOUND"}
NO_METHOD: Final = {"success": False, "error": "Method not allowed", "code": "METHOD_NOT_ALLOWED"}
OWN_FAULT: Final = {"success": False, "error": "Internal server error", "code": "INTERNAL_ERROR"}


@dataclass(frozen=True)
class Parameters:
    """The parameters of a request, with the documented defaults."""

    limit: int = 50
    offset: int = 0
    platform: str | None = None
    status: str | None = None
    sort: str = "created_at"
    order: str = "desc"


def read_parameters(query: Mapping[str, str]) -> Parameters | dict[str, Any]:
    """Validate the query of a request.

    Parameters
    ----------
    query : mapping of str to str
        Undocumented names are ignored.

    Returns
    -------
    Parameters or dict
        The dict is the body of a 400. The documentation shows it for `sort`; the others have the same form. Wrong
        values of `limit`, `offset` and `platform`, which it does not mention, are refused as well.

    Examples
    --------
    >>> read_parameters({"limit": "2", "sort": "views"}).sort
    'views'
    >>> read_parameters({"order": "up"})["details"]
    {'valid_order_options': ['asc', 'desc']}
    >>> read_parameters({"limit": "101"})["details"]
    {'valid_limit_range': {'min': 1, 'max': 100}}
    """
    for name, options in OPTIONS.items():
        if name in query and query[name] not in options:
            return _refusal_body(name, {f"valid_{name}_options": list(options)})
    numbers = {name: _parse_whole_number(query[name]) for name in ("limit", "offset") if name in query}
    limit, offset = numbers.get("limit", 50), numbers.get("offset", 0)
    if limit is None or not 1 <= limit <= MOST:
        return _refusal_body("limit", {"valid_limit_range": {"min": 1, "max": MOST}})
    if offset is None:
        return _refusal_body("offset", {"valid_offset_range": {"min": 0}})
    chosen = {name: query[name] for name in OPTIONS if name in query}
    return Parameters(limit, offset, **chosen)


def _parse_whole_number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def _refusal_body(name: str, details: dict[str, Any]) -> dict[str, Any]:
    return {"success": False, "error": f"Invalid {name} parameter", "code": "INVALID_PARAMETER", "details": details}
