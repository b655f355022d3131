from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st
from metrics.lines import born, close, line, points
from metrics.readings import frames, hours, readings
from polars.testing import assert_frame_equal

from influtics_lab import schema
from influtics_lab.errors import FrameError, MissingColumnError
from influtics_lab.metrics.windows import at_age, lifetime_average, window_gain

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "at_age": lambda frame: at_age(frame, "90h", *schema.COUNTS),
    "at_age, tracked, no long gap": lambda frame: at_age(frame, "90h", *schema.COUNTS, age="tracked", max_gap="9h"),
    "window_gain": lambda frame: window_gain(frame, *schema.COUNTS),
    "window_gain, no long gap": lambda frame: window_gain(frame, *schema.COUNTS, window="5h", max_gap="9h"),
    "lifetime_average": lambda frame: lifetime_average(frame, *schema.COUNTS),
}
KEYS = ["video_id", "timestamp"]

every = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
quick = examples(15)
huge = st.sampled_from([-(2**63), -1, 0, 1, 2**53, 2**62, 2**63 - 1]) | st.integers(-(2**63), 2**63 - 1)


def test_window_gains_between_and_at_readings() -> None:
    frame = readings(("a", 0, 100), ("a", 20, 300), ("a", 34, 370), ("a", 44, 400), ("b", 34, 9))
    # 34 - 24 = 10 h: 200 views. 44 - 24 = 20 h: a reading.
    assert window_gain(frame)["views_gained_24h"].to_list() == [None, None, 170.0, 100.0, None]


def test_the_window_of_the_first_reading_itself_is_known_and_any_earlier_is_not() -> None:
    frame = readings(("a", 0, 100), ("a", 24, 340), ("a", 23.999, 339))
    assert window_gain(frame)["views_gained_24h"].to_list() == [None, 240.0, None]


def test_a_reading_without_the_count_has_a_gain_where_others_bracket_it() -> None:
    frame = readings(("a", 0, 0), ("a", 30, None), ("a", 40, 400), ("a", 50, None))
    assert window_gain(frame)["views_gained_24h"].to_list() == [None, 240.0, 240.0, None]


def test_each_count_is_interpolated_between_the_readings_that_have_it() -> None:
    frame = readings(("a", 0, 0, 0), ("a", 10, 1000, None), ("a", 30, 1200, 30), columns=("views", "likes"))
    out = window_gain(frame, "views", "likes", window="20h")
    assert out.select("views_gained_20h", "likes_gained_20h").row(2) == (200.0, 20.0)


def test_an_end_in_a_gap_that_is_too_long_is_not_known() -> None:
    frame = readings(("a", 0, 0), ("a", 20, 200), ("a", 34, 340), ("a", 44, 440))
    assert window_gain(frame, max_gap="20h")["views_gained_24h"].to_list() == [None, None, 240.0, 240.0]
    assert window_gain(frame, max_gap="19h")["views_gained_24h"].to_list() == [None, None, None, 240.0]


def test_a_fall_is_a_negative_gain() -> None:
    assert window_gain(readings(("a", 0, 500), ("a", 24, 470)))["views_gained_24h"][1] == -30.0


@pytest.mark.parametrize(("window", "name"), [("1d", "24h"), ("7d", "7d"), ("48h", "2d"), ("90m", "90m")])
def test_the_window_is_in_the_name(window: str, name: str) -> None:
    assert window_gain(readings(("a", 0, 1)), window=window).columns[-2:] == [
        f"views_gained_{name}",
        f"views_gained_{name}_rule",
    ]


def test_gains_of_the_largest_counts_are_right_to_the_unit() -> None:
    frame = readings(("a", 0, 2**63 - 1001), ("a", 24, 2**63 - 1), ("a", 30, 2**63 - 1))
    assert window_gain(frame)["views_gained_24h"].to_list() == [None, 1000.0, 750.0]


def test_rows_without_a_video_or_an_instant_stay_and_have_no_gain() -> None:
    frame = readings(("a", 0, 0), ("a", 24, 24), ("a", 30, 30), ("a", 40, 40))
    holes = frame.with_columns(
        pl.Series("video_id", ["a", "a", None, "a"]),
        pl.Series("timestamp", [hours(0), hours(24), hours(30), None], dtype=schema.Instant),
    )
    out = window_gain(holes)
    assert out.select(frame.columns).equals(holes)
    assert out["views_gained_24h"].to_list() == [None, 24.0, None, None]


