"""The raw points of an answer gathered in a few long lists, and made into readings a whole column at a time.

Timestamps are keys, so schema inference would make a column of each. Here a row is a video and a key, and there is a
column for each count.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any, Final, NamedTuple

import numpy as np
import orjson
import polars as pl
from numpy.typing import NDArray

from influtics_lab.api.duplicate_keys import is_same, repeated_points
from influtics_lab.api.field_values import counts
from influtics_lab.api.timestamps import Booleans, Integers, read_instants
from influtics_lab.schema import COUNTS, STATS, Instant, dtypes

POINT: Final = "stats."  # a rejected row of such a field is a raw point


class Rejection(NamedTuple):
    """One row of ``rejected``, without its page."""

    video_id: str | None
    field: str
    raw_timestamp: str | None
    raw_value: str
    reason: str


def raw(value: Any) -> str:
    """Give a JSON value as text, as ``rejected.raw_value`` has it.

    Examples
    --------
    >>> raw("12"), raw(12.5), raw(None)
    ('"12"', '12.5', 'null')
    """
    if isinstance(value, float) and not math.isfinite(value):
        return json.dumps(value)  # NaN and Infinity, which orjson writes as null
    try:
        return orjson.dumps(value).decode()
    except (TypeError, orjson.JSONEncodeError):  # nested too deep, or a number that only a Python object can hold
        return json.dumps(value, default=repr)


@dataclass
class Points:
    """The points of an answer in long form: a row for each video and key, its four values beside each other.

    Attributes
    ----------
    ids : list of str
        The videos, in the order in which they were added.
    runs : list of int
        How many rows each of them has.
    keys : list of str
        The timestamp of each row, as it came.
    values : tuple of list
        The raw values of each row, for each of the four counts.
    beside : Counter
        Of each video, how many points are in no row: what is no map, and what repeats a key of the same object.
    duplicates : Counter
        Of each video, how many points repeat the same instant, in this or another spelling, with the same value.
    rejections : list of Rejection
    unknown : list of tuple
        Video, name and number of points of each metric that is not known.
    nobodys : int
        How many points stood under videos without an id.
    """

    ids: list[str] = field(default_factory=list)
    runs: list[int] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    values: tuple[list[Any], ...] = field(default_factory=lambda: tuple([] for _ in COUNTS))
    beside: Counter[str] = field(default_factory=Counter)
    duplicates: Counter[str | None] = field(default_factory=Counter)
    rejections: list[Rejection] = field(default_factory=list)
    unknown: list[tuple[str | None, str, int]] = field(default_factory=list)
    nobodys: int = 0

    def add(self, video_id: str, stats: Any, *more: Any) -> None:
        """Add one video's points. The common case, every metric with the same keys, costs a few list operations.

        Parameters
        ----------
        video_id : str
        stats : JSON value
        *more : JSON values
            Where the video's object has ``stats`` more than once.
        """
        maps = self._maps(video_id, stats)
        for metric, points in repeated_points([stats, *more]):
            self._add_repeated(video_id, maps, metric, points)
        orders = [list(points) for points in maps if points]
        keys = orders[0] if orders else []
        if orders.count(keys) == len(orders):
            for column, points in zip(self.values, maps, strict=True):
                column.extend(points.values() if points else repeat(None, len(keys)))
        else:
            keys = list(dict.fromkeys(chain.from_iterable(orders)))
            for column, points in zip(self.values, maps, strict=True):
                column.extend(map(points.get, keys))
        self.ids.append(video_id)
        self.runs.append(len(keys))
        self.keys.extend(keys)

    def _add_repeated(self, video_id: str, maps: list[dict[str, Any]], metric: str, points: Any) -> None:
        """Add points whose key came before: the same value is a duplicate, another one a conflict."""
        if metric not in COUNTS:
            self.unknown.append((video_id, metric, _size(points)))
        elif not isinstance(points, dict):
            self._reject_shape(video_id, metric, points)
        else:
            kept = maps[COUNTS.index(metric)]
            for key, value in points.items():
                if kept.get(key) is None:
                    kept[key] = value
                elif value is not None:
                    self.beside[video_id] += 1
                    if is_same(kept[key], value):
                        self.duplicates[video_id] += 1
                    else:
                        self.rejections.append(Rejection(video_id, POINT + metric, key, raw(value), "conflict"))

    def _reject_shape(self, video_id: str, metric: str, points: Any) -> None:
        if points is not None:
            self.beside[video_id] += 1
            self.rejections.append(Rejection(video_id, POINT + metric, None, raw(points), "not_a_map"))

    def add_nobodys(self, stats: Any, *more: Any) -> None:
        """Reject each point of a video without an id."""
        nobody = Points()
        nobody.add("", stats, *more)
        rejections = [
            Rejection(None, POINT + name, key, raw(value), "no_video_id")
            for key, *row in zip(nobody.keys, *nobody.values, strict=True)
            for name, value in zip(COUNTS, row, strict=True)
            if value is not None
        ]
        self.nobodys += len(rejections) + nobody.beside[""]
        self.duplicates[None] += nobody.duplicates[""]
        self.rejections += rejections
        self.rejections += [rejection._replace(video_id=None) for rejection in nobody.rejections]
        self.unknown += [(None, name, number) for _, name, number in nobody.unknown]

    def _maps(self, video_id: str, stats: Any) -> list[dict[str, Any]]:
        """Give the four metrics' maps; what is no map is rejected, what is no known metric is counted."""
        if not isinstance(stats, dict):
            if stats is not None:
                self.rejections.append(Rejection(video_id, "stats", None, raw(stats), "not_a_map"))
            return [{} for _ in COUNTS]
        maps = []
        for name in COUNTS:
            points = stats.get(name)
            if not isinstance(points, dict):
                self._reject_shape(video_id, name, points)
            maps.append(points if isinstance(points, dict) else {})
        if len(stats) > len(COUNTS) or not stats.keys() <= set(COUNTS):
            self.unknown += [(video_id, name, _size(points)) for name, points in stats.items() if name not in COUNTS]
        return maps


