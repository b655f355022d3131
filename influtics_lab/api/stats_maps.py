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
from itertools import chain
from operator import itemgetter
from typing import Any, Final, NamedTuple

import numpy as np
import orjson
import polars as pl

from influtics_lab.api.duplicate_keys import find_repeated_points, is_same, list_stats_values
from influtics_lab.api.field_values import read_counts
from influtics_lab.api.timestamps import Booleans, Integers, read_instants_fast
from influtics_lab.schema import COUNTS, STATS, Instant, dtypes

POINT: Final = "stats."  # a rejected row of such a field is a raw point
_CHUNK: Final = 64  # videos whose points are added at once


class Rejection(NamedTuple):
    """One row of ``rejected``, with the number of the item instead of its id and page."""

    item: int
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
    """The points of answers in long form: a row for each video and timestamp, with the values of four counts.

    Attributes
    ----------
    before : int
        How many items came before those in ``runs``: their rows are read and released.
    runs : list of int
        The number of rows of each item: a video, or a JSON value without an id, which has no rows.
    keys : list of str
        The timestamp of each row, as received.
    values : tuple of list
        The raw values of each row, one list for each count.
    other_points : Counter
        For each item, how many points are in no row: values that are no map, and repeated keys of one object.
    duplicates : Counter
        For each item, how many points repeat an instant, in any spelling, with the same value.
    rejections : list of Rejection
    invalid : list of Rejection
        The same of points in rows.
    unknown : list of tuple
        Item, name and number of points of each unknown metric.
    """

    before: int = 0
    runs: list[int] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    values: tuple[list[Any], ...] = field(default_factory=lambda: tuple([] for _ in COUNTS))
    other_points: Counter[int] = field(default_factory=Counter)
    duplicates: Counter[int] = field(default_factory=Counter)
    rejections: list[Rejection] = field(default_factory=list)
    invalid: list[Rejection] = field(default_factory=list)
    unknown: list[tuple[int, str, int]] = field(default_factory=list)

    @property
    def item(self) -> int:
        """Return the number of the item that is being added."""
        return self.before + len(self.runs)

    def release(self) -> None:
        """Release the rows, which are read."""
        self.before = self.item
        self.runs, self.keys, self.values = [], [], tuple([] for _ in COUNTS)

    def add_videos(self, videos: Sequence[dict[str, Any]]) -> None:
        """Add the points of videos, a few at once if they are regular, as usual."""
        for start in range(0, len(videos), _CHUNK):
            chunk = videos[start : start + _CHUNK]
            if not self._add_regular(chunk):
                for video in chunk:
                    self._add_video(list_stats_values(video))

    def _add_regular(self, videos: Sequence[dict[str, Any]]) -> bool:
        """Add many videos at once if all have the four metrics alone, with the same keys; else add none of them."""
        stats: list[Any] = [video.get("stats") for video in videos]
        if set(map(type, chain(videos, stats))) != {dict} or set(map(len, stats)) != {len(COUNTS)}:
            return False
        try:
            metrics: list[list[dict[str, Any]]] = [list(map(itemgetter(name), stats)) for name in COUNTS]
        except KeyError:
            return False
        if set(map(type, chain.from_iterable(metrics))) != {dict}:
            return False
        runs, keys = list(map(len, metrics[0])), _list_keys(metrics[0])
        if any(list(map(len, maps)) != runs or _list_keys(maps) != keys for maps in metrics[1:]):
            return False
        self.runs += runs
        self.keys += keys
        for column, maps in zip(self.values, metrics, strict=True):
            for points in maps:
                column.extend(points.values())
        return True

    def _add_video(self, stats: Sequence[Any]) -> None:
        """Add one video's points, whatever they are, from all values that the key ``stats`` has in its object."""
        maps = self._split_metrics(stats)
        keys = list(dict.fromkeys(chain.from_iterable(maps)))
        for column, points in zip(self.values, maps, strict=True):
            column.extend(map(points.get, keys))
        self.runs.append(len(keys))
        self.keys.extend(keys)

    def add_orphan(self, item: Any) -> None:
        """Reject an item that is no video, or each point of a video without an id."""
        if not isinstance(item, dict):
            self._reject("video", None, item, "not_an_object")
        else:
            self._reject("video_id", None, item.get("video_id"), "no_video_id")
            place = len(self.rejections)
            maps = self._split_metrics(list_stats_values(item))
            invalid, self.rejections[place:] = self.rejections[place:], []
            for name, points in zip(COUNTS, maps, strict=True):
                for key, value in points.items():
                    if value is not None:
                        self._reject_point(name, key, value, "no_video_id")
            self.rejections += invalid
        self.runs.append(0)

    def _reject(self, name: str, key: str | None, value: Any, reason: str) -> None:
        """Reject a value of the item that is being added."""
        self.rejections.append(Rejection(self.item, name, key, to_raw_json(value), reason))

    def _reject_point(self, metric: str, key: str | None, value: Any, reason: str) -> None:
        """Reject a point that is in no row."""
        self.other_points[self.item] += 1
        self._reject(POINT + metric, key, value, reason)

    def _split_metrics(self, stats: Sequence[Any]) -> list[dict[str, Any]]:
        """Return the maps of the four metrics; reject values that are no map, and count unknown metrics."""
        first = stats[0]
        if first is not None and not isinstance(first, dict):
            self._reject("stats", None, first, "not_a_map")
        metrics = first if isinstance(first, dict) else {}
        maps = []
        for name in COUNTS:
            points = metrics.get(name)
            if points is not None and not isinstance(points, dict):
                self._reject_point(name, None, points, "not_a_map")
            maps.append(points if isinstance(points, dict) else {})
        for name in metrics.keys() - set(COUNTS):
            self.unknown.append((self.item, name, _count_points(metrics[name])))
        for metric, points in find_repeated_points(stats):
            self._add_repeated(maps, metric, points)
        return maps

    def _add_repeated(self, maps: list[dict[str, Any]], metric: str, points: Any) -> None:
        """Add points of a repeated key: an equal value is a duplicate, a different one a conflict."""
        if metric not in COUNTS:
            self.unknown.append((self.item, metric, _count_points(points)))
        elif not isinstance(points, dict):
            if points is not None:
                self._reject_point(metric, None, points, "not_a_map")
        else:
            known = maps[COUNTS.index(metric)]
            for key, value in points.items():
                if known.get(key) is None:
                    known[key] = value
                elif value is not None and is_same(known[key], value):
                    self.other_points[self.item] += 1
                    self.duplicates[self.item] += 1
                elif value is not None:
                    self._reject_point(metric, key, value, "conflict")


