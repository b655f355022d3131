"""The query parameters of the endpoint, validated before a request is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from influtics_lab.errors import QueryError
from influtics_lab.platforms import PLATFORMS, match_platform, suggest_platform
from influtics_lab.schema import ORDERS, SORTS, STATUSES

MAX_LIMIT = 100


@dataclass(frozen=True)
class Query:
    """The parameters of one request.

    Parameters
    ----------
    platform : {"TikTok", "YouTube", "Instagram"}, optional
        Only this platform's videos; the case does not matter.
    status : {"active", "completed", "failed"}, optional
        Only videos of this tracking status.
    sort : {"created_at", "views", "likes", "updated_at"}
    order : {"desc", "asc"}
    limit : int
        Videos on a page, 1 to 100.
    offset : int
        Videos to skip, 0 or more.

    Raises
    ------
    QueryError
        If a value is not one that the documentation allows.

    Examples
    --------
    >>> Query(platform="tiktok", sort="views", limit=10).to_params()
    {'limit': 10, 'offset': 0, 'platform': 'TikTok', 'sort': 'views', 'order': 'desc'}
    >>> Query(platform="tik tok")
    Traceback (most recent call last):
    ...
    influtics_lab.errors.QueryError: platform is 'tik tok'; allowed are 'TikTok', ... Did you mean 'TikTok'?
    """

    platform: str | None = None
    status: str | None = None
    sort: str = "created_at"
    order: str = "desc"
    limit: int = 50
    offset: int = 0

    def __post_init__(self) -> None:
        if self.platform is not None:
            object.__setattr__(self, "platform", _match_platform(self.platform))
        if self.status is not None:
            _check_choice("status", self.status, STATUSES)
        _check_choice("sort", self.sort, SORTS)
        _check_choice("order", self.order, ORDERS)
        _check_range("limit", self.limit, 1, MAX_LIMIT)
        _check_range("offset", self.offset, 0, None)

    def to_params(self) -> dict[str, str | int]:
        """Return the parameters of the query string, without filters that are not set."""
        filters = {"platform": self.platform, "status": self.status}
        filters_set = {name: value for name, value in filters.items() if value is not None}
        return {"limit": self.limit, "offset": self.offset, **filters_set, "sort": self.sort, "order": self.order}


def _match_platform(value: object) -> str:
    """Return a platform's name as the service spells it, whatever its case."""
    name = match_platform(value) if isinstance(value, str) else None
    if name is None:
        suggestion = suggest_platform(value) if isinstance(value, str) else None
        hint = f" Did you mean {suggestion!r}?" if suggestion else ""
        raise QueryError(
            f"platform is {value!r}; allowed are {', '.join(map(repr, PLATFORMS))}.{hint}",
            parameter="platform",
            value=value,
            allowed=tuple(PLATFORMS),
        )
    return name


def _check_choice(name: str, value: object, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise QueryError(
            f"{name} is {value!r}; allowed are {', '.join(map(repr, allowed))}.",
            parameter=name,
            value=value,
            allowed=allowed,
        )


def _check_range(name: str, value: object, low: int, high: int | None) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < low or (high is not None and value > high):
        text = f"from {low} to {high}" if high is not None else f"of {low} or more"
        raise QueryError(f"{name} is {value!r}; it must be a whole number {text}.", parameter=name, value=value)
