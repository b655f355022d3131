"""Videos on a common grid, and their quantiles: checked against tables made by hand and against numpy."""

import numpy as np
import polars as pl
import pytest
from frames import START, frame_of, many, reading, with_growth
from hypothesis import given, settings
from hypothesis import strategies as st

from influtics_lab.errors import ConfigError, FrameError, MissingColumnError
from influtics_lab.plots import age_bands, curves
from influtics_lab.plots.band_quantiles import AGES
from influtics_lab.schema import FRAME, empty

DAY_0 = START.timestamp() / 86_400


def aged(*rows):
    """Videos by their readings (id, age, views), at instants that do not matter."""
    return frame_of(*(reading(age, views, video_id=video) for video, age, views in rows)).with_columns(
        age_hours=pl.Series([float(age) for _, age, _ in rows])
    )


def test_values_are_interpolated_between_readings_and_never_beyond():
    made = curves(aged(("v1", 0.5, 10), ("v1", 2.5, 30), ("v1", 3.5, 30)))
    assert made.grid.tolist() == [0, 1, 2, 3]
    assert made.values[:, 0].tolist() == pytest.approx([np.nan, 15, 25, 30], nan_ok=True)


def test_a_reading_on_the_grid_is_known_although_nothing_follows_it():
    made = curves(aged(("v1", 2.0, 7)))
    assert made.values[:, 0].tolist() == pytest.approx([np.nan, np.nan, 7], nan_ok=True)


def test_videos_do_not_mix():
    made = curves(aged(("v1", 1.0, 10), ("v2", 3.0, 500), ("v1", 2.0, 20)))
    assert made.videos["video_id"].to_list() == ["v1", "v2"]
    assert made.values.T.tolist() == pytest.approx(
        [pytest.approx([np.nan, 10, 20, np.nan], nan_ok=True), pytest.approx([np.nan] * 3 + [500], nan_ok=True)]
    )


def test_a_velocity_holds_over_its_whole_interval_from_the_first():
    frame = with_growth(aged(("v1", 0.5, 0), ("v1", 2.5, 20), ("v1", 4.0, 80)))
    made = curves(frame, "views_per_hour")
    assert made.values[:, 0].tolist() == pytest.approx([np.nan, 10, 10, 40, 40], nan_ok=True)


def test_nulls_are_passed_over():
    made = curves(aged(("v1", 1.0, 10), ("v1", 2.0, None), ("v1", 3.0, 30)))
    assert made.values[1:, 0].tolist() == [10, 20, 30]
    assert made.videos["readings"].to_list() == [2]


def test_a_video_without_a_value_stays_and_is_counted():
    made = curves(aged(("v1", 1.0, 10), ("v2", 1.0, None)))
    assert made.videos.select("video_id", "readings").rows() == [("v1", 1), ("v2", 0)]


def test_time_has_even_steps_that_hold_all_readings():
    made = curves(frame_of(reading(0, 0), reading(48, 480)), by="timestamp")
    assert np.diff(made.grid) == pytest.approx(1 / 24)
    assert made.grid[0] <= DAY_0
    assert made.grid[-1] >= DAY_0 + 2 - 1 / 24
    inside = ~np.isnan(made.values[:, 0])
    assert made.values[inside, 0] == pytest.approx((made.grid[inside] - DAY_0) * 24 * 10)


def test_bands_are_the_quantiles_of_a_table_made_by_hand():
    frame = aged(*((f"v{i}", 1.0, 10 * i) for i in range(1, 12)))
    assert age_bands(frame).rows() == [(1.0, 11, 20.0, 35.0, 60.0, 85.0, 100.0)]


def test_ages_with_too_few_videos_are_left_out():
    frame = aged(("v1", 1.0, 10), ("v2", 1.0, 20), ("v2", 2.0, 30))
    assert age_bands(frame, least=2)["age_hours"].to_list() == [1.0]
    assert age_bands(frame, least=1).select("age_hours", "n", "p50").rows() == [(1.0, 2, 15.0), (2.0, 1, 30.0)]


def test_bands_of_time_are_at_instants():
    found = age_bands(many(12), by="timestamp")
    assert found.schema["timestamp"] == pl.Datetime("us", "UTC")
    assert found["timestamp"].is_sorted()


def test_quantiles_agree_with_numpys():
    frame = many(30).with_columns(age_hours=(pl.col("timestamp") - START).dt.total_seconds() / 3600)
    made = curves(frame)
    for row, found in zip(made.values[made.known > 0], made.quantiles[made.known > 0], strict=True):
        assert found == pytest.approx(np.nanquantile(row, [0.1, 0.25, 0.5, 0.75, 0.9]))


def test_interpolation_agrees_with_numpys():
    frame = many(9).with_columns(age_hours=(pl.col("timestamp") - START).dt.total_seconds() / 3600)
    made = curves(frame)
    for place, key in enumerate(made.videos["video_id"]):
        own = frame.filter(video_id=key)
        wanted = np.interp(made.grid, own["age_hours"], own["views"], left=np.nan, right=np.nan)
        assert made.values[:, place] == pytest.approx(wanted, nan_ok=True)


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(st.sampled_from(["v1", "v2", "v3", "v4"]), unique=True), st.integers(0, 50))
def test_a_choice_of_curves_is_the_curves_of_the_chosen(ids, shift):
    rows = [(f"v{i}", 0.4 * i + 7.3 * k + shift, 100 * i + k) for i in range(1, 5) for k in range(i)]
    frame = aged(*rows)
    chosen, direct = curves(frame).only(ids), curves(frame.filter(pl.col("video_id").is_in(ids)))
    assert np.array_equal(chosen.grid, direct.grid)
    assert np.array_equal(chosen.values, direct.values, equal_nan=True)
    assert chosen.frame(1).equals(direct.frame(1))


def test_the_order_of_rows_is_irrelevant():
    frame = many(5).with_columns(age_hours=(pl.col("timestamp") - START).dt.total_seconds() / 3600)
    assert age_bands(frame, least=1).equals(age_bands(frame.sample(fraction=1, shuffle=True, seed=2), least=1))


def test_the_ages_of_the_grid_rise_and_are_close_where_videos_are_young():
    assert (np.diff(AGES) > 0).all()
    assert AGES[:49].tolist() == list(range(49))


def test_an_empty_frame_has_no_curves():
    made = curves(empty(FRAME), by="timestamp")
    assert made.frame().is_empty()
    assert made.videos.is_empty()


def test_what_cannot_be_used_is_refused():
    with pytest.raises(MissingColumnError, match=r"curves needs the column 'age_hours'.*lab\.with_age"):
        curves(many(1))
    with pytest.raises(ConfigError, match="curves: by is 'title'"):
        curves(many(1), by="title")
    with pytest.raises(FrameError, match="the column 'title' holds String, not numbers"):
        curves(many(1), "title", by="timestamp")
    with pytest.raises(MissingColumnError, match="'views_hours'"):
        curves(many(1).with_columns(views_per_hour=1.0), "views_per_hour", by="timestamp")
