from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st
from metrics.readings import frames, hours, readings
from metrics.samples import at_a_day, at_random, of_rates

from influtics_lab import schema
from influtics_lab.errors import FrameError, MissingColumnError
from influtics_lab.metrics.benchmarks import COLUMNS, benchmark

PERCENTILE = "benchmark_percentile_pct"
quick = examples(20)


def uploads(*views: int | None, every: float = 100) -> pl.DataFrame:
    """Videos of one creator, each published so many hours after the one before and read 24 hours later."""
    frame = readings(*((f"v{n:02}", n * every + 24, count) for n, count in enumerate(views)))
    published = pl.Series([hours(n * every) for n in range(len(views))], dtype=schema.Instant)
    return frame.with_columns(published.alias("published_at"), creator=pl.lit("me"))


def test_percentiles_by_hand_with_ties_at_the_middle_of_their_ranks() -> None:
    out = benchmark(at_a_day(*(("TikTok", views, 1) for views in (10, 20, 20, 20, 50, 90))), "24h")
    assert out[PERCENTILE].to_list() == [0.0, 40.0, 40.0, 40.0, 80.0, 100.0]
    assert out["benchmark_others"].to_list() == [5] * 6
    assert out.select("benchmark_age_hours", "benchmark_age", "benchmark_measure").unique().rows() == [
        (24.0, "published", "views")
    ]


def test_groups_are_apart_and_null_is_a_group() -> None:
    rows = [(name, views, 1) for name in ("a", None) for views in range(1, 7)]
    out = benchmark(at_a_day(*rows), "24h")
    assert out[PERCENTILE].to_list() == [0.0, 20.0, 40.0, 60.0, 80.0, 100.0] * 2


def test_a_percentile_has_limits_of_clopper_and_pearson() -> None:
    out = benchmark(at_a_day(*(("a", views, 1) for views in (1, 2, 3, 4, 5, 6, 7, 7))), "24h")
    limits = out.select("benchmark_percentile_low_pct", "benchmark_percentile_high_pct").rows()
    seven = {3: (9.898827844243689, 81.594843235993), 0: (0.0, 40.96164378)}  # by SciPy: binomtest().proportion_ci()
    assert limits[3] == pytest.approx(seven[3], rel=1e-9)
    assert limits[0] == pytest.approx(seven[0], rel=1e-6)
    assert limits[6] == limits[7] == pytest.approx((42.12768030, 100.0), rel=1e-6)  # six below, seven below or equal
    few = benchmark(at_a_day(*(("a", views, 1) for views in range(1, 6))), "24h")
    assert few["benchmark_percentile_low_pct"].null_count() == 5


def test_with_fewer_than_five_others_there_is_no_percentile() -> None:
    out = benchmark(at_a_day(*(("a", views, 1) for views in range(1, 6))), "24h")
    assert out.select("benchmark_value", "benchmark_others", PERCENTILE).row(0) == (1.0, 4, None)


def test_a_video_without_that_age_has_no_percentile_and_is_none_of_the_others() -> None:
    frame = at_a_day(*(("a", views, 1) for views in range(1, 8)))
    late = frame.with_columns(pl.when(pl.col("video_id") != "v006").then("published_at").alias("published_at"))
    out = benchmark(late, "24h")
    assert out["benchmark_others"].to_list() == [5] * 6 + [6]
    assert out.select("benchmark_value", PERCENTILE).row(-1) == (None, None)
    assert benchmark(frame, "90d")[PERCENTILE].null_count() == 7


def test_rates_and_other_counts_can_be_the_measure() -> None:
    out = benchmark(of_rates(a=[60, 50, 40, 30, 20, 10]), "24h", "engagement_rate")
    assert out.select("benchmark_value", PERCENTILE).row(0) == (6.0, 100.0)
    assert benchmark(of_rates(a=[60, 50, 40, 30, 20, 10]), "24h", "likes")[PERCENTILE].to_list()[-1] == 0.0


