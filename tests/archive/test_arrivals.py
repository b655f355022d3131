"""What reads after an instant brought, and which videos came and went."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from archive.days import day, item

import influtics_lab as lab


def test_arrivals_are_the_videos_with_new_or_changed_readings(tmp_path: Path) -> None:
    archive = lab.Archive(tmp_path)
    archive.add(day(1, item("a", {1: 5, 2: 6}), item("b", {1: 5}), item("c", {1: 5})))
    first = archive.snapshots()["read_until"][-1]
    assert archive.arrivals(first).rows() == []
    archive.add(day(2, item("a", {1: 5, 2: 7, 3: 8}), item("b", {1: 5, 3: 9}), item("c", {1: 5})))
    assert archive.arrivals(first).rows() == [
        ("a", datetime(2025, 7, 1, 2, tzinfo=UTC), datetime(2025, 7, 1, 3, tzinfo=UTC)),
        ("b", datetime(2025, 7, 1, 3, tzinfo=UTC), datetime(2025, 7, 1, 3, tzinfo=UTC)),
    ]
    archive.compact()
    assert archive.arrivals(first)["video_id"].to_list() == ["a", "b"]
    assert archive.arrivals(datetime(2025, 6, 1, tzinfo=UTC))["video_id"].to_list() == ["a", "b", "c"]


def test_withdrawn_readings_are_no_arrivals_until_they_are_back(tmp_path: Path) -> None:
    archive = lab.Archive(tmp_path)
    for number, hours in enumerate(([1, 2], [1], [1, 2], []), 1):
        archive.add(day(number, item("a", dict.fromkeys(hours, 5))))
        rows = archive.arrivals(datetime(2025, 6, 1, tzinfo=UTC)).rows()
        assert [(first.hour, last.hour) for _, first, last in rows] == ([(min(hours), max(hours))] if hours else [])


def test_removals_are_the_times_at_which_videos_came_and_went(tmp_path: Path) -> None:
    archive = lab.Archive(tmp_path)
    archive.add(day(1, item("a", {1: 5}), item("b", {1: 5}, title="Another title")))
    archive.add(day(2, item("b", {1: 5}, title="Title of b")))
    archive.add(day(3, item("a", {1: 5}), item("b", {1: 5})))
    rows = archive.removals().select("video_id", pl.col("seen_at").dt.day(), "removed", "title", "created_at")
    began = datetime(2025, 6, 30, 8, tzinfo=UTC)
    assert rows.rows() == [
        ("a", 1, False, "Title of a", began),
        ("a", 2, True, "Title of a", began),
        ("a", 3, False, "Title of a", began),
        ("b", 1, False, "Title of b", began),
    ]
