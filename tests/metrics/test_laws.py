from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from draws import examples
from hypothesis import assume, given
from hypothesis import strategies as st
from metrics.engines.registry import CASES
from metrics.lines import points
from metrics.readings import FUNCTIONS, START, frames, readings
from polars.testing import assert_frame_equal

from influtics_lab import schema
from influtics_lab.errors import DataQualityWarning, FrameError
from influtics_lab.metrics import engagement_rate, growth

Function = Callable[[Any], Any]

SORTED = frozenset(
    {
        *("at_age", "views_at_ages", "gained", "time_to", "half_life", "resample"),
        *("compare", "compare_pairs", "benchmark", "multiple_of_usual", "hit_rate", "concentration"),
        *("forecast", "backtest", "rule_change_effect"),
    }
)  # rows of their own, sorted by video or group whatever came in
LAST_READINGS = frozenset({"latest", "summarize", "audit_er"})  # one row for each video, in the order of certain rows


def spent(metric: Function) -> Function:
    """The metric, of readings with a spend."""

    def of(frame: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataQualityWarning)  # the registry knows instants of videos of its own
            try:
                return metric(frame.with_columns(spend=pl.col("views").cast(pl.Float64) * 0.3))
            except FrameError as error:
                assume("later than the newest reading" not in str(error))  # the registry's `until` needs one so late
                raise

    return of


def those(left_out: frozenset[str]) -> pytest.MarkDecorator:
    chosen = {label: spent(metric) for label, metric in CASES.items() if label.split()[0] not in left_out}
    return pytest.mark.parametrize("function", chosen.values(), ids=chosen)


every = those(frozenset())
of_readings = those(SORTED | LAST_READINGS)
of_last_readings = those(SORTED)
quick = examples(5)
thorough = examples(30)
huge = st.sampled_from([-(2**63), -1, 0, 1, 2, 2**53, 2**62, 2**63 - 1]) | st.integers(-(2**63), 2**63 - 1)


@of_readings
@quick
@given(frame=frames())
def test_rows_stay_in_their_order_and_their_order_is_irrelevant(function: Function, frame: pl.DataFrame) -> None:
    out, back = function(frame), function(frame.reverse())
    kept = frame.join(out.select("video_id", "timestamp"), on=["video_id", "timestamp"], how="semi")
    assert out.select(frame.columns).equals(kept.select(frame.columns))
    assert out.equals(back.reverse())


@of_last_readings
@quick
@given(frame=frames())
def test_rows_come_in_the_order_of_the_readings(function: Function, frame: pl.DataFrame) -> None:
    assert function(frame).equals(function(frame.reverse()).reverse())


@pytest.mark.parametrize("label", sorted(label for label in CASES if label.split()[0] in SORTED))
@quick
@given(frame=frames())
def test_what_is_sorted_is_the_same_whatever_order_came_in(label: str, frame: pl.DataFrame) -> None:
    function = spent(CASES[label])
    assert function(frame).equals(function(frame.reverse()))


@every
@quick
@given(frame=frames())
def test_lazy_equals_eager_in_the_same_order(function: Function, frame: pl.DataFrame) -> None:
    eager, lazy = function(frame), function(frame.lazy())
    assert isinstance(lazy, pl.LazyFrame)
    assert lazy.collect_schema() == eager.schema
    assert_frame_equal(lazy.collect(), eager, check_exact=True)


@every
@quick
@given(frame=frames())
def test_the_input_is_unchanged(function: Function, frame: pl.DataFrame) -> None:
    before = frame.clone()
    function(frame)
    assert frame.equals(before)
    assert frame.schema == before.schema


@every
@quick
@given(frame=frames(huge))
def test_no_number_is_ever_nan_or_infinite(function: Function, frame: pl.DataFrame) -> None:
    floats = function(frame).select(pl.selectors.float())
    assert floats.select((pl.all().is_finite() | pl.all().is_null()).all()).row(0) == (True,) * floats.width


@every
def test_columns_and_types_are_the_same_for_any_number_of_rows(function: Function) -> None:
    full = readings(*((video, hour, 100, 5, 3, 1) for video in "ab" for hour in range(3)), columns=schema.COUNTS)
    expected = function(full).schema
    assert function(full.clear()).schema == expected
    assert function(full.clear()).height == 0
    assert function(full.head(1)).schema == expected
    assert function(readings(("a", 0, None), ("a", 1, None))).schema == expected