def test_hidden_likes_are_no_value() -> None:
    frame = at_a_day(*(("a", 5000, likes) for likes in (0, 10, 20, 30, 40, 50, 60)))
    for measure in ("likes", "engagement_rate"):
        out = benchmark(frame, "24h", measure)
        assert out.select("benchmark_value", "benchmark_others", PERCENTILE).rows()[:2] == [
            (None, 6, None),
            (out["benchmark_value"][1], 5, 0.0),
        ]


def test_own_history_uses_only_videos_published_before() -> None:
    out = benchmark(uploads(10, 20, 30, 40, 50, 45, 5, 100), "24h", against="creator", history=True)
    assert out["benchmark_others"].to_list() == list(range(8))
    assert out[PERCENTILE].to_list() == [None] * 5 + [80.0, 0.0, 100.0]


def test_own_history_passes_over_videos_without_a_value_and_those_of_the_same_moment() -> None:
    frame = uploads(10, 20, None, 30, 40, 50, 60)
    assert benchmark(frame, "24h", against="creator", history=True)["benchmark_others"].to_list() == [
        0,
        1,
        2,
        2,
        3,
        4,
        5,
    ]
    together = uploads(10, 20, 30, 40, 50, 60, 70, every=0)
    assert benchmark(together, "24h", against="creator", history=True)["benchmark_others"].to_list() == [0] * 7
    assert benchmark(together, "24h", against="creator")["benchmark_others"].to_list() == [6] * 7


@quick
@given(views=st.lists(st.integers(1, 9), min_size=6, max_size=15), history=st.booleans())
def test_percentiles_are_those_of_a_plain_loop(views: list[int], history: bool) -> None:
    out = benchmark(uploads(*views), "24h", against="creator", history=history)
    for n, value in enumerate(views):
        others = views[:n] if history else views[:n] + views[n + 1 :]
        below, equal = sum(y < value for y in others), sum(y == value for y in others)
        expected = 100 * (below + equal / 2) / len(others) if len(others) >= 5 else None
        ranked = out.row(n, named=True)
        assert ranked["benchmark_others"] == len(others)
        assert ranked["benchmark_percentile_pct"] == pytest.approx(expected)


@quick
@given(frame=frames())
def test_one_row_for_each_video_in_their_order_whatever_that_of_the_readings(frame: pl.DataFrame) -> None:
    out = benchmark(frame, "3d")
    assert out["video_id"].to_list() == sorted(frame["video_id"].unique())
    assert out.equals(benchmark(frame.reverse(), "3d"))
    assert out.schema == {"video_id": pl.String(), "platform": pl.String(), **COLUMNS}


def test_others_of_lists_and_a_column_of_the_answer_are_refused() -> None:
    with pytest.raises(FrameError, match=r"benchmark: odd is List\(String\); a video has one plain value there"):
        benchmark(at_random(4).with_columns(odd=pl.concat_list("platform")), "24h", against="odd")
    with pytest.raises(FrameError, match="against is 'benchmark_age', which is a column of the result"):
        benchmark(at_random(4).with_columns(benchmark_age=1), "24h", against="benchmark_age")


def test_lazy_in_lazy_out() -> None:
    frame = at_random(30)
    lazy = benchmark(frame.lazy(), "24h")
    assert isinstance(lazy, pl.LazyFrame)
    assert lazy.collect().equals(benchmark(frame, "24h"))


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        ({"against": "creator"}, MissingColumnError, "benchmark needs the column 'creator'"),
        ({"against": "video_id"}, FrameError, "name a column whose value several videos share"),
        ({"against": ["platform"]}, FrameError, "against is .* the name of one column"),
        ({"measure": "shares"}, FrameError, "found measure 'shares'"),
        ({"at_age": "0h"}, FrameError, "benchmark: at_age is '0h'"),
        ({"age": "felt"}, FrameError, "benchmark accepts the ages"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused(wrong: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        benchmark(at_random(4), **({"at_age": "24h"} | wrong))
