from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st
from metrics.lines import MICRO, born, close, line, points
from metrics.readings import frames, hours, readings
from polars.testing import assert_frame_equal

from influtics_lab import schema
from influtics_lab.errors import FrameError, MissingColumnError
from influtics_lab.metrics.milestones import half_life, time_to
from influtics_lab.metrics.resampling import resample
from influtics_lab.metrics.windows import at_age

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "time_to": lambda frame: time_to(frame, 90, "90h", "likes"),
    "time_to, no long gap": lambda frame: time_to(frame, 12.5, "90h", "likes", max_gap="9h"),
    "half_life": lambda frame: half_life(frame, "90h", "likes", age="tracked"),
}

every = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
quick = examples(15)
huge = st.sampled_from([-(2**63), -1, 0, 1, 2**53, 2**62, 2**63 - 1]) | st.integers(-(2**63), 2**63 - 1)


def growing(*rows: tuple[Any, ...]) -> pl.DataFrame:
    return born(readings(*rows), hours(0), hours(0))


def test_the_share_is_reached_on_the_line_between_readings() -> None:
    frame = growing(("a", 10, 100), ("a", 20, 300), ("a", 50, 420))
    # V(45 h) = 400: its half lies halfway from 10 to 20 h, its 90 % are 60 of the 120 gained from 20 to 50 h.
    for pct, expected in {50: 15.0, 75: 20.0, 90: 35.0, 100: 45.0}.items():
        out = time_to(frame, pct, "45h")
        assert out.select(f"views_to_{pct}_pct_hours", "views_at_horizon", "horizon_hours").rows() == [
            (pytest.approx(expected, abs=1e-12), 400.0, 45.0)
        ]


def test_the_name_states_the_share_and_the_count() -> None:
    frame = growing(("a", 0, 1)).with_columns(likes=pl.lit(3))
    assert time_to(frame, 50.0, count="likes").columns[-3:] == [
        "likes_to_50_pct_hours",
        "likes_at_horizon",
        "horizon_hours",
    ]
    assert time_to(frame, 12.5).columns[-3] == "views_to_12_5_pct_hours"


def test_a_horizon_at_a_reading_needs_no_reading_after_it() -> None:
    assert half_life(growing(("a", 0, 0), ("a", 48, 100)), "2d")["views_to_50_pct_hours"].to_list() == [24.0]


def test_a_horizon_that_was_not_observed_returns_nothing() -> None:
    frame = growing(("short", 0, 0), ("short", 47, 100), ("late", 49, 0), ("late", 60, 100))
    out = half_life(frame, "2d").select("video_id", "views_to_50_pct_hours", "views_at_horizon").rows()
    assert out == [("late", None, None), ("short", None, None)]


def test_a_share_that_the_first_reading_had_reached_is_not_dated() -> None:
    for first in (60, 50):
        out = half_life(growing(("a", 10, first), ("a", 48, 100)), "2d")
        assert out.select("views_to_50_pct_hours", "views_at_horizon").row(0) == (None, 100.0)


def test_a_video_that_comes_to_nothing_has_no_share() -> None:
    out = half_life(growing(("a", 0, 0), ("a", 48, 0)), "2d")
    assert out.select("views_to_50_pct_hours", "views_at_horizon").row(0) == (None, 0.0)


def test_the_first_time_counts_when_the_count_falls_later() -> None:
    frame = growing(("a", 0, 0), ("a", 10, 100), ("a", 20, 60), ("a", 48, 160))
    assert half_life(frame, "2d")["views_to_50_pct_hours"][0] == 8.0


@pytest.mark.parametrize("pct", range(1, 100))
def test_a_whole_share_is_reached_at_the_reading_that_has_it(pct: int) -> None:
    frame = growing(("a", 0, 0), ("a", 10, pct), ("a", 40, pct), ("a", 48, 100))
    assert time_to(frame, pct, "2d")[f"views_to_{pct}_pct_hours"][0] == 10.0


def test_readings_without_the_count_are_passed_over() -> None:
    frame = growing(("a", 0, 0), ("a", 10, None), ("a", 20, 100), ("a", 48, 100), ("a", 50, None))
    assert half_life(frame, "2d")["views_to_50_pct_hours"][0] == 10.0


def test_a_long_gap_hides_the_share_or_the_whole() -> None:
    frame = growing(("a", 0, 0), ("a", 20, 100), ("a", 40, 110), ("a", 50, 120))
    assert half_life(frame, "40h", max_gap="20h")["views_to_50_pct_hours"][0] == 11.0
    out = half_life(frame, "40h", max_gap="19h").select("views_to_50_pct_hours", "views_at_horizon")
    assert out.row(0) == (None, 110.0)
    assert half_life(frame, "45h", max_gap="9h")["views_at_horizon"].to_list() == [None]


