from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest
from metrics.readings import documented, hours, readings

from influtics_lab.metrics import latest, with_age
from influtics_lab.schema import Instant


def test_ages_of_the_documented_videos() -> None:
    published = pl.Series([datetime(2025, 4, 4, 13, 7, 39, tzinfo=UTC), None, None], dtype=Instant)
    out = with_age(documented().with_columns(published_at=published))
    days, rest = 86, (19 * 3600 + 18 * 60 + 24.730104) / 3600
    assert out["age_hours"].to_list() == [pytest.approx(days * 24 + rest, abs=1e-9), None, None]
    assert [round(age * 3600, 6) for age in out["tracked_age_hours"]] == [33.752834, 33.441414, 44232.608672]


def test_an_age_before_its_instant_is_negative() -> None:
    frame = readings(("a", 1, 5)).with_columns(pl.lit(hours(2), dtype=Instant).alias("created_at"))
    assert with_age(frame).select("age_hours", "tracked_age_hours").rows() == [(None, -1.0)]


def test_whole_hours_come_out_whole() -> None:
    frame = readings(*(("a", hour, 1) for hour in range(5000))).with_columns(
        pl.lit(hours(0), dtype=Instant).alias("created_at")
    )
    assert with_age(frame)["tracked_age_hours"].to_list() == list(range(5000))


def test_an_age_is_the_same_to_the_last_bit_in_a_frame_of_one_row() -> None:
    frame = readings(("a", 0, 1), ("a", 49 / 3.6e9, 1)).with_columns(
        pl.lit(hours(3), dtype=Instant).alias("created_at")
    )
    alone = [with_age(frame[row])["tracked_age_hours"][0] for row in range(2)]
    assert with_age(frame)["tracked_age_hours"].to_list() == alone


def test_repeating_with_age_replaces_its_columns() -> None:
    once = with_age(documented())
    assert with_age(once).equals(once)


def test_latest_returns_the_last_visible_views_in_the_order_of_their_rows() -> None:
    frame = readings(("b", 5, 50), ("a", 9, None), ("b", 7, 70), ("a", 2, 20), ("c", 0, 1), ("b", 6, 60))
    assert latest(frame).select("video_id", "views").rows() == [("b", 70), ("a", 20), ("c", 1)]


def test_latest_of_latest_is_the_same() -> None:
    once = latest(documented())
    assert once["views"].to_list() == [1_900_000, 911_200]
    assert latest(once).equals(once)


def test_a_row_without_a_video_or_a_timestamp_is_no_last_reading() -> None:
    frame = readings(("a", 0, 1), (None, 1, 2), ("b", 2, 3)).with_columns(
        pl.when(pl.col("video_id") != "b").then("timestamp").alias("timestamp")
    )
    assert latest(frame)["views"].to_list() == [1]
    assert latest(frame.lazy()).collect()["views"].to_list() == [1]
