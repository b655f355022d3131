"""An archive with Delta tables, and the states of its days as polars finds them there."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import polars as pl

import influtics_lab as lab
import influtics_lab.archive as archive_package
from tests.archive.days import day, item

DAYS = ["2025-07-01", "2025-07-02", "2025-07-03", "2025-07-04"]
SNAPSHOTS = [
    day(1, item("a", {1: 5, 2: 6}), item("b", {1: 7, 2: "bad"})),
    day(2, item("a", {1: 8, 3: 9}, title="new"), item("c", {1: 1})),
    day(3, item("b", {1: 7})),
    day(4, item("b", {1: 7}), item("d", {1: 2})),
]
COLUMNS = ["video_id", "timestamp", "views", "likes", "comments", "reposts"]


def publish_days(location: str | Path) -> lab.Archive:
    """An archive that is published after its first day, and compacted after its third."""
    archive = lab.Archive(location)
    archive.add(SNAPSHOTS[0])
    assert archive.publish() == 1
    archive.add(SNAPSHOTS[1])
    archive.add(SNAPSHOTS[2])
    archive.compact().add(SNAPSHOTS[3])
    return archive


def expected(archive: lab.Archive, day: str) -> list[tuple[Any, ...]]:
    return archive.history(day).select(COLUMNS).rows()


def query_of(day: str, stats: str, videos: str) -> str:
    """The query of the package's docstring for a day and names of the two tables."""
    (query,) = re.findall(r"::\n\n(    select .*?)\n\n", archive_package.__doc__ or "", re.DOTALL)
    end = dt.date.fromisoformat(day) + dt.timedelta(days=1)
    for table, name in (("stats", stats), ("videos", videos)):
        query = query.replace(f"delta_scan('data/archive/{table}')", name)
    return query.replace("2025-07-02 00:00", f"{end} 00:00")


def scan_day(location: str, day: str) -> pl.DataFrame:
    """The state of a day by the lines of the package's docstring."""
    (lines,) = re.findall(r"In polars::\n\n(.*?)\n\n", archive_package.__doc__ or "", re.DOTALL)
    end = dt.date.fromisoformat(day) + dt.timedelta(days=1)
    lines = lines.replace("data/archive", location).replace("2025, 7, 2,", f"{end.year}, {end.month}, {end.day},")
    names: dict[str, Any] = {"pl": pl, "dt": dt}
    exec("\n".join(line.strip() for line in lines.splitlines()), names)
    state: pl.DataFrame = names["state"].select(COLUMNS).sort("video_id", "timestamp").collect()
    return state