def test_a_second_window_is_added_beside_the_first_and_the_same_one_replaces_it() -> None:
    frame = readings(("a", 0, 0), ("a", 24, 24))
    both = frame.pipe(window_gain).pipe(window_gain, window="6h")
    gains = ["views_gained_24h", "views_gained_6h"]
    assert [name for name in both.columns if name.startswith("views_gained")] == [
        column for gain in gains for column in (gain, f"{gain}_rule")
    ]
    assert window_gain(both).equals(both)


@quick
@given(frame=frames(), window=st.integers(1, 60), max_gap=st.none() | st.integers(1, 60))
def test_window_gains_are_those_of_a_plain_loop(frame: pl.DataFrame, window: int, max_gap: int | None) -> None:
    longest = None if max_gap is None else timedelta(hours=max_gap)
    length = timedelta(hours=window)
    found = {video: points(frame, video) for video in "abc"}
    out = window_gain(frame, window=length, max_gap=longest)
    for video, at, gain in out.select(*KEYS, out.columns[-2]).rows():
        ends = [line(found[video], end, longest) for end in (at, at - length)]
        expected = None if ends[0] is None or ends[1] is None else ends[0] - ends[1]
        assert close(gain, expected, scale=1e6)


@quick
@given(
    slope=st.integers(0, 10**6),
    gaps=st.lists(st.integers(1, 10**5), min_size=1, max_size=12),
    window=st.integers(1, 100),
)
def test_window_gains_of_a_linear_series_are_its_slope(slope: int, gaps: list[int], window: int) -> None:
    ends = [sum(gaps[: i + 1]) for i in range(len(gaps))]
    frame = readings(*(("a", second / 3600, slope * second) for second in ends))
    gains = window_gain(frame, window=timedelta(seconds=window)).to_series(-2)
    expected = [slope * window if second - window >= ends[0] else None for second in ends]
    assert gains.to_list() == [None if gain is None else pytest.approx(gain, rel=1e-9, abs=1e-6) for gain in expected]


@quick
@given(values=st.lists(st.integers(1, 10**9), min_size=3, max_size=30))
def test_two_windows_one_after_the_other_add_up_to_the_long_one(values: list[int]) -> None:
    frame = readings(*(("a", hour * 12, value) for hour, value in enumerate(values)))
    out = frame.pipe(window_gain).pipe(window_gain, window="2d")
    short, long = out["views_gained_24h"], out["views_gained_2d"]
    assert (short + short.shift(2)).equals(long)


