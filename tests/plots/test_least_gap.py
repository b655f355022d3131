from __future__ import annotations

import math
from datetime import timedelta

import polars as pl
import pytest
from frames import START, frame_of, many, reading, with_growth
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import influtics_lab as lab
from influtics_lab.errors import ConfigError, MissingColumnError
from influtics_lab.plots import curves, plot_cohorts, plot_ranking, plot_small_multiples, plot_velocity
from influtics_lab.plots.least_gap import merge_short_intervals

SECONDS = 5 / 3600


def growth_of(*rows: dict[str, object]) -> pl.DataFrame:
    return with_growth(frame_of(*rows))


def steps(frame: pl.DataFrame) -> list[tuple[float | None, float | None]]:
    rounded = frame.select(pl.col("views_per_hour", "views_hours").round(6))
    return rounded.rows()


def subtitle(ax) -> str:
    return " ".join(text.get_text() for text in ax.texts)


def test_two_polls_seconds_apart_make_no_spike():
    grown = growth_of(reading(0, 0), reading(12, 1200), reading(12 + SECONDS, 1300), reading(24, 2500))
    (line,) = plot_velocity(grown).get_lines()
    assert max(line.get_ydata()) == pytest.approx(1300 / 12)
    (exact,) = plot_velocity(grown, least_gap_minutes=0).get_lines()
    assert max(exact.get_ydata()) == pytest.approx(100 * 720)


def test_a_short_interval_is_merged_with_the_one_after_it_and_at_the_end_with_the_one_before():
    grown = growth_of(reading(0, 0), reading(0.1, 50), reading(2, 200), reading(4, 400), reading(4.2, 500))
    merged = merge_short_intervals(grown, "views_per_hour")
    assert steps(merged) == [(None, None), (None, None), (100.0, 2.0), (None, None), (round(300 / 2.2, 6), 2.2)]


def test_many_polls_in_a_row_are_merged_until_a_quarter_of_an_hour_is_full():
    grown = growth_of(*(reading(minute / 60, 10 * minute) for minute in range(0, 50, 5)))
    assert steps(merge_short_intervals(grown, "views_per_hour")) == [
        *[(None, None)] * 3,
        (600.0, 0.25),
        *[(None, None)] * 2,
        (600.0, 0.25),
        *[(None, None)] * 2,
        (600.0, 0.25),
    ]


def test_intervals_that_touch_no_other_are_left_out_when_short_and_kept_when_long():
    grown = growth_of(reading(0, 0), reading(1, 10), reading(1.1, 99), reading(3, 100), reading(3.1, 200))
    apart = grown.filter(pl.col("timestamp").is_in([START + timedelta(hours=hour) for hour in (1, 3.1)]))
    assert steps(merge_short_intervals(apart, "views_per_hour")) == [(10.0, 1.0), (None, None)]


def test_videos_are_not_merged_with_each_other():
    two = growth_of(reading(0, 0), reading(0.1, 50), reading(1, 0, video_id="v2"), reading(1.1, 50, video_id="v2"))
    assert steps(merge_short_intervals(two, "views_per_hour")) == [(None, None)] * 4
    assert "No reading" in subtitle(plot_velocity(two))


def test_a_ranking_uses_the_last_interval_that_is_long_enough():
    steady = [reading(hour, 100 * hour, video_id="v1") for hour in (0, 10)]
    polled_twice = [reading(hour, views, video_id="v2") for hour, views in ((0, 0), (10, 100), (10 + SECONDS, 110))]
    grown = growth_of(*steady, *polled_twice)
    bars = plot_ranking(grown, "views_per_hour")
    assert [bar.get_width() for bar in bars.patches] == pytest.approx([100, 11], abs=0.01)
    assert "measured over at least 15 minutes" in subtitle(bars)
    exact = plot_ranking(grown, "views_per_hour", least_gap_minutes=0)
    assert exact.patches[0].get_width() == pytest.approx(10 / SECONDS)
    assert "at least" not in subtitle(exact)


def test_every_picture_of_a_velocity_names_the_least_gap():
    grown = many(30).pipe(lab.growth, "views").pipe(lab.with_age)
    pictures = [
        plot_velocity(grown),
        plot_velocity(grown, show="raster"),
        plot_velocity(grown, by="age_hours", show="bands"),
        plot_cohorts(grown, "views_per_hour", by="tracked_age_hours"),
        plot_small_multiples(grown, "views_per_hour", panel="platform"),
        plot_ranking(grown, "views_per_hour"),
    ]
    for ax in pictures:
        assert "measured over at least 15 minutes" in subtitle(ax)
    assert "measured over at least 90 minutes" in subtitle(plot_velocity(grown, least_gap_minutes=90))
    assert "measured over" not in subtitle(plot_ranking(grown, "views"))


def test_curves_of_another_least_gap_are_refused():
    grown = many(30).pipe(lab.growth, "views").pipe(lab.with_age)
    made = curves(grown, "views_per_hour", least_gap_minutes=60)
    with pytest.raises(ConfigError, match="these curves were made with 60"):
        plot_velocity(made, by="age_hours")
    plot_velocity(made, by="age_hours", least_gap_minutes=60)


@pytest.mark.parametrize("minutes", [-1, math.nan, math.inf, True, "15"])
def test_a_least_gap_that_is_no_number_of_minutes_is_refused(minutes: object):
    grown = growth_of(reading(0, 0), reading(12, 1200))
    for draw in (plot_velocity, lambda frame, **gap: plot_ranking(frame, "views_per_hour", **gap)):
        with pytest.raises(ConfigError, match=r"least_gap_minutes is .*; it is a number from 0, such as 15"):
            draw(grown, least_gap_minutes=minutes)


def test_a_ranking_of_velocities_needs_the_lengths_of_intervals():
    with pytest.raises(MissingColumnError, match="views_hours"):
        plot_ranking(growth_of(reading(0, 0), reading(1, 5)).drop("views_hours"), "views_per_hour")


polls = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 200), st.integers(0, 500)), max_size=40)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(polls, st.integers(1, 90))
def test_merging_keeps_rows_gains_and_time_and_leaves_no_short_interval(
    found: list[tuple[str, int, int]], minutes: int
) -> None:
    at = {(video, minute): views for video, minute, views in found}
    frame = frame_of(*(reading(minute / 60, views, video_id=video) for (video, minute), views in sorted(at.items())))
    grown = frame.pipe(lab.growth, "views")
    merged = merge_short_intervals(grown, "views_per_hour", minutes)
    assert_frame_equal(merged.drop("views_per_hour", "views_hours"), grown.drop("views_per_hour", "views_hours"))
    assert (merged["views_hours"].drop_nulls() >= minutes / 60 - 1e-9).all()
    gain, hours = (pl.col("views_per_hour") * pl.col("views_hours")).sum(), pl.col("views_hours").sum()
    before, after = (
        rows.group_by("video_id").agg(gain.alias("gain"), hours.alias("hours")) for rows in (grown, merged)
    )
    for video, gained, length in before.rows():
        row = after.filter(video_id=video).row(0)
        assert row[1:] == pytest.approx((gained, length) if length >= minutes / 60 - 1e-9 else (0, 0), abs=1e-6)
    shuffled = merge_short_intervals(grown.sample(fraction=1, shuffle=True, seed=1), "views_per_hour", minutes)
    assert_frame_equal(shuffled.sort("video_id", "timestamp"), merged)