def _list_keys(maps: Sequence[dict[str, Any]]) -> list[str]:
    keys: list[str] = []
    for points in maps:
        keys += points
    return keys


def _count_points(points: Any) -> int:
    if isinstance(points, dict):
        return sum(value is not None for value in points.values())
    return int(points is not None)


def build_stats(points: Points) -> tuple[pl.DataFrame, Integers, Integers]:
    """Convert points to readings.

    Parameters
    ----------
    points : Points
        Its rows are released. Invalid points are added to its ``invalid``, repeated ones to its ``duplicates``.

    Returns
    -------
    stats : polars.DataFrame
        As in ``schema.py`` without ``video_id``: the readings of each item, sorted by time, one item after another. An
        instant without any valid count is no reading and has no row.
    readings, received : numpy.ndarray of int
        The numbers of readings and of raw points in rows of each item.
    """
    instants, bad_instants = read_instants_fast(points.keys)
    parsed = [read_counts(values) for values in points.values]
    columns, reasons = [column for column, _ in parsed], [reasons for _, reasons in parsed]
    items = np.repeat(np.arange(points.before, points.item), points.runs)
    _reject_values(points, items, bad_instants, reasons)
    has_values = [_has_value(column) for column in columns]
    has_reading = np.logical_or.reduce(has_values)
    has_reading[list(bad_instants)] = False
    received = _count_received(points, has_values, reasons)
    order = _rows_to_keep(items, instants, has_reading)
    table = [pl.Series(instants).cast(Instant), *columns]
    if order is not None:
        table = [column.gather(order) for column in table]
        items, instants = items[order], instants[order]
    frame = pl.DataFrame(dict(zip(list(dtypes(STATS))[1:], table, strict=True)))
    if ((items[1:] == items[:-1]) & (instants[1:] == instants[:-1])).any():
        keys = pl.Series("key", points.keys, dtype=pl.String)
        rows = frame.with_columns(keys if order is None else keys.gather(order), item=pl.Series(items))
        frame, items = _merge_spellings(rows, points)
    readings = np.bincount(items - points.before, minlength=len(points.runs))
    points.release()
    return frame, readings, received


