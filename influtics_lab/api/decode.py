"""Decode the videos of one answer into frames, and account for every raw value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from typing import Any, Final

import polars as pl

from influtics_lab.api.duplicate_keys import is_same, list_stats_values
from influtics_lab.api.field_values import read_counts, read_numbers, read_texts
from influtics_lab.api.json_body import RepeatedKeys
from influtics_lab.api.stats_maps import POINT, Points, Rejection, build_stats, to_raw_json
from influtics_lab.api.timestamps import read_instants_fast
from influtics_lab.platforms import published_us
from influtics_lab.schema import COUNTS, REJECTED, VIDEOS, Instant, dtypes, empty

ACCOUNTS: Final = {"video_id": pl.String(), "page": pl.Int64(), "received": pl.Int64(), "duplicates": pl.Int64()}
UNKNOWN: Final = {"video_id": pl.String(), "metric": pl.String(), "points": pl.Int64()}


@dataclass(frozen=True)
class Frames:
    """The decoded content of one or more answers.

    Parameters
    ----------
    videos, stats, rejected : polars.DataFrame
        As in ``schema.py``. ``videos`` of one answer keep its order.
    accounts : polars.DataFrame
        For each video, and with a null id for all videos without one: ``page``, the number of the answer; ``received``,
        its raw points (the non-null values under ``stats.METRIC`` of the four known metrics); ``duplicates``, the
        points that repeat the same instant in a different spelling with the same value.
    unknown : polars.DataFrame
        Unknown metrics, and how many points each had: not in the frames, and not counted in ``received``.
    """

    videos: pl.DataFrame
    stats: pl.DataFrame
    rejected: pl.DataFrame
    accounts: pl.DataFrame
    unknown: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=UNKNOWN))

    @property
    def unknown_metrics(self) -> dict[str, int]:
        """How many points each unknown metric had."""
        return dict(self.unknown.group_by("metric").agg(pl.col("points").sum()).sort("metric").iter_rows())

    def count_points(self) -> dict[str, int]:
        """Count all raw points: received = kept + rejected + duplicates."""
        return {
            "received": int(self.accounts["received"].sum()),
            "kept": sum(self.stats[name].count() for name in COUNTS),
            "rejected": int(self.rejected["field"].str.starts_with(POINT).sum()),
            "duplicates": int(self.accounts["duplicates"].sum()),
        }


def decode_videos(items: Sequence[Any], page: int = 0) -> Frames:
    """Decode the videos of one answer into frames.

    Parameters
    ----------
    items : sequence of JSON values
        The answer's videos, no two with the same id. Invalid values go to ``rejected``; nothing raises.
    page : int
        Number of the answer, for ``rejected``.

    Returns
    -------
    Frames
        An instant without any valid count is no reading and has no row.

    Examples
    --------
    >>> views = {"2025-06-30 08:26:03.73+00": 1900000, "2025-06-31 08:26:03.73+00": 2000000}
    >>> frames = decode_videos([{"video_id": "a", "platform": "TikTok", "stats": {"views": views}}])
    >>> frames.stats.select("video_id", "views", "likes").rows()
    [('a', 1900000, None)]
    >>> frames.rejected.select("field", "raw_timestamp", "raw_value", "reason").rows()
    [('stats.views', '2025-06-31 08:26:03.73+00', '2000000', 'bad_timestamp')]
    >>> frames.count_points()
    {'received': 2, 'kept': 1, 'rejected': 1, 'duplicates': 0}
    """
    points = Points()
    videos = [item for item in items if _has_id(item, points)]
    for item in sorted(videos, key=itemgetter("video_id")):
        points.add_video(item["video_id"], *list_stats_values(item))
    table = _videos_frame(videos, points.rejections)
    stats, received = build_stats(points)
    return Frames(
        videos=table,
        stats=stats,
        rejected=_rejected_frame(points.rejections, page),
        accounts=_accounts_frame(points, received, page),
        unknown=pl.DataFrame(points.unknown, schema=UNKNOWN, orient="row"),
    )


def _has_id(item: Any, points: Points) -> bool:
    """Return whether an item is a video with an id; otherwise reject it, value by value."""
    if not isinstance(item, dict):
        points.rejections.append(Rejection(None, "video", None, to_raw_json(item), "not_an_object"))
        return False
    video_id = item.get("video_id")
    if isinstance(video_id, str) and video_id:
        return True
    points.rejections.append(Rejection(None, "video_id", None, to_raw_json(video_id), "no_video_id"))
    points.add_orphans(*list_stats_values(item))
    return False


def _accounts_frame(points: Points, received: list[int], page: int) -> pl.DataFrame:
    columns: dict[str, list[Any]] = {
        "video_id": [*points.ids, None],
        "page": [page] * (len(points.ids) + 1),
        "received": [*received, points.orphan_points],
        "duplicates": [*(points.duplicates[name] for name in points.ids), points.duplicates[None]],
    }
    return pl.DataFrame({name: pl.Series(columns[name], dtype=dtype) for name, dtype in ACCOUNTS.items()})


def _rejected_frame(rejections: list[Rejection], page: int) -> pl.DataFrame:
    if not rejections:
        return empty(REJECTED)
    rows = [(*rejection, page) for rejection in rejections]
    return pl.DataFrame(rows, schema=dtypes(REJECTED), orient="row")


def _videos_frame(items: list[dict[str, Any]], rejections: list[Rejection]) -> pl.DataFrame:
    """Return one row for each item, in the same order."""
    columns: dict[str, Any] = {"video_id": [item["video_id"] for item in items], "status": [None] * len(items)}
    for names, read_values in _READERS.items():
        values = [item.get(name) for name in names for item in items]  # all fields of one type in one list
        parsed, reasons = read_values(values)
        for n, name in enumerate(names):
            columns[_COLUMNS.get(name, name)] = parsed[n * len(items) : (n + 1) * len(items)]
        for i, reason in reasons.items():
            n, place = divmod(i, len(items))
            rejections.append(Rejection(items[place]["video_id"], names[n], None, to_raw_json(values[i]), reason))
    for item in items:
        if isinstance(item, RepeatedKeys):
            rejections += _reject_repeated_fields(item)
    columns["title"] = [None if title == "Untitled" else title for title in columns["title"]]
    columns["cpm_reported"] = [cpm or None for cpm in columns["cpm_reported"]]
    published = list(map(published_us, columns["platform"], columns["external_video_id"]))
    columns["published_at"] = pl.Series(published, dtype=pl.Int64).cast(Instant)
    schema = dtypes(VIDEOS)
    return pl.DataFrame({name: pl.Series(columns[name], dtype=dtype) for name, dtype in schema.items()})


def _reject_repeated_fields(item: RepeatedKeys) -> Iterator[Rejection]:
    """Reject the later values of a repeated field, unless they equal the first."""
    known = {"video_id", *chain.from_iterable(_READERS)}
    for name, value in item.others:
        if name in known and value is not None and not is_same(value, item[name]):
            yield Rejection(item["video_id"], name, None, to_raw_json(value), "conflict")


def _read_instant_fields(values: Sequence[Any]) -> tuple[pl.Series, dict[int, str]]:
    """Read timestamps of several fields; null for invalid ones, with the reason."""
    values_us, reasons_by_row = read_instants_fast([value if isinstance(value, str) else "" for value in values])
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
_COLUMNS: Final = {name: f"latest_{name}" for name in COUNTS} | {"er": "er_reported_pct", "cpm": "cpm_reported"}
