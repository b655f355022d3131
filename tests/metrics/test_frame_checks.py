from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st
from metrics.readings import FUNCTIONS, documented, frames, readings

from influtics_lab.errors import FrameError, MissingColumnError
from influtics_lab.metrics import (
    acceleration,
    cpm,
    doubling_time,
    emv,
    engagement_rate,
    flag_counters,
    growth,
    latest,
    with_age,
)
from influtics_lab.metrics._frame_checks import check_number

every = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
Function = Callable[[pl.DataFrame | pl.LazyFrame], object]


@every
@pytest.mark.parametrize("column", ["video_id", "timestamp"])
def test_a_missing_key_column_names_the_loader(function: Function, column: str) -> None:
    with pytest.raises(MissingColumnError, match=rf"needs the column '{column}'\. lab\.load_stats\(\)") as caught:
        function(documented().drop(column))
    assert caught.value.missing == (column,)


def test_missing_counts_and_instants_are_all_named() -> None:
    with pytest.raises(MissingColumnError, match="growth needs the columns 'views', 'likes'"):
        growth(documented().drop("views", "likes"), "views", "likes")
    with pytest.raises(MissingColumnError, match="engagement_rate needs the column 'reposts'"):
        engagement_rate(documented().drop("reposts"))
    with pytest.raises(MissingColumnError, match="with_age needs the columns 'published_at', 'created_at'"):
        with_age(documented().drop("published_at", "created_at").lazy())


def test_a_by_that_is_no_column_is_refused_with_what_there_is() -> None:
    with pytest.raises(MissingColumnError, match=r"latest needs the column 'channel'\. The frame has: video_id, "):
        latest(documented(), by="channel")
    with pytest.raises(FrameError, match="by is 'timestamp'"):
        latest(documented(), by="timestamp")


@pytest.mark.parametrize("function", [growth, acceleration, doubling_time])
def test_an_unknown_count_is_refused_with_what_is_allowed(function: Callable[..., object]) -> None:
    with pytest.raises(FrameError, match=r"accepts views, likes, comments, reposts; found 'shares'\."):
        function(documented(), "views", "shares")


@every
@pytest.mark.parametrize(
    ("timestamp", "message"),
    [
        (pl.col("timestamp").dt.replace_time_zone(None), "time zone of timestamp is None; it must be UTC"),
        (pl.col("timestamp").dt.convert_time_zone("Europe/Berlin"), "is Europe/Berlin; it must be UTC"),
        (pl.col("timestamp").dt.date(), "timestamp is Date; it must be Datetime"),
        (pl.col("timestamp").dt.to_string(), "timestamp is String; it must be Datetime"),
    ],
)
def test_timestamps_that_are_not_utc_instants_are_refused(function: Function, timestamp: pl.Expr, message: str) -> None:
    with pytest.raises(FrameError, match=message):
        function(documented().with_columns(timestamp))
    with pytest.raises(FrameError, match=message):
        function(documented().lazy().with_columns(timestamp))


@pytest.mark.parametrize("dtype", [pl.Float64, pl.String, pl.UInt64, pl.Int128, pl.Decimal(10, 2)])
def test_counts_that_are_not_whole_numbers_of_64_bits_are_refused(dtype: pl.DataType) -> None:
    frame = documented().with_columns(pl.col("views").cast(dtype))
    with pytest.raises(FrameError, match="a count must be Int64"):
        growth(frame)
    with pytest.raises(FrameError, match="a count must be Int64"):
        engagement_rate(frame)


def test_narrower_integers_give_the_same() -> None:
    frame = documented()
    narrow = frame.with_columns(pl.col("views").cast(pl.UInt32), pl.col("likes").cast(pl.Int32))
    new = ["views_gained", "likes_gained", "views_growth_pct"]
    assert growth(narrow, "views", "likes").select(new).equals(growth(frame, "views", "likes").select(new))
    assert engagement_rate(narrow)["engagements"].equals(engagement_rate(frame)["engagements"])


@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - {"with_age"}))
def test_a_reading_that_comes_twice_is_refused(name: str) -> None:
    frame = documented()
    with pytest.raises(FrameError, match="1 reading comes twice, such as video_id 'second' at 2025-06-30 00:01:43"):
        FUNCTIONS[name](pl.concat([frame, frame.tail(1)]))


def test_a_reading_that_comes_twice_has_its_age() -> None:  # each row by itself
    frame = documented()
    assert with_age(pl.concat([frame, frame.tail(1)])).height == frame.height + 1


@pytest.mark.slow
@examples(40)
@given(frame=frames(min_size=1), data=st.data())
def test_a_reading_that_comes_twice_is_found_wherever_it_lies(frame: pl.DataFrame, data: st.DataObject) -> None:
    row, place = (data.draw(st.integers(0, frame.height - 1)) for _ in range(2))
    rows = [*range(place), row, *range(place, frame.height)]
    with pytest.raises(FrameError, match="1 reading comes twice"):
        latest(frame[rows])
    for order in (("video_id", "timestamp"), ("timestamp", "video_id")):
        with pytest.raises(FrameError, match="1 reading comes twice"):
            latest(frame[rows].sort(order))
        assert latest(frame.sort(order)).height == frame["video_id"].n_unique()