def test_ages_count_from_publication_or_from_the_beginning_of_tracking() -> None:
    frame = born(readings(("a", 0, 0), ("a", 48, 96)), hours(-2), hours(0))
    assert half_life(frame, "50h")["views_to_50_pct_hours"][0] == 26.0
    assert half_life(frame, "48h", age="tracked")["views_to_50_pct_hours"][0] == 24.0


def test_the_horizon_is_named_also_where_no_age_is_known() -> None:
    unknown = born(readings(("a", 0, 0), ("a", 48, 96)), None)
    premiere = born(readings(("b", 0, 5)), hours(3))  # read before publication only
    out = half_life(pl.concat([unknown, premiere]), "48h")
    assert out.select("views_to_50_pct_hours", "views_at_horizon", "horizon_hours").rows() == [(None, None, 48.0)] * 2


def test_the_largest_counts_give_an_age() -> None:
    frame = growing(("a", 0, 0), ("a", 48, 2**63 - 1))
    assert half_life(frame, "2d")["views_to_50_pct_hours"][0] == 24.0


def test_videos_come_sorted_with_their_columns_and_without_others() -> None:
    frame = growing(("b", 0, 0), ("b", 48, 2), ("a", 0, 0)).with_columns(platform=pl.lit("TikTok"), extra=1)
    out = half_life(frame)
    kept = [name for name in schema.dtypes(schema.FRAME) if name not in {"timestamp", *schema.COUNTS}]
    assert out.columns == [*kept, "views_to_50_pct_hours", "views_at_horizon", "horizon_hours"]
    assert out.select("video_id", "platform").rows() == [("a", "TikTok"), ("b", "TikTok")]


def expected(frame: pl.DataFrame, video: str, published: datetime, horizon: int, pct: int) -> Fraction | None:
    found = points(frame, video)
    whole = line(found, published + timedelta(hours=horizon))
    if not whole or found[0][1] >= whole * pct / 100:
        return None
    for (since, low), (until, high) in pairwise(found):
        if high >= whole * pct / 100:
            share = (whole * Fraction(pct, 100) - low) / (high - low)
            return Fraction((since - published) // MICRO + share * ((until - since) // MICRO), 3_600_000_000)
    return None


@pytest.mark.slow
@examples(60)
@given(frame=frames(st.integers(0, 10**6)), horizon=st.integers(60, 140), pct=st.integers(1, 100))
def test_ages_are_those_of_a_plain_loop(frame: pl.DataFrame, horizon: int, pct: int) -> None:
    frame = born(frame, hours(-80))
    for row in time_to(frame, pct, timedelta(hours=horizon)).iter_rows(named=True):
        age = expected(frame, row["video_id"], hours(-80), horizon, pct)
        assert close(row[f"views_to_{pct}_pct_hours"], age, scale=1e6)


def test_a_share_that_was_reached_before_publication_is_not_dated() -> None:
    premiere = growing(("a", -50, 10), ("a", -20, 110), ("a", 30, 130))
    assert half_life(premiere, "24h").select("views_to_50_pct_hours", "views_at_horizon").rows() == [(None, None)]
    later = growing(("a", -50, 10), ("a", -20, 110), ("a", 10, 120), ("a", 30, 140))
    assert half_life(later, "24h").select("views_to_50_pct_hours", "views_at_horizon").rows() == [(None, 134.0)]
    assert at_age(later, "5h")["views"].to_list() == [None]
    assert at_age(later, "20h")["views"].to_list() == [130.0]


@examples(30)
@given(frame=frames(st.integers(1, 10**6), min_size=1), published=st.integers(-60, 60))
def test_no_milestone_is_before_publication(frame: pl.DataFrame, published: int) -> None:
    out = time_to(born(frame, hours(published), hours(published)), 50, "60h")
    assert (out["views_to_50_pct_hours"].drop_nulls() >= 0).all()


@quick
@given(values=st.lists(st.integers(1, 10**6), min_size=4, max_size=10))
def test_a_larger_share_is_reached_later(values: list[int]) -> None:
    counts = [sum(values[:i]) for i in range(len(values))]
    frame = growing(*(("a", 10 * i, count) for i, count in enumerate(counts)))
    ages = [time_to(frame, pct, "30h")[f"views_to_{pct}_pct_hours"][0] for pct in (10, 50, 90, 100)]
    assert ages == sorted(ages)
    assert ages[-1] == pytest.approx(30.0)


@quick
@given(frame=frames(st.integers(0, 10**6)), factor=st.integers(2, 1000))
def test_scaling_counts_leaves_the_ages_alone(frame: pl.DataFrame, factor: int) -> None:
    frame = born(frame, hours(-80))
    plain, scaled = (half_life(each, "90h") for each in (frame, frame.with_columns(pl.col(schema.COUNTS) * factor)))
    column = ["video_id", "views_to_50_pct_hours"]
    assert_frame_equal(plain.select(column), scaled.select(column), rel_tol=1e-9)


@every
@quick
@given(frame=frames())
def test_lazy_equals_eager_and_the_order_of_rows_is_irrelevant(
    function: Callable[[Any], Any], frame: pl.DataFrame
) -> None:
    before = frame.clone()
    out, lazy = function(frame), function(frame.lazy())
    assert lazy.collect_schema() == out.schema
    assert lazy.collect().equals(out)
    assert function(frame.reverse()).equals(out)
    assert frame.equals(before)


@every
@quick
@given(frame=frames(huge))
def test_no_number_is_ever_nan_or_infinite(function: Callable[[Any], Any], frame: pl.DataFrame) -> None:
    floats = function(frame).select(pl.selectors.float())
    assert floats.select((pl.all().is_finite() | pl.all().is_null()).all()).row(0) == (True,) * floats.width


@every
def test_no_rows_and_one_reading_give_the_same_columns(function: Callable[[Any], Any]) -> None:
    full = growing(*((video, hour, 5) for video in "ab" for hour in range(4)))
    for part in (full.clear(), full.head(1)):
        assert function(part).schema == function(full).schema
        assert function(part).height == part.height


@pytest.mark.parametrize("pct", [0, -1, 100.1, float("nan"), float("inf"), True, None, "50"])
def test_a_share_outside_of_0_to_100_percent_is_refused(pct: Any) -> None:
    with pytest.raises(FrameError, match=r"time_to: pct is .*; it must be a number above 0 and at most 100"):
        time_to(growing(("a", 0, 1)), pct)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"horizon": "month"}, "half_life: horizon is 'month'; give a duration"),
        ({"horizon": "0d"}, "half_life: horizon is '0d'; it must be longer"),
        ({"max_gap": 3}, "half_life: max_gap is 3; give a duration"),
        ({"count": "shares"}, "half_life accepts views, .*; found 'shares'"),
        ({"age": "seen"}, "half_life accepts the ages 'published' and 'tracked'; found 'seen'"),
        ({"by": "channel"}, "half_life needs the column 'channel'"),
    ],
)
def test_parameters_that_cannot_be_used_are_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(FrameError, match=message):
        half_life(growing(("a", 0, 1)), **parameters)