def _size(points: Any) -> int:
    if isinstance(points, dict):
        return sum(value is not None for value in points.values())
    return int(points is not None)


def readings(points: Points) -> tuple[pl.DataFrame, list[int]]:
    """Make points into readings.

    Parameters
    ----------
    points : Points
        Of videos that were added in the order of their ids, each once. What cannot be kept is added to its
        ``rejections``, what says the same twice to its ``duplicates``.

    Returns
    -------
    stats : polars.DataFrame
        As in ``schema.py``. An instant at which no count could be kept is no reading and has no row.
    received : list of int
        How many raw points each video had.
    """
    instants, late = read_instants(points.keys)
    found = [counts(values) for values in points.values]
    _reject(points, late, [reasons for _, reasons in found])
    columns = [column for column, _ in found]
    filled = [_filled(column) for column in columns]
    kept = np.logical_or.reduce(filled)
    kept[list(late)] = False
    owners = np.repeat(np.arange(len(points.ids), dtype=np.uint32), points.runs)
    rows = _in_order(owners, instants, kept)
    table = [pl.Series(points.ids, dtype=pl.String).gather(owners), pl.Series(instants).cast(Instant), *columns]
    if rows is not None:
        table = [column.gather(rows) for column in table]
        owners, instants = owners[rows], instants[rows]
    frame = pl.DataFrame(dict(zip(dtypes(STATS), table, strict=True)))
    if ((owners[1:] == owners[:-1]) & (instants[1:] == instants[:-1])).any():
        keys = pl.Series("key", points.keys, dtype=pl.String)
        frame = _one_row_an_instant(frame.with_columns(keys if rows is None else keys.gather(rows)), points)
    return frame, _received(points, filled, [reasons for _, reasons in found])


def _filled(column: pl.Series) -> Booleans:
    if column.null_count():
        return column.is_not_null().to_numpy()
    return np.ones(len(column), np.bool_)


def _in_order(owners: NDArray[np.uint32], instants: Integers, kept: Booleans) -> Integers | None:
    """Give the rows that are kept, by video and instant; None where that is all of them as they stand."""
    falls = (owners[1:] == owners[:-1]) & (instants[1:] < instants[:-1])
    if kept.all() and not falls.any():
        return None
    rows = np.flatnonzero(kept)
    return rows[np.lexsort((instants[rows], owners[rows]))] if falls.any() else rows


def _received(points: Points, filled: list[Booleans], reasons: list[dict[int, str]]) -> list[int]:
    """Count each video's raw points: values that are kept, values that are rejected, and what is no map at all."""
    rows: Integers = np.sum(filled, axis=0, dtype=np.int64)
    for column in reasons:
        rows[list(column)] += 1
    before = np.concatenate([[0], np.cumsum(rows)])
    ends = np.cumsum([0, *points.runs])
    received = np.diff(before[ends]).tolist()
    return [number + points.beside[name] for name, number in zip(points.ids, received, strict=True)]


def _reject(points: Points, late: dict[int, str], value_reasons: Sequence[dict[int, str]]) -> None:
    """Reject each point whose timestamp, else whose value, cannot be kept."""
    bad = [(i, n, late.get(i) or reasons[i]) for n, reasons in enumerate(value_reasons) for i in reasons]
    bad += [
        (i, n, reason)
        for i, reason in late.items()
        for n, column in enumerate(points.values)
        if column[i] is not None and i not in value_reasons[n]
    ]
    if bad:
        owners = np.repeat(np.arange(len(points.ids)), points.runs)
        for i, n, reason in sorted(bad):
            point = points.ids[owners[i]], POINT + COUNTS[n], points.keys[i], raw(points.values[n][i]), reason
            points.rejections.append(Rejection(*point))


def _one_row_an_instant(frame: pl.DataFrame, points: Points) -> pl.DataFrame:
    """Make several spellings of one instant one row: the first in text order is kept, others repeat it or conflict."""
    instant = ["video_id", "timestamp"]
    repeated = frame.filter(pl.struct(instant).is_duplicated()).sort(*instant, "key", maintain_order=True)
    kept: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in repeated.with_columns(pl.col("timestamp").to_physical()).iter_rows(named=True):
        first = kept.setdefault((row["video_id"], row["timestamp"]), row)
        for name in COUNTS if row is not first else ():
            if first[name] is None:
                first[name] = row[name]
            elif row[name] == first[name]:
                points.duplicates[row["video_id"]] += row[name] is not None
            elif row[name] is not None:
                point = row["video_id"], POINT + name, row["key"], raw(row[name]), "conflict"
                points.rejections.append(Rejection(*point))
    merged = pl.DataFrame(list(kept.values()), schema=frame.schema | {"timestamp": pl.Int64})
    merged = merged.with_columns(pl.col("timestamp").cast(Instant))
    single = frame.filter(pl.struct(instant).is_unique())
    return pl.concat([single, merged]).sort(instant).drop("key")
