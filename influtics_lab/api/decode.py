"""The videos of one answer made into frames, with every raw value accounted for.

Timestamps are keys, so schema inference would make a column of each. Instead the keys and values of a page are
gathered in a few long lists, which polars reads at once: one row for each video and key, a column for each count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any, Final, NamedTuple

import orjson
import polars as pl

from influtics_lab.api.values import count_reason, counts, instants, number_reason, published_us
from influtics_lab.schema import COUNTS, REJECTED, STATS, VIDEOS, Instant, dtypes

POINT: Final = "stats."  # a rejected row of such a field is a raw point


class Rejection(NamedTuple):
    """One row of ``rejected``, without its page."""

    video_id: str | None
    field: str
    raw_timestamp: str | None
    raw_value: str
    reason: str


@dataclass(frozen=True)
class Frames:
    """What was read of one answer or of many.

    Parameters
    ----------
    videos, stats, rejected : polars.DataFrame
        As in ``schema.py``. ``videos`` of one answer stand in the order they came in.
    accounts : polars.DataFrame
        For each video, null for those without an id: ``page``, the number of the answer; ``received``, its raw points
        (the non-null values under ``stats.METRIC`` for the four known metrics); ``duplicates``, the points that repeat
        another spelling of the same instant with the same value.
    unknown_metrics : dict of str to int
        Metrics that are not known, and how many points each had: not in the frames, and not among ``received``.
    """

    videos: pl.DataFrame
    stats: pl.DataFrame
    rejected: pl.DataFrame
    accounts: pl.DataFrame
    unknown_metrics: dict[str, int] = field(default_factory=dict)

    def accounting(self) -> dict[str, int]:
        """Give the account of all raw points: received = kept + rejected + duplicates."""
        return {
            "received": int(self.accounts["received"].sum()),
            "kept": sum(self.stats[name].count() for name in COUNTS),
            "rejected": int(self.rejected["field"].str.starts_with(POINT).sum()),
            "duplicates": int(self.accounts["duplicates"].sum()),
        }


ACCOUNTS: Final = {"video_id": pl.String(), "page": pl.Int64(), "received": pl.Int64(), "duplicates": pl.Int64()}


@dataclass
class _Gathered:
    """The points of a page in long form: a row for each video and key, its four values beside each other."""

    ids: list[str] = field(default_factory=list)
    runs: list[int] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    values: tuple[list[Any], ...] = field(default_factory=lambda: tuple([] for _ in COUNTS))
    received: Counter[str | None] = field(default_factory=Counter)
    duplicates: Counter[str] = field(default_factory=Counter)
    rejections: list[Rejection] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)


def decode(items: Sequence[Any], page: int = 0) -> Frames:
    """Make the videos of one answer into frames.

    Parameters
    ----------
    items : sequence of JSON values
        The answer's videos. Whatever is wrong with one of them is told in ``rejected``; nothing raises.
    page : int
        Number of the answer, for ``rejected``.

    Returns
    -------
    Frames
        An instant at which no count could be kept is no reading and has no row.

    Examples
    --------
    >>> views = {"2025-06-30 08:26:03.73+00": 1900000, "2025-06-31 08:26:03.73+00": 2000000}
    >>> frames = decode([{"video_id": "a", "platform": "TikTok", "stats": {"views": views}}])
    >>> frames.stats.select("video_id", "views", "likes").rows()
    [('a', 1900000, None)]
    >>> frames.rejected.select("field", "raw_timestamp", "raw_value", "reason").rows()
    [('stats.views', '2025-06-31 08:26:03.73+00', '2000000', 'bad_timestamp')]
    >>> frames.accounting()
    {'received': 2, 'kept': 1, 'rejected': 1, 'duplicates': 0}
    """
    gathered = _Gathered()
    videos = [item for item in items if _identified(item, gathered)]
    for item in videos:
        _gather(item["video_id"], item.get("stats"), gathered)
    table = _videos(videos, gathered.rejections)
    stats = _stats(gathered)
    accounts = [(name, page, number, gathered.duplicates[name or ""]) for name, number in gathered.received.items()]
    return Frames(
        videos=table,
        stats=stats,
        rejected=_rejected(gathered.rejections, page),
        accounts=pl.DataFrame(accounts, schema=ACCOUNTS, orient="row"),
        unknown_metrics=dict(gathered.unknown),
    )


def raw(value: Any) -> str:
    """Give a JSON value as text, as ``rejected.raw_value`` has it.

    Examples
    --------
    >>> raw("12"), raw(12.5), raw(None)
    ('"12"', '12.5', 'null')
    """
    return orjson.dumps(value).decode()


def _identified(item: Any, gathered: _Gathered) -> bool:
    """Say whether an item is a video with an id; else reject it, value by value."""
    if not isinstance(item, dict):
        gathered.rejections.append(Rejection(None, "video", None, raw(item), "not_an_object"))
        return False
    video_id = item.get("video_id")
    if isinstance(video_id, str) and video_id:
        return True
    gathered.rejections.append(Rejection(None, "video_id", None, raw(video_id), "no_video_id"))
    nobody = _Gathered()
    _gather("", item.get("stats"), nobody)
    for key, *row in zip(nobody.keys, *nobody.values, strict=True):
        for name, value in zip(COUNTS, row, strict=True):
            if value is not None:
                gathered.rejections.append(Rejection(None, POINT + name, key, raw(value), "no_video_id"))
    gathered.received[None] += nobody.received[""]
    gathered.rejections += [rejection._replace(video_id=None) for rejection in nobody.rejections]
    gathered.unknown.update(nobody.unknown)
    return False


def _gather(video_id: str, stats: Any, into: _Gathered) -> None:
    """Add one video's points. The common case, every metric with the same keys, costs a few list operations."""
    maps = _metric_maps(video_id, stats, into)
    keys = next((list(points) for points in maps if points), [])
    if all(not points or list(points) == keys for points in maps):
        for column, points in zip(into.values, maps, strict=True):
            column.extend(points.values() if points else repeat(None, len(keys)))
    else:
        keys = list(dict.fromkeys(chain.from_iterable(maps)))
        for column, points in zip(into.values, maps, strict=True):
            column.extend(map(points.get, keys))
    into.received[video_id] += sum(len(points) - list(points.values()).count(None) for points in maps)
    into.ids.append(video_id)
    into.runs.append(len(keys))
    into.keys.extend(keys)


