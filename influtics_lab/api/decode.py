"""Decode the items of answers into frames, and account for every raw value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from typing import Any, Final

import numpy as np
import polars as pl

from influtics_lab.api.duplicate_keys import is_same
from influtics_lab.api.field_values import read_counts, read_numbers, read_texts
from influtics_lab.api.json_body import RepeatedKeys
from influtics_lab.api.stats_maps import POINT, Points, Rejection, build_stats, to_raw_json
from influtics_lab.api.timestamps import Integers, read_instants_fast
from influtics_lab.platforms import published_us
from influtics_lab.schema import COUNTS, VIDEOS, Instant, dtypes

UNKNOWN: Final = {"video_id": pl.String(), "metric": pl.String(), "points": pl.Int64()}
ITEMS: Final = {"video_id": pl.String(), **dict.fromkeys(("page", "received", "duplicates", "readings"), pl.Int64())}
_UNKNOWN: Final = {"item": pl.Int64(), "metric": pl.String(), "points": pl.Int64()}
_REJECTED: Final = {"item": pl.Int64(), **{name: pl.String() for name in Rejection._fields[1:]}}
_READINGS: Final = 10_000  # whose points are read at once


@dataclass(frozen=True)
class Frames:
    """The decoded content of one or more answers.

    Parameters
    ----------
    videos, stats, rejected : polars.DataFrame
        As in ``schema.py``. ``videos`` of one answer keep its order.
    received : int
        How many raw points the videos have: the non-null values under ``stats.METRIC`` of the four known metrics.
    duplicates : int
        How many of them repeat an instant in a different spelling with the same value.
    unknown : polars.DataFrame
        Unknown metrics, and how many points each had: not in the frames, and not counted in ``received``.
    """

    videos: pl.DataFrame
    stats: pl.DataFrame
    rejected: pl.DataFrame
    received: int
    duplicates: int
    unknown: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=UNKNOWN))

    @property
    def unknown_metrics(self) -> dict[str, int]:
        """How many points each unknown metric had."""
        return dict(self.unknown.group_by("metric").agg(pl.col("points").sum()).sort("metric").iter_rows())

    def count_points(self) -> dict[str, int]:
        """Count all raw points: received = kept + rejected + duplicates."""
        return {
            "received": self.received,
            "kept": sum(self.stats[name].count() for name in COUNTS),
            "rejected": int(self.rejected["field"].str.starts_with(POINT).sum()),
            "duplicates": self.duplicates,
        }


@dataclass(frozen=True)
class Decoded:
    """The items of some answers, decoded: videos, which may occur several times, and JSON values without an id.

    Parameters
    ----------
    items : polars.DataFrame
        A row for each item: its id or null, the number of its answer, and how many raw points, duplicates and readings
        it has.
    videos : polars.DataFrame
        A row for each item with an id.
    stats : polars.DataFrame
        As in ``schema.py``, without ``video_id``: the readings of each item by time, one item after another.
    rejected, unknown : polars.DataFrame
        With a column ``item``, the number of the row in ``items``, instead of id and page.
    """

    items: pl.DataFrame
    videos: pl.DataFrame
    stats: pl.DataFrame
    rejected: pl.DataFrame
    unknown: pl.DataFrame


class Batch:
    """Collects the items of several answers and decodes them together: a small frame costs as much as a large one.

    Raw points need the most memory, so they are read whenever there are enough.
    """

    def __init__(self) -> None:
        self.ids: list[str | None] = []
        self._points = Points()
        self._stats: list[tuple[pl.DataFrame, Integers, Integers]] = []
        self._pages: list[int] = []
        self._values: list[Any] = []  # of the known fields, one video after another

    def add(self, items: Sequence[Any], page: int) -> int:
        """Add the items of an answer with its number, and return how many readings it has.

        Nothing of them is kept but values of known fields.
        """
        before = len(self._points.keys)
        regular = set(map(type, items)) == {dict}  # an object with repeated keys is of a class of its own
        ids = [item.get("video_id") for item in items] if regular else []
        is_whole = set(map(type, ids)) == {str} and "" not in ids
        videos = items if is_whole else [item for item in items if _has_id(item)]
        for item in items if len(videos) < len(items) else ():
            if not _has_id(item):
                self._points.add_orphan(item)
                self.ids.append(None)
        for n, video in enumerate(() if is_whole else videos, len(self.ids)):
            if isinstance(video, RepeatedKeys):
                self._points.rejections += _reject_repeated_fields(video, n)
        self._points.add_videos(videos)
        self.ids += ids if is_whole else [video["video_id"] for video in videos]
        self._pages += [page] * len(items)
        self._values += chain.from_iterable(_get_fields(videos))
        readings = len(self._points.keys) - before
        if len(self._points.keys) >= _READINGS:
            self._stats.append(build_stats(self._points))
        return readings

    def decode(self) -> Decoded:
        """Decode all items into frames."""
        points = self._points
        if points.runs or not self._stats:
            self._stats.append(build_stats(points))
        stats, readings, received = zip(*self._stats, strict=True)
        video_items = [n for n, video_id in enumerate(self.ids) if video_id is not None]
        columns = {name: self._values[n :: len(_FIELDS)] for n, name in enumerate(_FIELDS)}
        videos = _videos_frame(columns, video_items, points.rejections)
        items = {
            "video_id": videos["video_id"] if videos.height == len(self.ids) else self.ids,
            "page": self._pages,
            "received": np.concatenate(received) + self._count_by_item(points.other_points),
            "duplicates": self._count_by_item(points.duplicates),
            "readings": np.concatenate(readings),
        }
        return Decoded(
            items=pl.DataFrame(items, schema=ITEMS),
            videos=videos,
            stats=pl.concat(stats),
            rejected=pl.DataFrame(points.rejections + points.invalid, schema=_REJECTED, orient="row"),
            unknown=pl.DataFrame(points.unknown, schema=_UNKNOWN, orient="row"),
        )

    def _count_by_item(self, counts: Counter[int]) -> Integers:
        """Return the count of each item, which most items do not have."""
        column = np.zeros(len(self.ids), np.int64)
        column[list(counts)] = list(counts.values())
        return column


def _has_id(item: Any) -> bool:
    """Return whether an item is a video with a valid id."""
    video_id = item.get("video_id") if isinstance(item, dict) else None
    return isinstance(video_id, str) and video_id != ""


def _get_fields(videos: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return the values of the known fields of each video, null where it lacks one."""
    try:
        return list(map(itemgetter(*_FIELDS), videos))
    except KeyError:
        return [tuple(map(video.get, _FIELDS)) for video in videos]


