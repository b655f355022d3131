from __future__ import annotations

import duckdb
import pandas as pd
import polars as pl
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st
from metrics.readings import START, documented, frames, hours, readings
from polars.testing import assert_frame_equal

from influtics_lab import schema
from influtics_lab.errors import FrameError, MissingColumnError
from influtics_lab.metrics.engagement import engagement_rate
from influtics_lab.metrics.summary import ADDED, summarize
from influtics_lab.metrics.timeline import latest

quick = examples(15)
huge = st.sampled_from([-(2**63), -1, 0, 1, 2**53, 2**63 - 1]) | st.integers(-(2**63), 2**63 - 1)


def test_the_documented_videos_by_hand() -> None:
    first, second = summarize(documented()).rows(named=True)
    assert (first["readings"], first["read_hours"], first["longest_gap_hours"]) == (1, 0.0, None)
    assert (first["views_first"], first["views_last"], first["views_gained_in_all"]) == (1_900_000, 1_900_000, 0)
    assert first["views_per_hour_in_all"] is None
    assert first["engagement_rate_last_pct"] == pytest.approx(3.33974, abs=1e-5)
    assert (second["readings"], second["views_gained_in_all"], second["likes_gained_in_all"]) == (2, 3000, 300)
    elapsed = 12 + (16 * 60 + 39.167258) / 3600
    assert second["read_hours"] == second["longest_gap_hours"] == pytest.approx(elapsed)
    assert second["views_per_hour_in_all"] == pytest.approx(3000 / elapsed)
    assert second["engagement_rate_last_pct"] == pytest.approx(10.57781, abs=1e-5)


def test_a_count_counts_from_the_first_to_the_last_reading_that_has_it() -> None:
    rows = [("a", 0, None, 7), ("a", 10, 100, None), ("a", 14, 180, None), ("a", 50, None, 5)]
    out = summarize(readings(*rows, columns=("views", "likes"))).row(0, named=True)
    assert (out["views_first"], out["views_last"], out["views_per_hour_in_all"]) == (100, 180, 20.0)
    assert (out["likes_first"], out["likes_last"], out["likes_gained_in_all"]) == (7, 5, -2)
    assert (out["comments_first"], out["comments_gained_in_all"], out["comments_per_hour_in_all"]) == (None, None, None)
    assert (out["first_reading"], out["last_reading"]) == (START, hours(50))
    assert (out["readings"], out["read_hours"], out["longest_gap_hours"]) == (4, 50.0, 36.0)


def test_the_rate_is_the_last_one_and_of_one_reading() -> None:
    rows = [("a", 0, 2000, 90, 10), ("a", 5, 4000, 0, 12), ("b", 0, 2000, 90, 10)]
    out = summarize(readings(*rows, columns=("views", "likes", "comments")))
    last = ("engagements_last", "engagement_rate_last_pct", "engagement_rate_last_at", "engagement_parts_last")
    assert out.select(last).rows() == [(100, 5.0, START, "likes+comments")] * 2
    assert out["likes_last"].to_list() == [90, 90]
    assert out["likes_gained_in_all"].to_list() == [0, 0]


def test_the_columns_of_the_video_stay_and_others_on_request() -> None:
    frame = documented().with_columns(creator=pl.lit("me"), mood=pl.lit("blue"))
    known = [column.name for column in schema.VIDEOS]
    assert summarize(frame).columns == [*known, *ADDED]
    assert summarize(frame, "creator").columns == [*known, "creator", *ADDED]
    bare = frame.select("video_id", "timestamp", *schema.COUNTS, "platform")
    assert summarize(bare).columns == ["video_id", "platform", *ADDED]


def test_rows_without_a_video_or_an_instant_belong_to_nobody() -> None:
    frame = readings(("a", 0, 1), ("b", 0, 1), (None, 0, 2)).with_columns(
        pl.when(pl.col("video_id").ne_missing("b")).then("timestamp").alias("timestamp")
    )
    assert summarize(frame).select("video_id", "readings").rows() == [("a", 1)]


@quick
@given(frame=frames())
def test_its_last_values_are_those_of_latest(frame: pl.DataFrame) -> None:
    out, last = summarize(frame).sort("video_id"), latest(engagement_rate(frame)).sort("video_id")
    assert out["video_id"].to_list() == last["video_id"].to_list()
    for count in schema.COUNTS:
        assert out[f"{count}_last"].equals(last[count])
    assert out["engagement_rate_last_pct"].equals(last["engagement_rate_pct"])
    assert out["engagement_rate_last_at"].equals(last["engagement_rate_at"])
    assert out["engagements_last"].equals(last["engagements"])
    assert out["engagement_parts_last"].equals(last["engagement_parts"])
    assert out["last_reading"].equals(
        frame.group_by("video_id").agg(pl.col("timestamp").max()).sort("video_id")["timestamp"]
    )
    assert out["readings"].sum() == frame.height


@quick
@given(frame=frames(huge))
def test_lazy_equals_eager_and_nothing_is_nan_or_infinite(frame: pl.DataFrame) -> None:
    before = frame.clone()
    out = summarize(frame)
    assert frame.equals(before)
    lazy = summarize(frame.lazy())
    assert isinstance(lazy, pl.LazyFrame)
    assert lazy.collect().equals(out)
    floats = out.select(pl.selectors.float())
    assert floats.select((pl.all().is_finite() | pl.all().is_null()).all()).row(0) == (True,) * floats.width


@quick
@given(frame=frames(st.integers(0, 10**6)))
def test_the_order_of_readings_is_irrelevant(frame: pl.DataFrame) -> None:
    assert summarize(frame.reverse()).sort("video_id").equals(summarize(frame).sort("video_id"))


def test_columns_and_types_are_the_same_for_any_number_of_rows() -> None:
    expected = summarize(documented()).schema
    assert summarize(documented().clear()).schema == expected
    assert summarize(documented().head(1)).schema == expected


@pytest.mark.slow
def test_duckdb_and_pandas_equal_polars() -> None:
    rows = [(video, hour, hour * 7, hour, hour, None) for video in "ab" for hour in (1, 2, 5)]
    frame = readings(*rows, columns=schema.COUNTS)
    expected = summarize(frame)
    pandas = summarize(frame.to_pandas(use_pyarrow_extension_array=True))
    assert isinstance(pandas, pd.DataFrame)
    found = pl.from_pandas(pandas).select(expected.columns).cast(expected.schema)
    assert_frame_equal(found, expected, check_row_order=False)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        duck = summarize(connection.from_arrow(frame.to_arrow()))
        assert isinstance(duck, duckdb.DuckDBPyRelation)
        assert_frame_equal(duck.pl().cast(expected.schema), expected, check_row_order=False)


def test_bad_structure_is_an_error_that_states_what_to_do() -> None:
    with pytest.raises(MissingColumnError, match="'reposts'"):
        summarize(documented().drop("reposts"))
    with pytest.raises(MissingColumnError, match="summarize cannot keep 'creator'"):
        summarize(documented(), "creator")
    with pytest.raises(FrameError, match="views differ from reading to reading"):
        summarize(documented(), "views")
    with pytest.raises(FrameError, match="summarize adds readings itself"):
        summarize(documented().with_columns(readings=1), "readings")
    with pytest.raises(FrameError, match="readings come twice"):
        summarize(pl.concat([documented(), documented()]))