def _metric_maps(video_id: str, stats: Any, into: _Gathered) -> list[dict[str, Any]]:
    """Give the four metrics' maps; what is no map is rejected, what is no known metric is counted."""
    if not isinstance(stats, dict):
        if stats is not None:
            into.rejections.append(Rejection(video_id, "stats", None, raw(stats), "not_a_map"))
        return [{} for _ in COUNTS]
    maps = []
    for name in COUNTS:
        points = stats.get(name)
        if points is not None and not isinstance(points, dict):
            into.received[video_id] += 1
            into.rejections.append(Rejection(video_id, POINT + name, None, raw(points), "not_a_map"))
        maps.append(points if isinstance(points, dict) else {})
    if len(stats) > len(COUNTS) or not stats.keys() <= set(COUNTS):
        into.unknown.update({name: _size(points) for name, points in stats.items() if name not in COUNTS})
    return maps


def _size(points: Any) -> int:
    if isinstance(points, dict):
        return sum(value is not None for value in points.values())
    return int(points is not None)


def _stats(gathered: _Gathered) -> pl.DataFrame:
    """Give the readings of a page, sorted."""
    keys = pl.Series(gathered.keys, dtype=pl.String)
    timestamps, time_reasons = instants(keys)
    columns = [counts(values) for values in gathered.values]
    _reject_points(gathered, time_reasons, [reasons for _, reasons in columns])
    frame = pl.DataFrame(
        {
            "video_id": pl.Series(gathered.ids, dtype=pl.String).gather(_owners(gathered.runs)),
            "timestamp": timestamps,
            **{name: column for name, (column, _) in zip(COUNTS, columns, strict=True)},
            "key": keys,
        }
    )
    frame = frame.filter(pl.col("timestamp").is_not_null(), pl.any_horizontal(pl.col(*COUNTS).is_not_null()))
    frame = frame.sort("video_id", "timestamp", "key")
    same = (frame["video_id"] == frame["video_id"].shift()) & (frame["timestamp"] == frame["timestamp"].shift())
    if same.any():
        frame = _one_row_an_instant(frame, gathered)
    return frame.select(dtypes(STATS).keys())


def _owners(runs: list[int]) -> pl.Series:
    """Give for each row the position of its video."""
    return pl.Series(chain.from_iterable(map(repeat, range(len(runs)), runs)), dtype=pl.UInt32)


