"""Turn a snapshot back into answers, from which the same snapshot can be read again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
import polars as pl

from influtics_lab.schema import COUNTS
from influtics_lab.simulation.clock import HOUR, format_iso, format_postgres, read_instant
from influtics_lab.snapshot import Snapshot

POINT: Final = "stats."
FIELDS: Final = {
    "external_video_id": "external_video_id",
    **{name: f"latest_{name}" for name in COUNTS},
    "platform": "platform",
    "created_at": "created_at",
    "title": "title",
    "thumbnail_url": "thumbnail_url",
    "cpm": "cpm_reported",
    "er": "er_reported_pct",
    "stats_last_updated": "stats_last_updated",
}
INSTANTS: Final = ("created_at", "stats_last_updated")


@dataclass
class _Draft:
    """An answer under construction, into which rejected values are restored."""

    answer: dict[str, Any]
    maps: dict[str, Any] = field(default_factory=dict)

    def restore_value(self, name: str, key: str | None, value: Any, reason: str) -> bool:
        """Put a rejected value back where it came from; return whether that place is free."""
        if not name.startswith(POINT):
            if name == "stats" and self.maps:
                return False
            self.answer[name] = value
            return True
        metric = name.removeprefix(POINT)
        if "stats" in self.answer or (key is None and metric in self.maps):
            return False
        if key is None:
            self.maps[metric] = value
            return True
        points = self.maps.setdefault(metric, {})
        return isinstance(points, dict) and _put_point(points, key, value, reason)

    def to_answer(self) -> dict[str, Any]:
        """Return the answer, with `stats` at its documented position."""
        video_id, external, *rest = self.answer.items()
        return dict([video_id, external, ("stats", self.answer.get("stats", self.maps)), *rest])


def restore_answers(snapshot: Snapshot) -> Iterator[tuple[Any, str | None]]:
    """Yield the answers from which a snapshot was read, as far as it contains them.

    Parameters
    ----------
    snapshot : Snapshot

    Yields
    ------
    tuple of answer and status
        Each non-null count has its instant as PostgreSQL prints it; rejected values are back in their places. Values
        rejected as `superseded` are left out, since they would be current again. The status is None if the snapshot
        has none.
    """
    rejected = snapshot.rejected.filter(pl.col("reason") != "superseded")
    rejected_by_video = _group_by_video(rejected.filter(pl.col("video_id").is_not_null()))
    readings = _points_by_video(snapshot.stats)
    columns = ["video_id", "status", *dict.fromkeys(FIELDS.values())]
    table = snapshot.videos.select(columns).with_columns(pl.col(*INSTANTS).to_physical())
    for row in table.iter_rows(named=True):
        draft = _create_draft(row, readings.get(row["video_id"], {}))
        for rejection in rejected_by_video.get(row["video_id"], ()):
            draft.restore_value(*rejection)
        yield draft.to_answer(), row["status"]
    yield from ((answer, None) for answer in _restore_orphans(rejected.filter(pl.col("video_id").is_null())))


def _create_draft(row: dict[str, Any], maps: dict[str, dict[str, Any]]) -> _Draft:
    answer = {"video_id": row["video_id"], **{name: row[column] for name, column in FIELDS.items()}}
    for name in INSTANTS:
        answer[name] = None if row[name] is None else format_iso(row[name])
    return _Draft(answer, maps)


def _points_by_video(stats: pl.DataFrame) -> dict[str, dict[str, dict[str, Any]]]:
    """Return for each video its maps of timestamps to counts; a metric without any count has no map."""
    text = pl.col("timestamp").dt.strftime("%Y-%m-%d %H:%M:%S%.6f").str.strip_chars_end("0").str.strip_chars_end(".")
    stats = stats.select("video_id", *COUNTS, key=text + "+00")
    maps: dict[str, dict[str, dict[str, Any]]] = {}
    for name in COUNTS:
        column = stats.select("video_id", "key", name).drop_nulls(name)
        groups = column.group_by("video_id", maintain_order=True).agg("key", name)
        for video_id, keys, values in groups.iter_rows():
            maps.setdefault(video_id, {})[name] = dict(zip(keys, values, strict=True))
    return maps


RejectedValue = tuple[str, str | None, Any, str]


def _raw_rejections(rows: pl.DataFrame) -> Iterator[RejectedValue]:
    for name, key, value, reason in rows.select("field", "raw_timestamp", "raw_value", "reason").iter_rows():
        yield name, key, orjson.Fragment(value), reason


def _group_by_video(rejected: pl.DataFrame) -> dict[str, list[RejectedValue]]:
    groups: dict[str, list[RejectedValue]] = {}
    for video_id, rejection in zip(rejected["video_id"], _raw_rejections(rejected), strict=True):
        groups.setdefault(video_id, []).append(rejection)
    return groups


def _put_point(points: dict[str, Any], key: str, value: Any, reason: str) -> bool:
    if key in points or reason == "conflict":
        _respell_kept_value(points, key)
    if key in points:
        return False
    points[key] = value
    return True


def _respell_kept_value(points: dict[str, Any], key: str) -> None:
    """Respell the instant of a kept value, so that it precedes a rejected spelling in text order."""
    instant = read_instant(key)
    kept_key = None if instant is None else format_postgres(instant)
    if instant is None or kept_key not in points or kept_key < key or isinstance(points[kept_key], orjson.Fragment):
        return
    for hours in range(1, 16):
        spelling = f"{format_postgres(instant - hours * HOUR).removesuffix('+00')}-{hours:02d}"
        if spelling < key and spelling not in points:
            points[spelling] = points.pop(kept_key)
            return


def _restore_orphans(rejected: pl.DataFrame) -> list[Any]:
    """Return the items that are no JSON objects, and those without an id, with their points restored."""
    rejections = list(_raw_rejections(rejected.sort("field", "raw_timestamp", nulls_last=False)))
    drafts = [
        _Draft({"video_id": value, "external_video_id": None}) for name, _, value, _ in rejections if name == "video_id"
    ]
    for name, *point in rejections:
        if name.split(".", maxsplit=1)[0] == "stats":
            any(draft.restore_value(name, *point) for draft in drafts)  # into the first draft with a free place
    return [value for *_, value, reason in rejections if reason == "not_an_object"] + [
        draft.to_answer() for draft in drafts
    ]