@of_readings
def test_any_number_of_rows_in_any_order_comes_out_in_that_order(function: Function) -> None:
    rows = [(f"v{video}", hour, video * hour, hour) for video in range(400) for hour in range(30)]
    frame = readings(*rows, columns=("views", "likes")).sample(fraction=1, shuffle=True, seed=1)
    out = function(frame)
    kept = frame.join(out.select("video_id", "timestamp"), on=["video_id", "timestamp"], maintain_order="left")
    assert out.select("video_id", "timestamp").equals(kept.select("video_id", "timestamp"))
    assert function(frame.lazy()).collect().equals(out)


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_rows_beyond_one_morsel_of_the_engine_keep_their_order(function: Function) -> None:
    numbers = pl.int_range(300_000, eager=True)
    frame = pl.DataFrame({"n": numbers}).select(
        video_id=(pl.col("n") % 3000).cast(pl.String),
        timestamp=pl.lit(START, dtype=schema.Instant) + pl.duration(minutes=pl.col("n") * 7),
        views=pl.col("n") * 3, likes=pl.col("n"), comments=pl.col("n") % 7, reposts=pl.col("n") % 11,
        created_at=pl.lit(START, dtype=schema.Instant), published_at=pl.lit(START, dtype=schema.Instant),
    ).sample(fraction=1, shuffle=True, seed=3)  # fmt: skip
    keys = function(frame).select("video_id", "timestamp")
    kept = frame.select("video_id", "timestamp").join(keys, on=keys.columns, how="semi", maintain_order="left")
    assert keys.equals(kept)


@of_readings
@quick
@given(frame=frames())
def test_doing_it_again_changes_nothing(function: Function, frame: pl.DataFrame) -> None:
    once = function(frame)
    assert function(once).equals(once)


@thorough
@given(frame=frames())
def test_gains_are_those_of_a_plain_loop(frame: pl.DataFrame) -> None:
    expected: dict[tuple[object, object], tuple[int, float]] = {}
    for video in frame["video_id"].unique():
        for before, now in pairwise(points(frame, str(video))):
            elapsed = (now[0] - before[0]).total_seconds() / 3600
            expected[video, now[0]] = (now[1] - before[1], pytest.approx(elapsed))
    out = growth(frame).select("video_id", "timestamp", "views_gained", "views_hours").rows()
    assert {(video, when): (gain, length) for video, when, gain, length in out if gain is not None} == expected


@thorough
@given(frame=frames())
def test_readings_without_the_count_change_nothing_for_the_others(frame: pl.DataFrame) -> None:
    present = pl.col("views").is_not_null()
    assert growth(frame).filter(present).equals(growth(frame.filter(present)))


@thorough
@given(frame=frames(st.integers(0, 10**6)), factor=st.integers(2, 1000))
def test_scaling_all_counts_leaves_rates_alone(frame: pl.DataFrame, factor: int) -> None:
    rates = ["views_hours", "views_growth_pct", "views_growth_pct_per_day", "engagement_rate_pct", "engagement_parts"]
    liked = frame.with_columns(
        pl.when(pl.col("likes").is_not_null()).then(pl.max_horizontal("likes", 1)).alias("likes")
    )  # 0 of them would be hidden once views pass 1,000
    scaled = liked.with_columns(pl.col(schema.COUNTS) * factor)
    plain, larger = (each.pipe(growth).pipe(engagement_rate).select(rates) for each in (liked, scaled))
    assert_frame_equal(plain, larger, rel_tol=1e-9, abs_tol=1e-9)


@thorough
@given(
    values=st.lists(st.integers(1, 10**9), min_size=2, max_size=8),
    gaps=st.lists(st.integers(1, 10**6), min_size=7, max_size=7),
)
def test_splitting_a_gap_adds_up(values: list[int], gaps: list[int]) -> None:
    instants = [sum(gaps[:i]) / 60 for i in range(len(values))]
    split = growth(readings(*(("a", instant, value) for instant, value in zip(instants, values, strict=True))))
    whole = growth(split.select(*schema.dtypes(schema.FRAME))[[0, -1]]).row(-1, named=True)
    assert split["views_gained"].sum() == whole["views_gained"]
    assert math.fsum(split["views_hours"].drop_nulls()) == pytest.approx(whole["views_hours"])
    factors = (1 + split["views_growth_pct"].drop_nulls() / 100).log()
    assert math.fsum(factors) == pytest.approx(math.log(values[-1] / values[0]), abs=1e-6)


def test_percent_per_day_averages_over_time_to_that_of_the_whole_gap() -> None:
    split = growth(readings(("a", 0, 100), ("a", 6, 130), ("a", 30, 140), ("a", 50, 220)))
    rate = (split["views_growth_pct_per_day"] / 100 + 1).log() * split["views_hours"]
    whole = growth(readings(("a", 0, 100), ("a", 50, 220)))["views_growth_pct_per_day"][1]
    assert 100 * (math.exp(rate.sum() / 50) - 1) == pytest.approx(whole)
