from __future__ import annotations

import math

import polars as pl
import pytest
from metrics.readings import documented, readings

from influtics_lab.metrics import acceleration, doubling_time, growth

FIVE = ["views_gained", "views_hours", "views_per_hour", "views_growth_pct", "views_growth_pct_per_day"]


def added(frame: pl.DataFrame, *names: str) -> list[tuple[object, ...]]:
    return frame.select(names).rows()


def test_growth_by_hand() -> None:
    frame = readings(("a", 0, 100), ("a", 12, 200), ("a", 36, 150), ("b", 0, 7), ("b", 48, 7))
    assert added(growth(frame, "views"), *FIVE) == [
        (None, None, None, None, None),
        (100, 12.0, pytest.approx(100 / 12), 100.0, pytest.approx(300.0)),
        (-50, 24.0, pytest.approx(-50 / 24), -25.0, pytest.approx(-25.0)),
        (None, None, None, None, None),
        (0, 48.0, 0.0, 0.0, 0.0),
    ]


def test_growth_of_the_documented_video() -> None:
    frame = growth(documented(), "views", "likes")
    hours = (12 * 3600 + 16 * 60 + 39.167258) / 3600
    assert added(frame, *FIVE)[2] == pytest.approx(
        (3000, hours, 3000 / hours, 100 * 3000 / 908200, 100 * ((911200 / 908200) ** (24 / hours) - 1))
    )
    assert frame["likes_gained"].to_list() == [None, None, 300]


def test_no_count_named_means_views() -> None:
    frame = documented()
    assert growth(frame).equals(growth(frame, "views"))
    assert acceleration(frame).equals(acceleration(frame, "views"))
    assert doubling_time(frame).equals(doubling_time(frame, "views"))


def test_previous_is_the_previous_reading_with_that_count() -> None:
    frame = readings(
        ("a", 0, 100, None),
        ("a", 1, None, 10),
        ("a", 2, None, None),
        ("a", 4, 300, None),
        ("a", 6, None, 40),
        ("a", 7, 360, 50),
        columns=("views", "likes"),
    )
    out = growth(frame, "views", "likes")
    assert added(out, "views_gained", "views_hours") == [
        (None, None),
        (None, None),
        (None, None),
        (200, 4.0),
        (None, None),
        (60, 3.0),
    ]
    assert added(out, "likes_gained", "likes_hours") == [
        (None, None),
        (None, None),
        (None, None),
        (None, None),
        (30, 5.0),
        (10, 1.0),
    ]


def test_zero_and_negative_values_have_a_gain_but_no_relative_growth() -> None:
    frame = growth(readings(("a", 0, 0), ("a", 1, 5), ("a", 2, -1), ("a", 3, 5)))
    assert frame["views_gained"].to_list() == [None, 5, -6, 6]
    assert frame["views_growth_pct"].to_list() == [None, None, -120.0, None]
    assert frame["views_growth_pct_per_day"].to_list() == [None] * 4


def test_a_hidden_count_is_missing_and_not_a_fall_to_zero() -> None:
    rows = [("a", 0, 3000, 50), ("a", 1, 3100, 0), ("a", 2, 3300, 0), ("a", 4, 3400, 58), ("b", 0, 3000, 0)]
    frame = growth(readings(*rows, columns=("views", "likes")), "views", "likes")
    assert frame["likes"].to_list() == [50, 0, 0, 58, 0]
    assert frame["likes_gained"].to_list() == [None, None, None, 8, None]
    assert frame["likes_per_hour"].to_list() == [None, None, None, 2.0, None]
    assert acceleration(readings(*rows, columns=("views", "likes")), "likes").to_series(-1).to_list() == [None] * 5


def test_growth_per_day_beyond_the_range_of_a_float_is_null() -> None:
    frame = growth(readings(("a", 0, 1), ("a", 1 / 3600, 10**6), ("a", 2 / 3600, 1)))
    assert frame["views_growth_pct_per_day"].to_list() == [None, None, -100.0]
    assert frame["views_growth_pct"].to_list() == [None, pytest.approx(99_999_900), pytest.approx(-99.9999)]