def _has_value(column: pl.Series) -> Booleans:
    if column.null_count():
        return column.is_not_null().to_numpy()
    return np.ones(len(column), np.bool_)


def _rows_to_keep(items: Integers, instants: Integers, keep: Booleans) -> Integers | None:
    """Return the order of the rows to keep, by item and instant; None if all are kept in their present order."""
    falls = (items[1:] == items[:-1]) & (instants[1:] < instants[:-1])
    if keep.all() and not falls.any():
        return None
    rows = np.flatnonzero(keep)
    return rows[np.lexsort((instants[rows], items[rows]))] if falls.any() else rows


def _count_received(points: Points, has_values: list[Booleans], reasons: list[dict[int, str]]) -> Integers:
    """Count each item's raw points in rows: valid values and rejected values."""
    rows: Integers = np.sum(has_values, axis=0, dtype=np.int64)
    for column in reasons:
        rows[list(column)] += 1
    before = np.concatenate([[0], np.cumsum(rows)])
    received: Integers = np.diff(before[np.cumsum([0, *points.runs])])
    return received


def _reject_values(
    points: Points, items: Integers, bad_instants: dict[int, str], value_reasons: Sequence[dict[int, str]]
) -> None:
    """Reject each point with an invalid timestamp or, failing that, an invalid value."""
    rejected = [(i, n, bad_instants.get(i) or reasons[i]) for n, reasons in enumerate(value_reasons) for i in reasons]
    rejected += [
        (i, n, reason)
        for i, reason in bad_instants.items()
        for n, column in enumerate(points.values)
        if column[i] is not None and i not in value_reasons[n]
    ]
    for i, n, reason in sorted(rejected):
        point = POINT + COUNTS[n], points.keys[i], to_raw_json(points.values[n][i]), reason
        points.invalid.append(Rejection(int(items[i]), *point))


def _merge_spellings(frame: pl.DataFrame, points: Points) -> tuple[pl.DataFrame, Integers]:
    """Merge rows of one instant in several spellings: the first in text order wins, others are equal or conflict."""
    instant = ["item", "timestamp"]
    repeated = frame.filter(pl.struct(instant).is_duplicated()).sort(*instant, "key", maintain_order=True)
    rows_by_instant: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in repeated.with_columns(pl.col("timestamp").to_physical()).iter_rows(named=True):
        first = rows_by_instant.setdefault((row["item"], row["timestamp"]), row)
        for name in COUNTS if row is not first else ():
            if first[name] is None:
                first[name] = row[name]
            elif row[name] == first[name]:
                points.duplicates[row["item"]] += 1
            elif row[name] is not None:
                point = row["item"], POINT + name, row["key"], to_raw_json(row[name]), "conflict"
                points.invalid.append(Rejection(*point))
    merged = pl.DataFrame(list(rows_by_instant.values()), schema=frame.schema | {"timestamp": pl.Int64})
    merged = merged.with_columns(pl.col("timestamp").cast(Instant))
    unique = frame.filter(pl.struct(instant).is_unique())
    rows = pl.concat([unique, merged]).sort(instant)
    return rows.drop("key", "item"), rows["item"].to_numpy()
