"""Small archives made by hand, and watches over them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import influtics_lab as lab
from influtics_lab.watch import WatchResult, parse_watch, run_watch

START = datetime(2026, 7, 1, tzinfo=UTC)
Counts = Mapping[float, Any]
"""Hours since START, and views or all four counts."""


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def growing(hours: int, start: int = 0, per_hour: int = 1000, every: int = 1) -> dict[float, Any]:
    """Readings of a video that gains the same each hour, of which 5 % engage."""
    return {hour: counts(10_000 + hour * per_hour) for hour in range(start, hours + 1, every)}


def counts(views: int) -> tuple[int, int, int, int]:
    return views, views // 25, views // 200, views // 200


def item(video_id: str, readings: Counts, **fields: Any) -> dict[str, Any]:
    stats: dict[str, dict[str, int]] = {"views": {}, "likes": {}, "comments": {}, "reposts": {}}
    for hour, value in readings.items():
        values = value if isinstance(value, tuple) else (value,)
        for name, number in zip(stats, values, strict=False):
            if number is not None:
                stats[name][at(hour).strftime("%Y-%m-%d %H:%M:%S+00:00")] = number
    plain = {"platform": "TikTok", "created_at": at(-1).isoformat(), "title": f"Title of {video_id}"}
    return {"video_id": video_id, "stats": stats} | plain | fields


def read_at(hours: float, *items: dict[str, Any]) -> lab.Snapshot:
    """The snapshot that was read then: of each video the readings up to then."""
    until = at(hours).strftime("%Y-%m-%d %H:%M:%S+00:00")
    known = [
        video
        | {"stats": {name: {t: v for t, v in points.items() if t <= until} for name, points in video["stats"].items()}}
        for video in items
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lab.DataQualityWarning)
        return lab.parse_pages([{"data": known, "pagination": {"total": len(known)}}], at(hours).isoformat())


class Watched:
    """An archive, a watch over it, and its state."""

    def __init__(self, folder: Path, toml: str) -> None:
        self.folder = folder
        self.archive = lab.Archive(folder / "archive")
        self.state = folder / "watch.state.json"
        self.watch = parse_watch(toml, folder=folder)

    def add(self, hours: float, *items: dict[str, Any]) -> None:
        self.archive.add(read_at(hours, *items))

    def run(self, hours: float = 0, **environment: str) -> WatchResult:
        return run_watch(self.watch, self.archive, self.state, now=at(hours), environment=environment)

    def see(self, hours: float, *items: dict[str, Any]) -> list[dict[str, Any]]:
        """Read the videos at that hour, run the watch then, and return the events."""
        self.add(hours, *items)
        return self.run(hours).events


def brief(events: list[dict[str, Any]]) -> list[tuple[str, str, float]]:
    """Each event's condition, what it does, and at which hour."""
    return [
        (event["condition"], event["change"], (datetime.fromisoformat(event["at"]) - START) / timedelta(hours=1))
        for event in events
    ]


def run_lines(event: dict[str, Any]) -> Any:
    """What the lines of Python in an event return."""
    names: dict[str, Any] = {}
    exec("\n".join(event["python"][:-1]), names)
    return eval(event["python"][-1], names)


def shows(event: dict[str, Any]) -> bool:
    """Whether the lines of Python show exactly one row, each number in which is in the evidence."""
    (row,) = run_lines(event).drop("timestamp").to_dicts()
    numbers = [value for value in row.values() if not isinstance(value, bool | str)]
    return set(numbers) <= {*event["evidence"].values()}
