"""The points of a video whose JSON object has a key twice: an instant, a metric, or ``stats`` itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from influtics_lab.api.json_body import RepeatedKeys


def stats_values(item: dict[str, Any]) -> list[Any]:
    """Return each value of ``stats`` that a video has, the first one first.

    Examples
    --------
    >>> stats_values({"video_id": "a", "stats": {}})
    [{}]
    """
    return [item.get("stats"), *(value for name, value in _others(item) if name == "stats")]


def repeated_points(stats: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Return metric by metric what stands beside the first value of each key.

    Parameters
    ----------
    stats : sequence of JSON values
        As ``stats_values`` returns them.

    Yields
    ------
    metric : str
    points : JSON value
        A map of one or more points; anything else where the metric came twice and is no map.

    Examples
    --------
    >>> views = RepeatedKeys([("2025-06-30 08:00:00+00", 5), ("2025-06-30 08:00:00+00", 7)])
    >>> list(repeated_points([{"views": views}]))
    [('views', {'2025-06-30 08:00:00+00': 7})]
    """
    for nth, value in enumerate(stats):
        metrics = [*(value.items() if isinstance(value, dict) else []), *_others(value)]
        first = len(value) if isinstance(value, dict) and nth == 0 else 0
        for place, (metric, points) in enumerate(metrics):
            if place >= first:
                yield metric, points
            for key, count in _others(points):
                yield metric, {key: count}


def is_same(value: Any, other: Any) -> bool:
    """Check whether two JSON values are equal; true is not 1, and 12.0 is 12.

    Examples
    --------
    >>> is_same(12, 12.0), is_same(1, True), is_same("5", 5)
    (True, False, False)
    """
    return bool(value == other) and isinstance(value, bool) == isinstance(other, bool)


def _others(value: Any) -> list[tuple[str, Any]]:
    return value.others if isinstance(value, RepeatedKeys) else []