def test_a_gain_beyond_64_bits_is_null() -> None:
    frame = growth(readings(("a", 0, -(2**62)), ("a", 1, 2**62), ("a", 2, 2**63 - 1)))
    assert frame["views_gained"].to_list() == [None, None, 2**62 - 1]


def test_readings_a_microsecond_apart_have_a_velocity() -> None:
    frame = growth(readings(("a", 0, 1), ("a", 1 / 3.6e9, 2)))
    assert frame["views_per_hour"].to_list() == [None, pytest.approx(3.6e9)]


def test_a_reading_without_an_instant_has_no_growth_and_is_nobodys_previous() -> None:
    frame = readings(("a", 0, 1), ("a", 1, 5), ("a", 2, 9)).with_columns(
        pl.when(pl.col("views") != 5).then("timestamp").alias("timestamp")
    )
    assert added(growth(frame), "views_gained", "views_hours") == [(None, None), (None, None), (8, 2.0)]


def test_growth_by_another_column_than_video_id() -> None:
    frame = readings(("a", 0, 1), ("b", 1, 5)).with_columns(external_video_id=pl.lit("same"))
    assert growth(frame, by="external_video_id")["views_gained"].to_list() == [None, 4]


def test_growth_does_not_touch_columns_whose_names_begin_with_an_underscore() -> None:
    frame = readings(("a", 0, 1), ("a", 1, 5)).with_columns(_now=pl.lit("mine"), __views_0=pl.lit(1))
    out = growth(frame)
    assert out.columns == [*frame.columns, *FIVE, "views_gained_rule"]
    assert out.select(frame.columns).equals(frame)


def test_repeating_growth_replaces_its_columns() -> None:
    frame = readings(("a", 0, 1), ("a", 1, 5)).with_columns(views_gained=pl.lit("stale"))
    once = growth(frame)
    assert once["views_gained"].to_list() == [None, 4]
    assert growth(once).equals(once)


def test_acceleration_by_hand() -> None:
    # 10 per hour over [0, 1], 20 over [1, 4], 0 over [4, 5]; midpoints 0.5, 2.5, 4.5.
    frame = acceleration(readings(("a", 0, 0), ("a", 1, 10), ("a", 4, 70), ("a", 5, 70), ("b", 9, 1)))
    assert frame["views_per_hour_per_hour"].to_list() == [None, None, 5.0, -10.0, None]


def test_acceleration_passes_over_readings_without_the_count() -> None:
    frame = acceleration(readings(("a", 0, 0), ("a", 0.5, None), ("a", 1, 10), ("a", 4, 70)))
    assert frame["views_per_hour_per_hour"].to_list() == [None, None, None, 5.0]


def test_doubling_time_by_hand() -> None:
    frame = doubling_time(readings(("a", 0, 100), ("a", 6, 400), ("a", 8, 400), ("a", 9, 300), ("a", 10, 330)))
    expected = math.log(2) / math.log(1.1)
    assert frame["views_doubling_hours"].to_list() == [None, 3.0, None, None, pytest.approx(expected)]


def test_doubling_time_is_null_from_zero_and_tells_a_rise_that_floats_of_the_counts_do_not() -> None:
    frame = doubling_time(readings(("a", 0, 0), ("a", 1, 2**61), ("a", 2, 2**61 + 1), ("a", 3, 2**61 + 1)))
    expected = pytest.approx(math.log(2) * 2**61, rel=1e-14)
    assert frame["views_doubling_hours"].to_list() == [None, None, expected, None]


@pytest.mark.parametrize("before", [2, 998, 999, 1000, 1001, 1002, 10**6, 10**9, 2**40])
@pytest.mark.parametrize("gained", [1, -1])
def test_rates_of_nearly_equal_counts_keep_their_digits(before: int, gained: int) -> None:
    frame = readings(("a", 0, before), ("a", 24, before + gained)).pipe(growth).pipe(doubling_time)
    last = frame.row(-1, named=True)
    assert last["views_growth_pct_per_day"] == pytest.approx(100 * gained / before, rel=1e-12)
    if gained > 0:
        assert last["views_doubling_hours"] == pytest.approx(24 * math.log(2) / math.log1p(1 / before), rel=1e-12)
