from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from draws import examples
from hypothesis import given
from metrics.engines import kinds
from metrics.plain_counts import last_known, polls, visible_readings
from metrics.readings import hours, readings

from influtics_lab.metrics import compare, engagement_rate, latest
from influtics_lab.schema import COUNTS

MIXED = (
    ("part", 0, 5000, 90, 9, 1),
    ("part", 1, 9000, 95, 9, 1),
    ("part", 2, None, None, 12, 1),
    ("failed", 0, 5000, 90, 9, 1),
    ("failed", 1, 8000, 95, 9, 1),
    ("failed", 2, 0, 0, 0, 0),
    ("hides likes", 0, 5000, 90, 9, 1),
    ("hides likes", 1, 8000, 0, 10, 1),
    ("unread", 0, None, 4, None, None),
    ("unread", 1, None, None, None, None),
)


def by_video(frame: pl.DataFrame, *columns: str) -> dict[str, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in frame.select("video_id", *columns).iter_rows()}


def test_each_count_is_its_last_visible_value_with_the_time_it_was_read() -> None:
    last = latest(readings(*MIXED, columns=COUNTS))
    assert by_video(last, *COUNTS) == {
        "part": (9000, 95, 12, 1),
        "failed": (8000, 95, 9, 1),
        "hides likes": (8000, 90, 10, 1),
        "unread": (None, 4, None, None),
    }
    assert by_video(last, *(f"{count}_at" for count in COUNTS)) == {
        "part": (hours(1), hours(1), hours(2), hours(2)),
        "failed": (hours(1),) * 4,
        "hides likes": (hours(1), hours(0), hours(1), hours(1)),
        "unread": (None, hours(0), None, None),
    }


def test_other_columns_are_those_of_the_last_reading_with_visible_views() -> None:
    frame = readings(*MIXED, columns=COUNTS).with_columns(hour=(pl.col("timestamp").dt.hour()))
    assert by_video(latest(frame), "hour", "timestamp") == {
        "part": (1, hours(1)),
        "failed": (1, hours(1)),
        "hides likes": (1, hours(1)),
        "unread": (1, hours(1)),
    }


def test_a_rate_is_that_of_the_last_reading_that_has_one() -> None:
    last = latest(engagement_rate(readings(*MIXED, columns=COUNTS)))
    found = by_video(last, "engagements", "engagement_rate_pct", "engagement_rate_at", "engagement_parts")
    every = "likes+comments+reposts"
    assert found == {
        "part": (105, pytest.approx(100 * 105 / 9000), hours(1), every),
        "failed": (105, pytest.approx(100 * 105 / 8000), hours(1), every),
        "hides likes": (100, 2.0, hours(0), every),
        "unread": (None, None, None, None),
    }


def test_last_known_counts_of_different_readings_make_no_rate() -> None:
    last = latest(readings(*MIXED, columns=COUNTS)).pipe(engagement_rate, ("likes", "comments"))
    rates = by_video(last, "engagement_rate_pct")
    assert rates["failed"] == (pytest.approx(100 * 104 / 8000),)
    assert rates["hides likes"] == rates["part"] == (None,)
    assert compare(last.with_columns(platform=pl.lit("TikTok")))["n"].to_list() == [1]


def test_instants_lie_beside_their_values() -> None:
    columns = latest(engagement_rate(readings(*MIXED, columns=COUNTS))).columns
    for name in (*COUNTS, "engagement_rate_pct"):
        assert columns[columns.index(name) + 1] == f"{name.removesuffix('_pct')}_at"


def test_a_frame_without_views_returns_the_last_row() -> None:
    frame = readings(("a", 0, 8), ("a", 1, None), columns=("likes",)).select("video_id", "timestamp", "likes")
    assert latest(frame).rows() == [("a", hours(1), 8, hours(0))]
    assert latest(frame.drop("likes")).rows() == [("a", hours(1))]


def test_two_frames_of_last_known_counts_together_give_the_newer_ones() -> None:
    older, newer = (("a", 0, 100, 5, 1, 0), ("a", 1, None, None, 2, 0)), (("a", 3, 200, 5, 2, 0), ("a", 4, 0, 9, 2, 0))
    halves = [latest(readings(*rows, columns=COUNTS)) for rows in (older, newer)]
    assert latest(pl.concat(halves)).equals(latest(readings(*older, *newer, columns=COUNTS)))


@pytest.mark.slow
@examples(40)
@given(frame=polls())
def test_last_known_counts_are_those_of_a_loop_in_plain_python(frame: pl.DataFrame) -> None:
    last = by_video(latest(engagement_rate(frame)), *COUNTS, *(f"{count}_at" for count in COUNTS))
    for video, rows in visible_readings(frame).items():
        known: list[tuple[int | None, datetime | None]] = [last_known(rows, count) for count in COUNTS]
        assert last[video] == (*(value for value, _ in known), *(at for _, at in known))


@pytest.mark.slow
@examples(20)
@given(frame=polls())
def test_doing_it_again_lazily_or_in_another_order_changes_nothing(frame: pl.DataFrame) -> None:
    rated = engagement_rate(frame)
    last = latest(rated)
    assert latest(last).equals(last)
    assert latest(rated.lazy()).collect().equals(last)
    assert latest(rated.sort("timestamp", descending=True)).sort("video_id").equals(last.sort("video_id"))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["pandas", "DuckDB"])
@examples(10)
@given(frame=polls())
def test_every_engine_returns_the_same(
    engine: str, frame: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path: Path = tmp_path_factory.mktemp("frame") / "frame.parquet"
    rated = engagement_rate(frame)
    rated.write_parquet(path)
    found = kinds.back(latest(kinds.given(engine, rated, path)))
    assert kinds.difference(found.cast(rated.pipe(latest).schema), latest(rated), in_order=False) < 1e-12
