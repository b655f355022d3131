"""Find the points of a video whose JSON repeats a key: an instant, a metric, or ``stats`` itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from influtics_lab.api.json_body import RepeatedKeys


def list_stats_values(item: dict[str, Any]) -> list[Any]:
    """Return every value that the key ``stats`` has in a video's object, the first value first.

    Examples
    --------
    >>> list_stats_values({"video_id": "a", "stats": {}})
    [{}]
    """
    return [item.get("stats"), *(value for name, value in _repeated_pairs(item) if name == "stats")]


def find_repeated_points(stats: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Yield the points of every repeated key, metric by metric, without those of its first value.

    Parameters
    ----------
    stats : sequence of JSON values
        As ``list_stats_values`` returns them.

    Yields
    ------
    metric : str
    points : JSON value
        A map of one or more points; any other value if a repeated metric is no map.

    Examples
    --------
    >>> views = RepeatedKeys([("2025-06-30 08:00:00+00", 5), ("2025-06-30 08:00:00+00", 7)])
    >>> list(find_repeated_points([{"views": views}]))
    [('views', {'2025-06-30 08:00:00+00': 7})]
    """
    for nth, value in enumerate(stats):
        metrics = [*(value.items() if isinstance(value, dict) else []), *_repeated_pairs(value)]
        first = len(value) if isinstance(value, dict) and nth == 0 else 0
        for place, (metric, points) in enumerate(metrics):
            if place >= first:
                yield metric, points
            for key, count in _repeated_pairs(points):
                yield metric, {key: count}


def is_same(value: Any, other: Any) -> bool:
    """Return whether two JSON values are equal; true is not 1, and 12.0 is 12.

    Examples
    --------
    >>> is_same(12, 12.0), is_same(1, True), is_same("5", 5)
    (True, False, False)
    """
    return bool(value == other) and isinstance(value, bool) == isinstance(other, bool)


def _repeated_pairs(value: Any) -> list[tuple[str, Any]]:
    return value.others if isinstance(value, RepeatedKeys) else []
