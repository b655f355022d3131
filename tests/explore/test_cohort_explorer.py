"""What is the cohort explorer's own: bands of what is left, and the videos on top."""

import random
import re

import numpy as np
import polars as pl
import pytest
from explore.clicks import same
from frames import many

import influtics_lab as lab
from influtics_lab import plots
from influtics_lab.explore import CohortExplorer, CohortState, Filters
from influtics_lab.explore.cohort_explorer import describe_curves, find_outliers, select_curves
from influtics_lab.explore.frame_source import FrameSource


@pytest.fixture(scope="module")
def frame():
    return many(40, 15)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("control", "value"),
    [("picture", "velocity"), ("picture", "engagement"), ("count", "likes"), ("named", "above"), ("named", "none"),
     ("video_id", "v00030"), ("scale", "linear"), ("age", "tracked")],
)  # fmt: skip
def test_each_control_changes_the_picture(frame, control, value):
    explorer = CohortExplorer(frame)
    before = explorer.image.value
    explorer.controls[control].value = value
    assert explorer.image.value != before
    same(explorer, frame=frame)


def drawn_filters(dice):
    return Filters(
        platform=dice.choice([None, "TikTok"]),
        since=dice.choice([None, "2025-06-10", "2025-06-21"]),
        until=dice.choice([None, "2025-06-25", "2025-06-29"]),
        age=dice.choice(["published", "tracked"]),
        from_days=dice.choice([None, 0.5, 4]),
        to_days=dice.choice([None, 3, 9.5]),
    )


@pytest.mark.parametrize("column", ["views", "views_per_hour", "likes_per_hour", "engagement_rate_pct"])
def test_curves_that_are_cut_are_the_curves_of_the_readings_that_are_left(column):
    frame, dice = lab.sample_snapshot().frame(), random.Random(column)
    pipes = {
        "views_per_hour": (("growth", "views"),), "likes_per_hour": (("growth", "likes"),),
        "engagement_rate_pct": (("engagement_rate",),),
    }.get(column, ())  # fmt: skip
    source = FrameSource(frame, "test")
    prepared = source.with_metrics(("with_age",), *pipes)
    for _ in range(15):
        filters = drawn_filters(dice)
        by = {"published": "age_hours", "tracked": "tracked_age_hours"}[filters.age]
        kept = prepared.filter(pl.Series(source.apply_filters(filters).readings))
        ours, theirs = source.curves(column, filters, *pipes), plots.curves(kept, column, by=by)
        named = [name for name in theirs.videos.columns if name != "start"]  # where in x and y, which may be longer
        assert ours.videos.select(named).equals(theirs.videos.select(named))
        for name in ("grid", "values", "quantiles", "known"):
            assert np.array_equal(getattr(ours, name), getattr(theirs, name), equal_nan=True), (name, filters)


def test_those_above_and_below_are_the_furthest_from_the_median_of_their_age(frame):
    same_age = frame.with_columns(published_at=pl.col("created_at")).pipe(lab.with_age)
    made = plots.curves(same_age, "views")
    assert find_outliers(made, "above") == ["v00000", "v00001", "v00002", "v00003", "v00004"]
    assert set(find_outliers(made, "below")) <= {f"v{n:05}" for n in range(25, 40)}


def test_the_video_that_is_chosen_comes_on_top_of_the_others(frame):
    explorer = CohortExplorer(frame, CohortState(named="none", video_id="v00030"))
    assert "highlight=['v00030']" in explorer.code()
    explorer.named.value = "largest"
    assert "on_top = [\n    'v00030',\n    'v00000',\n" in explorer.code()


@pytest.mark.slow
def test_a_video_that_is_filtered_out_is_dropped(frame):
    explorer = CohortExplorer(frame, CohortState(video_id="v00030"))
    explorer.platform.value = "YouTube"
    assert explorer.state == CohortState(Filters("YouTube"))


def test_the_summary_describes_the_bands(frame):
    explorer = CohortExplorer(frame)
    assert "half of" in explorer.summary.value
    assert "On top (largest): Morning stretch" in explorer.summary.value


def test_the_summary_writes_ages_of_a_thousand_days_in_full(frame):
    first = pl.col("timestamp").min().over("video_id")
    rare = (first + 20 * (pl.col("timestamp") - first)).alias("timestamp")  # the grid of old ages is wide
    old = frame.with_columns(rare, published_at=first - pl.duration(days=1_200))
    state = CohortState()
    words = describe_curves(select_curves(FrameSource(old, "test"), state), state)
    assert re.search(r"at 1\d{3} days half of 40 videos", words), words