def _reject_points(gathered: _Gathered, time_reasons: pl.Series, value_reasons: list[dict[int, str]]) -> None:
    """Reject each point whose timestamp, else whose value, cannot be kept."""
    late = {i: time_reasons[i] for i in time_reasons.is_not_null().arg_true()}
    bad = [(i, n, late.get(i) or reasons[i]) for n, reasons in enumerate(value_reasons) for i in reasons]
    bad += [
        (i, n, reason)
        for i, reason in late.items()
        for n, column in enumerate(gathered.values)
        if column[i] is not None and i not in value_reasons[n]
    ]
    if bad:
        owners = _owners(gathered.runs)
        for i, n, reason in sorted(bad):
            point = gathered.ids[owners[i]], POINT + COUNTS[n], gathered.keys[i], raw(gathered.values[n][i]), reason
            gathered.rejections.append(Rejection(*point))


def _one_row_an_instant(frame: pl.DataFrame, gathered: _Gathered) -> pl.DataFrame:
    """Make several spellings of one instant one row: the first in text order is kept, others repeat it or conflict."""
    instant = ["video_id", "timestamp"]
    repeated = frame.filter(pl.struct(instant).is_duplicated())
    kept: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in repeated.with_columns(pl.col("timestamp").to_physical()).iter_rows(named=True):
        first = kept.setdefault((row["video_id"], row["timestamp"]), row)
        for name in COUNTS if row is not first else ():
            if first[name] is None:
                first[name] = row[name]
            elif row[name] == first[name]:
                gathered.duplicates[row["video_id"]] += row[name] is not None
            elif row[name] is not None:
                point = row["video_id"], POINT + name, row["key"], raw(row[name]), "conflict"
                gathered.rejections.append(Rejection(*point))
    merged = pl.DataFrame(list(kept.values()), schema=frame.schema | {"timestamp": pl.Int64})
    merged = merged.with_columns(pl.col("timestamp").cast(Instant))
    single = frame.filter(pl.struct(instant).is_unique())
    return pl.concat([single, merged]).sort(instant)


def _rejected(rejections: list[Rejection], page: int) -> pl.DataFrame:
    schema = dtypes(REJECTED)
    rows = [(*rejection, page) for rejection in rejections]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _videos(items: list[dict[str, Any]], rejections: list[Rejection]) -> pl.DataFrame:
    """Give one row for each item, in its order."""
    texts = {name: [_text(item, name, rejections) for item in items] for name in _TEXTS}
    columns: dict[str, Any] = {"video_id": [item["video_id"] for item in items], **texts}
    columns["title"] = [None if title == "Untitled" else title for title in columns["title"]]
    columns["status"] = [None] * len(items)
    for name in ("created_at", "stats_last_updated"):
        columns[name] = _field_instants(items, name, rejections)
    published = list(map(published_us, columns["platform"], columns["external_video_id"]))
    columns["published_at"] = pl.Series(published, dtype=pl.Int64).cast(Instant)
    for name in COUNTS:
        columns[f"latest_{name}"] = [_number(item, name, count_reason, rejections) for item in items]
    columns["er_reported_pct"] = [_number(item, "er", number_reason, rejections) for item in items]
    columns["cpm_reported"] = [_number(item, "cpm", number_reason, rejections) or None for item in items]
    schema = dtypes(VIDEOS)
    return pl.DataFrame({name: pl.Series(columns[name], dtype=dtype) for name, dtype in schema.items()})


_TEXTS: Final = ("external_video_id", "platform", "title", "thumbnail_url")


def _text(item: dict[str, Any], name: str, rejections: list[Rejection]) -> str | None:
    value = item.get(name)
    if value is None or isinstance(value, str):
        return value
    rejections.append(Rejection(item["video_id"], name, None, raw(value), "not_text"))
    return None


def _number(item: dict[str, Any], name: str, reason_of: Any, rejections: list[Rejection]) -> Any:
    value = item.get(name)
    if value is None:
        return None
    if reason := reason_of(value):
        rejections.append(Rejection(item["video_id"], name, None, raw(value), reason))
        return None
    return int(value) if reason_of is count_reason else float(value)


def _field_instants(items: list[dict[str, Any]], name: str, rejections: list[Rejection]) -> pl.Series:
    values = [item.get(name) for item in items]
    texts = pl.Series([value if isinstance(value, str) else None for value in values], dtype=pl.String)
    parsed, reasons = instants(texts)
    for item, value, reason in zip(items, values, reasons, strict=True):
        if value is not None and (reason is not None or not isinstance(value, str)):
            rejection = item["video_id"], name, None, raw(value), reason or "bad_timestamp"
            rejections.append(Rejection(*rejection))
    return parsed
