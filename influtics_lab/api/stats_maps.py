"""Collect the raw points of an answer in a few long lists, and convert them to readings column by column.

In the JSON, timestamps are keys, so schema inference would create a column for each. Here a row is a video and a
timestamp, with a column for each count.
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

from influtics_lab.api.duplicate_keys import find_repeated_points, is_same
from influtics_lab.api.field_values import read_counts
from influtics_lab.api.timestamps import Booleans, Integers, read_instants_fast
from influtics_lab.schema import COUNTS, STATS, Instant, dtypes

POINT: Final = "stats."  # a rejected row of such a field is a raw point


class Rejection(NamedTuple):
    """One row of ``rejected``, without its page."""

    video_id: str | None
    field: str
    raw_timestamp: str | None
    raw_value: str
    reason: str


def to_raw_json(value: Any) -> str:
    """Return a JSON value as text, for ``rejected.raw_value``.

    Examples
    --------
    >>> to_raw_json("12"), to_raw_json(12.5), to_raw_json(None)
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
    """The points of an answer in long form: a row for each video and timestamp, with the values of four counts.

    Attributes
    ----------
    ids : list of str
        The videos, in the order in which they were added.
    runs : list of int
        The number of rows of each video.
    keys : list of str
        The timestamp of each row, as received.
    values : tuple of list
        The raw values of each row, one list for each count.
    other_points : Counter
        For each video, how many points are in no row: values that are no map, and repeated keys of one object.
    duplicates : Counter
        For each video, how many points repeat an instant, in any spelling, with the same value.
    rejections : list of Rejection
    unknown : list of tuple
        Video, name and number of points of each unknown metric.
    orphan_points : int
        How many points belong to videos without an id.
    """

    ids: list[str] = field(default_factory=list)
    runs: list[int] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    values: tuple[list[Any], ...] = field(default_factory=lambda: tuple([] for _ in COUNTS))
    other_points: Counter[str] = field(default_factory=Counter)
    duplicates: Counter[str | None] = field(default_factory=Counter)
    rejections: list[Rejection] = field(default_factory=list)
    unknown: list[tuple[str | None, str, int]] = field(default_factory=list)
    orphan_points: int = 0

    def add_video(self, video_id: str, stats: Any, *more: Any) -> None:
        """Add one video's points. If all metrics have the same keys, as usual, this costs a few list operations.

        Parameters
        ----------
        video_id : str
        stats : JSON value
        *more : JSON values
            Further values, if the video's object repeats the key ``stats``.
        """
        maps = self._split_metrics(video_id, stats)
        for metric, points in find_repeated_points([stats, *more]):
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
        """Add points of a repeated key: an equal value is a duplicate, a different one a conflict."""
        if metric not in COUNTS:
            self.unknown.append((video_id, metric, _count_points(points)))
        elif not isinstance(points, dict):
            self._reject_shape(video_id, metric, points)
        else:
            known = maps[COUNTS.index(metric)]
            for key, value in points.items():
                if known.get(key) is None:
                    known[key] = value
                elif value is not None:
                    self.other_points[video_id] += 1
                    if is_same(known[key], value):
                        self.duplicates[video_id] += 1
                    else:
                        self.rejections.append(Rejection(video_id, POINT + metric, key, to_raw_json(value), "conflict"))

    def _reject_shape(self, video_id: str, metric: str, points: Any) -> None:
        if points is not None:
            self.other_points[video_id] += 1
            self.rejections.append(Rejection(video_id, POINT + metric, None, to_raw_json(points), "not_a_map"))

    def add_orphans(self, stats: Any, *more: Any) -> None:
        """Reject each point of a video without an id."""
        points = Points()
        points.add_video("", stats, *more)
        rejections = [
            Rejection(None, POINT + name, key, to_raw_json(value), "no_video_id")
            for key, *row in zip(points.keys, *points.values, strict=True)
            for name, value in zip(COUNTS, row, strict=True)
            if value is not None
        ]
        self.orphan_points += len(rejections) + points.other_points[""]
        self.duplicates[None] += points.duplicates[""]
        self.rejections += rejections
        self.rejections += [rejection._replace(video_id=None) for rejection in points.rejections]
        self.unknown += [(None, name, number) for _, name, number in points.unknown]

    def _split_metrics(self, video_id: str, stats: Any) -> list[dict[str, Any]]:
        """Return the maps of the four metrics; reject values that are no map, and count unknown metrics."""
        if not isinstance(stats, dict):
            if stats is not None:
                self.rejections.append(Rejection(video_id, "stats", None, to_raw_json(stats), "not_a_map"))
            return [{} for _ in COUNTS]
        maps = []
        for name in COUNTS:
            points = stats.get(name)
            if not isinstance(points, dict):
                self._reject_shape(video_id, name, points)
            maps.append(points if isinstance(points, dict) else {})
        if len(stats) > len(COUNTS) or not stats.keys() <= set(COUNTS):
            self.unknown += [
                (video_id, name, _count_points(points)) for name, points in stats.items() if name not in COUNTS
            ]
        return maps