def _videos_frame(fields: dict[str, list[Any]], items: list[int], rejections: list[Rejection]) -> pl.DataFrame:
    """Return one row for each item with an id, in the same order."""
    columns: dict[str, Any] = {"video_id": fields["video_id"], "status": [None] * len(items)}
    for names, read_values in _READERS.items():
        values = list(chain.from_iterable(fields[name] for name in names))  # all fields of one type in one list
        parsed, reasons = read_values(values)
        for n, name in enumerate(names):
            columns[_COLUMNS.get(name, name)] = parsed[n * len(items) : (n + 1) * len(items)]
        for i, reason in reasons.items():
            n, place = divmod(i, len(items))
            rejections.append(Rejection(items[place], names[n], None, to_raw_json(values[i]), reason))
    columns["title"] = [None if title == "Untitled" else title for title in columns["title"]]
    columns["cpm_reported"] = columns["cpm_reported"].set(columns["cpm_reported"] == 0, None)
    published = list(map(published_us, columns["platform"], columns["external_video_id"]))
    columns["published_at"] = pl.Series(published, dtype=pl.Int64).cast(Instant)
    return pl.DataFrame({name: pl.Series(columns[name], dtype=dtype) for name, dtype in dtypes(VIDEOS).items()})


def _reject_repeated_fields(video: RepeatedKeys, item: int) -> Iterator[Rejection]:
    """Reject the later values of a repeated field, unless they equal the first."""
    for name, value in video.others:
        if name in _FIELDS and value is not None and not is_same(value, video[name]):
            yield Rejection(item, name, None, to_raw_json(value), "conflict")


def _read_instant_fields(values: Sequence[Any]) -> tuple[pl.Series, dict[int, str]]:
    """Read timestamps of several fields; null for invalid ones, with the reason."""
    texts = values if set(map(type, values)) == {str} else [value if isinstance(value, str) else "" for value in values]
    values_us, reasons_by_row = read_instants_fast(texts)
    moments = pl.Series(values_us).cast(Instant)
    reasons = {
        i: reasons_by_row[i] if isinstance(values[i], str) else "bad_timestamp"
        for i in reasons_by_row
        if values[i] is not None
    }
    return moments.scatter(list(reasons_by_row), None) if reasons_by_row else moments, reasons


_READERS: Final[dict[tuple[str, ...], Callable[[Sequence[Any]], tuple[Any, dict[int, str]]]]] = {
    ("external_video_id", "platform", "title", "thumbnail_url"): read_texts,
    ("created_at", "stats_last_updated"): _read_instant_fields,
    COUNTS: read_counts,
    ("er", "cpm"): read_numbers,
}
_FIELDS: Final = ("video_id", *chain.from_iterable(_READERS))
_COLUMNS: Final = {name: f"latest_{name}" for name in COUNTS} | {"er": "er_reported_pct", "cpm": "cpm_reported"}