@pytest.mark.parametrize("videos", [["a", "a", "a"], ["a", None, "a"]])
def test_a_reading_that_comes_twice_is_found_beside_nulls(videos: list[str | None]) -> None:
    frame = readings(("a", 0, 1), ("a", 1, 1), ("a", 0, 1)).with_columns(
        pl.Series("video_id", videos), pl.when(pl.int_range(pl.len()) != 1).then("timestamp").alias("timestamp")
    )
    with pytest.raises(FrameError, match="1 reading comes twice"):
        growth(frame)


def test_videos_may_be_distinguished_by_categories_and_numbers() -> None:
    frame = documented()
    for dtype in (pl.Categorical, pl.Enum(["second", "first"])):
        other = growth(frame.with_columns(pl.col("video_id").cast(dtype)))
        assert other["views_gained"].equals(growth(frame)["views_gained"])
        pandas = growth(frame.with_columns(pl.col("video_id").cast(dtype)).to_pandas(use_pyarrow_extension_array=True))
        assert pandas["views_gained"].to_list()[2] == 3000
    numbered = frame.with_columns(pl.col("video_id").rank("dense"))
    assert growth(numbered)["views_gained"].equals(growth(frame)["views_gained"])


def test_readings_that_come_twice_in_a_lazy_frame_have_no_rate() -> None:
    frame = pl.concat([readings(("a", 0, 1)), readings(("a", 0, 1))]).lazy()
    out = growth(frame).pipe(acceleration).pipe(doubling_time).collect()
    new = out.select("views_per_hour", "views_growth_pct_per_day", "views_per_hour_per_hour", "views_doubling_hours")
    assert new.null_count().sum_horizontal().item() == 8


@every
@pytest.mark.parametrize("thing", [[1, 2], None, pl.Series("views", [1])], ids=["list", "None", "Series"])
def test_what_is_no_frame_is_refused(function: Callable[[object], object], thing: object) -> None:
    with pytest.raises(FrameError, match=r"accepts a frame of polars, Spark, DuckDB or pandas, not a "):
        function(thing)


def test_a_by_that_is_no_name_is_refused() -> None:
    for by in (["video_id"], 1, None):
        with pytest.raises(FrameError, match=r"by is .*; it must be the name of one column"):
            latest(documented(), by=by)  # type: ignore[arg-type]  # on purpose


def test_names_that_are_no_text_are_refused() -> None:
    frame = documented().with_columns(spend=1.0)
    with pytest.raises(FrameError, match=r"cpm: \['spend'\] is not the name of a column"):
        cpm(frame, spend=["spend"])  # type: ignore[arg-type]  # on purpose
    with pytest.raises(FrameError, match=r"emv: rates is .*; give a mapping"):
        emv(frame, ["views"])  # type: ignore[arg-type]  # on purpose
    with pytest.raises(FrameError, match=r"engagement_rate\(parts=\) accepts names"):
        engagement_rate(frame, 5)  # type: ignore[arg-type]  # on purpose


@pytest.mark.slow
def test_counts_of_the_type_null_are_all_null() -> None:
    frame = documented()
    untyped = frame.with_columns(pl.lit(None).alias("reposts"), pl.lit(None).alias("likes"))
    typed = untyped.with_columns(pl.col("reposts", "likes").cast(pl.Int64))
    assert untyped.schema["reposts"] == pl.Null
    for metric in (engagement_rate, lambda each: growth(each, "likes"), flag_counters):
        assert metric(untyped).equals(metric(typed))
        assert metric(untyped.lazy()).collect().equals(metric(typed))


@pytest.mark.parametrize("value", [3, 3.0, np.int64(3), np.float32(3), Decimal(3), Fraction(3)])
def test_a_number_of_any_kind_becomes_a_float_or_an_int(value: object) -> None:
    found, whole = check_number("f", "x", value, 3, 3), check_number("f", "x", value, 3, 3, whole=True)
    assert (found, type(found), whole, type(whole)) == (3.0, float, 3, int)


@pytest.mark.parametrize(
    "value", [True, np.bool_(True), "3", None, [3], 3j, math.nan, Decimal("NaN"), Decimal("sNaN"), 10**400, 2.9, 4.1]
)
def test_what_is_no_number_of_the_range_is_refused(value: object) -> None:
    for whole, kind in ((False, "a number"), (True, "a whole number")):
        with pytest.raises(FrameError, match=rf"f: x is .*; it must be {kind}, 3 or more and at most 4\."):
            check_number("f", "x", value, 3, 4, whole=whole)


def test_half_a_number_is_not_whole_and_the_end_can_be_left_out() -> None:
    assert check_number("f", "x", 3.5, 3) == 3.5
    with pytest.raises(FrameError, match="must be a whole number, 3 or more"):
        check_number("f", "x", 3.5, 3, whole=True)
    with pytest.raises(FrameError, match="must be a number above 3"):
        check_number("f", "x", 3, 3, above=True)
    assert check_number("f", "x", 2**70 + 1, 0, whole=True) == 2**70 + 1