def test_bad_frames_are_refused() -> None:
    frame = growing(("a", 0, 1))
    with pytest.raises(MissingColumnError, match=r"time_to needs the column 'published_at'\. lab\.load_stats\(\)"):
        time_to(frame.drop("published_at"), 50)
    with pytest.raises(FrameError, match="the time zone of timestamp is None; it must be UTC"):
        time_to(frame.with_columns(pl.col("timestamp").dt.replace_time_zone(None)), 50)
    with pytest.raises(FrameError, match="half_life: 1 reading comes twice"):
        half_life(pl.concat([frame, frame]))


@pytest.mark.parametrize(
    ("pct", "name"), [(80, "80"), (99.5, "99_5"), (99.99999, "99_99999"), (0.00001, "0_00001"), (Decimal("2.5"), "2_5")]
)
def test_each_share_has_a_name_of_its_own(pct: float, name: str) -> None:
    assert f"views_to_{name}_pct_hours" in time_to(growing(("a", 0, 1)), pct).columns


@pytest.mark.parametrize("function", [time_to, half_life, at_age, resample])
def test_further_columns_of_the_video_stay_where_asked_for(function: Callable[..., pl.DataFrame]) -> None:
    frame = growing(("a", 0, 1), ("a", 48, 3)).with_columns(creator=pl.Series(["old", "new"]), other=pl.lit(1))
    options: dict[str, Any] = {time_to: {"pct": 50}, at_age: {"at_age": "1d"}}.get(function, {})
    out = function(frame, **options, keep=["creator"])
    assert set(out["creator"]) == {"new"}
    assert "other" not in out.columns
    assert out.drop("creator").equals(function(frame, **options))
    with pytest.raises(MissingColumnError, match=rf"{function.__name__} cannot keep 'owner'\. The frame has: "):
        function(frame, **options, keep=["owner"])
    with pytest.raises(FrameError, match=f"{function.__name__}: likes differ from reading to reading"):
        function(frame, **options, keep=["likes"])