def _count_points(points: Any) -> int:
    if isinstance(points, dict):
        return sum(value is not None for value in points.values())
    return int(points is not None)


def build_stats(points: Points) -> tuple[pl.DataFrame, list[int]]:
    """Convert points to readings.

    Parameters
    ----------
    points : Points
        Of videos added in the order of their ids, each once. Invalid points are added to its ``rejections``, repeated
        ones to its ``duplicates``.

    Returns
    -------
    stats : polars.DataFrame
        As in ``schema.py``. An instant without any valid count is no reading and has no row.
    received : list of int
        The number of raw points of each video.
    """
    instants, bad_instants = read_instants_fast(points.keys)
    parsed = [read_counts(values) for values in points.values]
    _reject_values(points, bad_instants, [reasons for _, reasons in parsed])
    columns = [column for column, _ in parsed]
    has_values = [_has_value(column) for column in columns]
    has_reading = np.logical_or.reduce(has_values)
    has_reading[list(bad_instants)] = False
    owners = np.repeat(np.arange(len(points.ids), dtype=np.uint32), points.runs)
    order = _rows_to_keep(owners, instants, has_reading)
    table = [pl.Series(points.ids, dtype=pl.String).gather(owners), pl.Series(instants).cast(Instant), *columns]
    if order is not None:
        table = [column.gather(order) for column in table]
        owners, instants = owners[order], instants[order]
    frame = pl.DataFrame(dict(zip(dtypes(STATS), table, strict=True)))
    if ((owners[1:] == owners[:-1]) & (instants[1:] == instants[:-1])).any():
        keys = pl.Series("key", points.keys, dtype=pl.String)
        frame = _merge_spellings(frame.with_columns(keys if order is None else keys.gather(order)), points)
    return frame, _count_received(points, has_values, [reasons for _, reasons in parsed])


def _has_value(column: pl.Series) -> Booleans:
    if column.null_count():
        return column.is_not_null().to_numpy()
    return np.ones(len(column), np.bool_)


def _rows_to_keep(owners: NDArray[np.uint32], instants: Integers, keep: Booleans) -> Integers | None:
    """Return the order of the rows to keep, by video and instant; None if all are kept in their present order."""
    falls = (owners[1:] == owners[:-1]) & (instants[1:] < instants[:-1])
    if keep.all() and not falls.any():
        return None
    rows = np.flatnonzero(keep)
    return rows[np.lexsort((instants[rows], owners[rows]))] if falls.any() else rows


def _count_received(points: Points, has_values: list[Booleans], reasons: list[dict[int, str]]) -> list[int]:
    """Count each video's raw points: valid values, rejected values, and values that are in no row."""
    rows: Integers = np.sum(has_values, axis=0, dtype=np.int64)
    for column in reasons:
        rows[list(column)] += 1
    before = np.concatenate([[0], np.cumsum(rows)])
    ends = np.cumsum([0, *points.runs])
    received = np.diff(before[ends]).tolist()
    return [number + points.other_points[name] for name, number in zip(points.ids, received, strict=True)]


def _reject_values(points: Points, bad_instants: dict[int, str], value_reasons: Sequence[dict[int, str]]) -> None:
    """Reject each point with an invalid timestamp or, failing that, an invalid value."""
    rejected = [(i, n, bad_instants.get(i) or reasons[i]) for n, reasons in enumerate(value_reasons) for i in reasons]
    rejected += [
        (i, n, reason)
        for i, reason in bad_instants.items()
        for n, column in enumerate(points.values)
        if column[i] is not None and i not in value_reasons[n]
    ]
    if rejected:
        owners = np.repeat(np.arange(len(points.ids)), points.runs)
        for i, n, reason in sorted(rejected):
            point = points.ids[owners[i]], POINT + COUNTS[n], points.keys[i], to_raw_json(points.values[n][i]), reason
            points.rejections.append(Rejection(*point))


def _merge_spellings(frame: pl.DataFrame, points: Points) -> pl.DataFrame:
    """Merge rows of one instant in several spellings: the first in text order wins, others are equal or conflict."""
    instant = ["video_id", "timestamp"]
    repeated = frame.filter(pl.struct(instant).is_duplicated()).sort(*instant, "key", maintain_order=True)
    rows_by_instant: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in repeated.with_columns(pl.col("timestamp").to_physical()).iter_rows(named=True):
        first = rows_by_instant.setdefault((row["video_id"], row["timestamp"]), row)
        for name in COUNTS if row is not first else ():
            if first[name] is None:
                first[name] = row[name]
            elif row[name] == first[name]:
                points.duplicates[row["video_id"]] += row[name] is not None
            elif row[name] is not None:
                point = row["video_id"], POINT + name, row["key"], to_raw_json(row[name]), "conflict"
                points.rejections.append(Rejection(*point))
    merged = pl.DataFrame(list(rows_by_instant.values()), schema=frame.schema | {"timestamp": pl.Int64})
    merged = merged.with_columns(pl.col("timestamp").cast(Instant))
    unique = frame.filter(pl.struct(instant).is_unique())
    return pl.concat([unique, merged]).sort(instant).drop("key")
