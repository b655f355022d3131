"""A snapshot turned back into answers, which read again give the same snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import orjson
import polars as pl

from influtics_lab.schema import COUNTS
from influtics_lab.simulation.clock import HOUR, iso, postgres, read_instant

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


class Frozen(Protocol):
    """What is needed of a snapshot."""

    @property
    def videos(self) -> pl.DataFrame:
        """One row for each video."""

    @property
    def stats(self) -> pl.DataFrame:
        """One row for each reading."""

    @property
    def rejected(self) -> pl.DataFrame:
        """One row for each raw value that was not kept."""


@dataclass
class _Draft:
    """An answer in the making, to which rejected values are given back."""

    answer: dict[str, Any]
    maps: dict[str, Any] = field(default_factory=dict)

    def take_back(self, name: str, key: str | None, value: Any, reason: str) -> bool:
        """Put a rejected value where it came from; say whether there is room for it."""
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
        return isinstance(points, dict) and _put(points, key, value, reason)

    def finished(self) -> dict[str, Any]:
        """Give the answer, with `stats` where the documented one has it."""
        video_id, external, *rest = self.answer.items()
        return dict([video_id, external, ("stats", self.answer.get("stats", self.maps)), *rest])


def answers(frozen: Frozen) -> Iterator[tuple[Any, str | None]]:
    """Give the answers that a snapshot was read from, as far as it tells.

    Parameters
    ----------
    frozen : Snapshot
        Frames as in `schema.py`.

    Yields
    ------
    tuple of answer and status
        Each non-null count under its instant as PostgreSQL prints it; each rejected value where it came from. What
        was rejected as `superseded` is left out: there it would be current again. The status is null where the
        snapshot does not know it.
    """
    lost = frozen.rejected.filter(pl.col("reason") != "superseded")
    back = _by_video(lost.filter(pl.col("video_id").is_not_null()))
    readings = _readings(frozen.stats)
    columns = ["video_id", "status", *dict.fromkeys(FIELDS.values())]
    table = frozen.videos.select(columns).with_columns(pl.col(*INSTANTS).to_physical())
    for row in table.iter_rows(named=True):
        draft = _draft(row, readings.get(row["video_id"], {}))
        for rejection in back.get(row["video_id"], ()):
            draft.take_back(*rejection)
        yield draft.finished(), row["status"]
    yield from ((answer, None) for answer in _of_nobody(lost.filter(pl.col("video_id").is_null())))


def _draft(row: dict[str, Any], maps: dict[str, dict[str, Any]]) -> _Draft:
    answer = {"video_id": row["video_id"], **{name: row[column] for name, column in FIELDS.items()}}
    for name in INSTANTS:
        answer[name] = None if row[name] is None else iso(row[name])
    return _Draft(answer, maps)


def _readings(stats: pl.DataFrame) -> dict[str, dict[str, dict[str, Any]]]:
    """Give for each video its maps of timestamps to counts; a metric without a count has no map."""
    text = pl.col("timestamp").dt.strftime("%Y-%m-%d %H:%M:%S%.6f").str.strip_chars_end("0").str.strip_chars_end(".")
    stats = stats.select("video_id", *COUNTS, key=text + "+00")
    out: dict[str, dict[str, dict[str, Any]]] = {}
    for name in COUNTS:
        column = stats.select("video_id", "key", name).drop_nulls(name)
        groups = column.group_by("video_id", maintain_order=True).agg("key", name)
        for video_id, keys, values in groups.iter_rows():
            out.setdefault(video_id, {})[name] = dict(zip(keys, values, strict=True))
    return out


Back = tuple[str, str | None, Any, str]


def _back(rows: pl.DataFrame) -> Iterator[Back]:
    for name, key, value, reason in rows.select("field", "raw_timestamp", "raw_value", "reason").iter_rows():
        yield name, key, orjson.Fragment(value), reason


def _by_video(rejected: pl.DataFrame) -> dict[str, list[Back]]:
    out: dict[str, list[Back]] = {}
    for video_id, rejection in zip(rejected["video_id"], _back(rejected), strict=True):
        out.setdefault(video_id, []).append(rejection)
    return out


def _put(points: dict[str, Any], key: str, value: Any, reason: str) -> bool:
    if key in points or reason == "conflict":
        _respell(points, key)
    if key in points:
        return False
    points[key] = value
    return True


def _respell(points: dict[str, Any], key: str) -> None:
    """Write the kept value of an instant in another way, which comes before a rejected spelling in text order."""
    instant = read_instant(key)
    kept = None if instant is None else postgres(instant)
    if instant is None or kept not in points or kept < key or isinstance(points[kept], orjson.Fragment):
        return
    for hours in range(1, 16):
        spelling = f"{postgres(instant - hours * HOUR).removesuffix('+00')}-{hours:02d}"
        if spelling < key and spelling not in points:
            points[spelling] = points.pop(kept)
            return


def _of_nobody(rejected: pl.DataFrame) -> list[Any]:
    """Give the items that were no video, and those without an id, among which their points find room again."""
    lost = list(_back(rejected.sort("field", "raw_timestamp", nulls_last=False)))
    drafts = [
        _Draft({"video_id": value, "external_video_id": None}) for name, _, value, _ in lost if name == "video_id"
    ]
    for name, *point in lost:
        if name.split(".", maxsplit=1)[0] == "stats":
            any(draft.take_back(name, *point) for draft in drafts)  # the first one that has room takes it
    return [value for *_, value, reason in lost if reason == "not_an_object"] + [draft.finished() for draft in drafts]