@quick
@given(values=st.lists(st.integers(1, 10**6).map(lambda half: 2 * half), min_size=2, max_size=8))
def test_a_reading_on_the_line_changes_no_gain(values: list[int]) -> None:
    whole = readings(*(("a", 10 * i, value) for i, value in enumerate(values)))
    halves = [("a", 10 * i + 5, (low + high) // 2) for i, (low, high) in enumerate(pairwise(values))]
    split = pl.concat([whole, readings(*halves)])
    found = window_gain(split, window="13h").head(whole.height)
    assert_frame_equal(found, window_gain(whole, window="13h"), rel_tol=1e-12, abs_tol=1e-6)


def test_counts_at_an_age_between_and_at_readings() -> None:
    frame = born(
        readings(
            ("b", 10, 100, 5), ("b", 30, 300, None), ("b", 40, 400, 8), ("a", 20, 7, 1), columns=("views", "likes")
        ),
        hours(0),
    )
    out = at_age(frame, "20h", "likes", "views")
    assert out.select("video_id", "at_age_hours", "views", "likes").rows() == [
        ("a", 20.0, 7.0, 1.0),
        ("b", 20.0, 200.0, 6.0),
    ]


def test_an_age_before_the_first_reading_or_after_the_last_is_not_known() -> None:
    frame = born(readings(("a", 10, 100), ("a", 30, 300)), hours(0))
    assert [at_age(frame, f"{age}h")["views"][0] for age in (9, 10, 30, 31)] == [None, 100.0, 300.0, None]


def test_a_gap_that_is_too_long_hides_what_is_in_it_but_not_its_ends() -> None:
    frame = born(readings(("a", 10, 100), ("a", 30, 300)), hours(0))
    ages = {20: (200.0, None), 10: (100.0, 100.0), 30: (300.0, 300.0)}
    for age, (without, limited) in ages.items():
        assert at_age(frame, f"{age}h", max_gap="20h")["views"][0] == without
        assert at_age(frame, f"{age}h", max_gap="19h")["views"][0] == limited


def test_each_age_counts_from_its_own_instant() -> None:
    frame = born(readings(("a", 10, 100), ("a", 30, 300)), hours(-10), hours(5))
    assert at_age(frame, "24h")["views"][0] == 140.0
    assert at_age(frame, "24h", age="tracked")["views"][0] == 290.0


def test_a_video_without_publication_time_stays_with_no_counts() -> None:
    frame = readings(("b", 0, 1), ("a", 0, 1))
    assert at_age(frame, "1h").select("video_id", "views").rows() == [("a", None), ("b", None)]


def test_the_columns_of_videos_come_along_and_others_do_not() -> None:
    frame = born(readings(("a", 0, 1), ("a", 9, 2)), hours(0)).with_columns(title=pl.lit("t"), views_gained=pl.lit(5))
    out = at_age(frame, "1h")
    kept = [name for name in schema.dtypes(schema.FRAME) if name not in {"timestamp", *schema.COUNTS}]
    assert out.columns == [*kept, "at_age_hours", "views"]
    assert out.select("title", "published_at").row(0) == ("t", hours(0))
    narrow = frame.select(*KEYS, "views", "published_at")
    assert at_age(narrow, "1h").columns == ["video_id", "published_at", "at_age_hours", "views"]


def test_videos_can_be_distinguished_by_another_column() -> None:
    frame = born(readings(("a", 0, 1), ("b", 2, 3)), hours(0)).with_columns(channel=pl.lit("c"))
    assert at_age(frame, "1h", by="channel").select("channel", "views").rows() == [("c", 2.0)]


@quick
@given(frame=frames(), age=st.integers(1, 120), max_gap=st.none() | st.integers(1, 60))
def test_counts_at_an_age_are_those_of_a_plain_loop(frame: pl.DataFrame, age: int, max_gap: int | None) -> None:
    longest = None if max_gap is None else timedelta(hours=max_gap)
    out = at_age(frame, timedelta(hours=age), "views", max_gap=longest)
    assert out["video_id"].to_list() == sorted(set(frame["video_id"]))
    for video, published, views in out.select("video_id", "published_at", "views").rows():
        if published is None:
            assert views is None
        else:
            since = [point for point in points(frame, video) if point[0] >= published]
            assert close(views, line(since, published + timedelta(hours=age), longest), scale=1e6)


def test_lifetime_averages_by_hand() -> None:
    frame = born(readings(("a", 12, 2400), ("a", 24, None), ("a", 48, 2400)), hours(0), hours(11))
    assert lifetime_average(frame)["views_per_hour_lifetime"].to_list() == [200.0, None, 50.0]
    assert lifetime_average(frame, age="tracked")["views_per_hour_lifetime"][0] == 2400.0


def test_there_is_no_average_at_or_before_the_beginning() -> None:
    frame = born(readings(("a", 5, 10), ("a", 4, 10), ("a", 6, 10)), hours(5))
    assert lifetime_average(frame)["views_per_hour_lifetime"].to_list() == [None, None, 10.0]


@pytest.mark.slow
@every
@quick
@given(frame=frames())
def test_lazy_equals_eager(function: Callable[[Any], Any], frame: pl.DataFrame) -> None:
    lazy = function(frame.lazy())
    assert isinstance(lazy, pl.LazyFrame)
    assert lazy.collect_schema() == function(frame).schema
    assert lazy.collect().equals(function(frame))


@every
@quick
@given(frame=frames())
def test_the_order_of_rows_is_irrelevant_and_the_input_unchanged(
    function: Callable[[Any], Any], frame: pl.DataFrame
) -> None:
    before = frame.clone()
    out, back = function(frame), function(frame.reverse())
    assert out.equals(back.reverse() if "timestamp" in out.columns else back)
    assert frame.equals(before)


@every
@quick
@given(frame=frames(huge))
def test_no_number_is_ever_nan_or_infinite(function: Callable[[Any], Any], frame: pl.DataFrame) -> None:
    floats = function(frame).select(pl.selectors.float())
    assert floats.select((pl.all().is_finite() | pl.all().is_null()).all()).row(0) == (True,) * floats.width


@every
def test_no_rows_and_one_reading_give_the_same_columns(function: Callable[[Any], Any]) -> None:
    full = born(
        readings(*((video, hour, 5, 5, 5, 5) for video in "ab" for hour in range(4)), columns=schema.COUNTS), hours(0)
    )
    for part in (full.clear(), full.head(1)):
        out = function(part)
        assert out.schema == function(full).schema
        assert out.height == part.height


def test_rows_of_many_videos_stay_in_their_order() -> None:
    rows = [(f"v{video}", hour, video * hour) for video in range(300) for hour in range(40)]
    frame = readings(*rows).sample(fraction=1, shuffle=True, seed=1)
    out = window_gain(frame)
    assert out.select(frame.columns).equals(frame)
    expected = [None if hour < 24 else 24.0 * int(video[1:]) for video, hour, _ in rows]
    assert (
        readings(*rows).join(out, on=KEYS, how="left", maintain_order="left")["views_gained_24h"].to_list() == expected
    )


@every
@pytest.mark.parametrize("column", ["video_id", "timestamp", "views"])
def test_a_missing_column_names_the_loader(function: Callable[[Any], Any], column: str) -> None:
    frame = readings(("a", 0, 1))
    with pytest.raises(MissingColumnError, match=rf"needs the column '{column}'\. lab\.load_stats\(\)"):
        function(frame.drop(column))


@every
def test_naive_timestamps_floats_and_duplicates_are_refused(function: Callable[[Any], Any]) -> None:
    frame = readings(("a", 0, 1))
    with pytest.raises(FrameError, match="time zone of timestamp is None; it must be UTC"):
        function(frame.with_columns(pl.col("timestamp").dt.replace_time_zone(None)))
    with pytest.raises(FrameError, match="views is Float64; a count must be Int64"):
        function(frame.with_columns(pl.col("views").cast(pl.Float64)))
    with pytest.raises(FrameError, match="1 reading comes twice"):
        function(pl.concat([frame, frame]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda frame: window_gain(frame, window="24"), "window_gain: window is '24'; give a duration"),
        (lambda frame: window_gain(frame, window="0h"), "window_gain: window is '0h'; it must be longer than 0"),
        (lambda frame: window_gain(frame, max_gap="-1d"), "window_gain: max_gap is '-1d'; give a duration"),
        (lambda frame: window_gain(frame, "shares"), "window_gain accepts views, .*; found 'shares'"),
        (lambda frame: at_age(frame, 7), "at_age: at_age is 7; give a duration"),
        (lambda frame: at_age(frame, "7d", "er"), "at_age accepts views, .*; found 'er'"),
        (
            lambda frame: at_age(frame, "7d", age="born"),
            "at_age accepts the ages 'published' and 'tracked'; found 'born'",
        ),
        (lambda frame: at_age(frame, "7d", max_gap="0s"), "at_age: max_gap is '0s'"),
        (lambda frame: lifetime_average(frame, age=["x"]), r"lifetime_average accepts the ages .*; found \['x'\]"),
        (lambda frame: lifetime_average(frame, by="timestamp"), "by is 'timestamp'"),
    ],
)
def test_parameters_that_cannot_be_used_are_refused(call: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(FrameError, match=message):
        call(readings(("a", 0, 1)))


def test_the_instant_of_the_age_must_be_there() -> None:
    frame = readings(("a", 0, 1)).drop("published_at", "created_at")
    with pytest.raises(MissingColumnError, match="at_age needs the column 'published_at'"):
        at_age(frame, "7d")
    with pytest.raises(MissingColumnError, match="lifetime_average needs the column 'created_at'"):
        lifetime_average(frame, age="tracked")


def test_hidden_counts_are_interpolated_over_and_never_counted_as_zero() -> None:
    rows = [("a", 0, 3000, 50), ("a", 10, 3100, 0), ("a", 20, 3300, 90)]
    frame = born(readings(*rows, columns=("views", "likes")), hours(0), hours(0))
    assert window_gain(frame, "likes", window="10h").to_series(-1).to_list() == [None, 20.0, 20.0]
    assert at_age(frame, "10h", "likes")["likes"].to_list() == [70.0]
    assert lifetime_average(frame, "likes").to_series(-1).to_list() == [None, None, 4.5]
