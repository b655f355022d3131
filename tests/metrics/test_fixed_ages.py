from __future__ import annotations

from datetime import timedelta
from itertools import product

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metrics.lines import close, line, points
from metrics.readings import frames, hours, readings
from polars.testing import assert_frame_equal

from influtics_lab import schema
from influtics_lab.errors import FrameError, MissingColumnError
from influtics_lab.metrics.fixed_ages import views_at_ages
from influtics_lab.metrics.windows import at_age

quick = settings(max_examples=10, deadline=None)


def published(*rows: tuple[object, ...], hour: float | None = 0) -> pl.DataFrame:
    """Readings of (video, hour, views, likes, comments, reposts), of videos published at one hour."""
    instant = None if hour is None else hours(hour)
    return readings(*rows, columns=schema.COUNTS).with_columns(
        pl.lit(instant, dtype=schema.Instant).alias("published_at")
    )


STEADY = published(
    ("a", 0, 0, 0, 0, 0), ("a", 48, 2000, 200, 20, None), ("a", 720, 8000, 400, 40, None), ("b", 20, 900, 9, 9, 9)
)


def test_views_rates_costs_and_shares_by_hand() -> None:
    out = STEADY.with_columns(spend=30.0).pipe(views_at_ages, spend="spend")
    first, second = out.to_dicts()
    assert [first[f"views_at_{age}"] for age in ("24h", "7d", "30d")] == [1000.0, 2000 + 6000 * 120 / 672, 8000.0]
    assert first["engagement_rate_at_24h_pct"] is None  # reposts are 0 once, and null after that
    assert [first[f"cpm_at_{age}"] for age in ("24h", "30d")] == [30.0, 3.75]
    assert first["share_at_24h_of_30d_pct"] == 12.5
    assert first["share_at_7d_of_30d_pct"] == pytest.approx(100 * first["views_at_7d"] / 8000)
    assert {second[name] for name in second if "_at_24h" in name} == {None}
    assert second["spend"] == 30.0


def test_reposts_are_left_out_where_a_video_never_reports_them() -> None:
    without = STEADY.with_columns(pl.when(pl.col("video_id") == "b").then("reposts").alias("reposts"))
    out = views_at_ages(without, "24h")
    assert out["engagement_rate_at_24h_pct"].to_list() == [11.0, None]
    assert out["engagement_parts"].to_list() == ["likes+comments", "likes+comments+reposts"]
    two = views_at_ages(STEADY, "24h", parts=("likes", "comments"))
    assert two["engagement_rate_at_24h_pct"].to_list() == [11.0, None]
    assert two["engagement_parts"].to_list() == ["likes+comments"] * 2
    assert views_at_ages(without, "24h", parts=("likes", "reposts"))["engagement_rate_at_24h_pct"].null_count() == 2


def test_ages_come_in_their_order_once_each_and_give_the_names() -> None:
    out = views_at_ages(STEADY, "3d", timedelta(hours=36), "3d", "90m")
    assert [name for name in out.columns if "_at_" in name] == [
        "views_at_90m",
        "views_at_36h",
        "views_at_3d",
        "engagement_rate_at_90m_pct",
        "engagement_rate_at_36h_pct",
        "engagement_rate_at_3d_pct",
        "share_at_90m_of_3d_pct",
        "share_at_36h_of_3d_pct",
    ]
    assert "cpm_at_3d" not in out.columns


def test_an_unknown_publication_a_premiere_and_a_long_gap_are_null() -> None:
    unknown = views_at_ages(published(("a", 0, 1, 1, 1, 1), ("a", 50, 9, 1, 1, 1), hour=None), "24h")
    assert unknown.select("views_at_24h", "engagement_parts").row(0) == (None, None)
    premiere = published(("a", -10, 50, 1, 1, 1), ("a", 30, 90, 1, 1, 1))
    assert views_at_ages(premiere, "24h")["views_at_24h"].item() is None
    gap = published(("a", 0, 0, 0, 0, 0), ("a", 96, 960, 0, 0, 0))
    assert views_at_ages(gap, "24h", max_gap="4d")["views_at_24h"].item() == 240.0
    assert views_at_ages(gap, "24h", max_gap="95h")["views_at_24h"].item() is None


def test_no_rate_cost_or_share_of_no_views() -> None:
    still = published(("a", 0, 0, 0, 0, 0), ("a", 24, 0, 3, 0, 0), ("a", 48, 0, 3, 0, 0)).with_columns(spend=5.0)
    out = views_at_ages(still, "24h", "48h", spend="spend").row(0, named=True)
    assert (out["views_at_24h"], out["engagement_rate_at_24h_pct"], out["cpm_at_24h"]) == (0.0, None, None)
    assert out["share_at_24h_of_2d_pct"] is None


def test_the_last_spend_of_a_video_counts_and_none_below_zero() -> None:
    spent = STEADY.filter(video_id="a").with_columns(spend=pl.Series([10.0, None, 40.0]))
    assert views_at_ages(spent, "24h", spend="spend")["cpm_at_24h"].item() == 40.0
    for odd in (-1.0, float("inf"), float("nan"), None):
        assert views_at_ages(STEADY.with_columns(spend=pl.lit(odd)), "24h", spend="spend")["cpm_at_24h"][0] is None


@pytest.mark.slow
@quick
@given(frame=frames(), age=st.sampled_from(["published", "tracked"]), gap=st.sampled_from([None, "30h"]))
def test_views_are_those_of_at_age_for_each_age(frame: pl.DataFrame, age: str, gap: str | None) -> None:
    out = views_at_ages(frame, "7h", "45h", "100h", age=age, max_gap=gap)
    for length in ("7h", "45h", "100h"):
        single = at_age(frame, length, age=age, max_gap=gap)
        assert out["video_id"].equals(single["video_id"])
        assert out[f"views_at_{length}"].equals(single["views"].alias(f"views_at_{length}"))


@pytest.mark.slow
@quick
@given(frame=frames())
def test_rates_are_those_of_lines_in_plain_fractions(frame: pl.DataFrame) -> None:
    out = views_at_ages(frame, "100h", "50h", parts=("likes", "comments"))
    for row, length in product(out.iter_rows(named=True), (50, 100)):
        start = row["published_at"]
        if start is None:
            assert row[f"views_at_{length}h"] is None
            continue
        at = start + timedelta(hours=length)
        views, *parts = (
            line([point for point in points(frame, row["video_id"], count) if point[0] >= start], at)
            for count in ("views", "likes", "comments")
        )
        known = views is not None and views > 0 and None not in parts
        rate = 100 * sum(part for part in parts if part is not None) / views if known and views else None
        most_views, *most = (
            frame.filter(video_id=row["video_id"])[count].max() or 0 for count in ("views", "likes", "comments")
        )
        scale = float((100 * sum(most) + rate * most_views) / views) if rate is not None and views else 0.0
        assert close(row[f"views_at_{length}h"], views, scale=10**9)
        assert close(row[f"engagement_rate_at_{length}h_pct"], rate, scale=scale)


@pytest.mark.slow
@quick
@given(frame=frames())
def test_lazy_equals_eager_and_the_order_of_rows_is_irrelevant(frame: pl.DataFrame) -> None:
    expected = views_at_ages(frame, "24h", "90h")
    assert_frame_equal(views_at_ages(frame.lazy(), "24h", "90h").collect(), expected)
    assert_frame_equal(views_at_ages(frame.reverse(), "24h", "90h"), expected)


def test_other_columns_go_and_those_asked_for_stay() -> None:
    out = views_at_ages(STEADY.with_columns(creator=pl.lit("Ann"), other=1), "24h", keep="creator")
    assert "creator" in out.columns
    assert not {"other", "timestamp", "views"} & set(out.columns)


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(FrameError, match="an age is '1 day'"):
        views_at_ages(STEADY, "1 day")
    with pytest.raises(FrameError, match="views_at_ages accepts the ages 'published' and 'tracked'"):
        views_at_ages(STEADY, age="born")
    with pytest.raises(MissingColumnError, match="views_at_ages needs the column 'spend'"):
        views_at_ages(STEADY, spend="spend")
    with pytest.raises(FrameError, match="spend is String; it must be a number"):
        views_at_ages(STEADY.with_columns(spend=pl.lit("5")), spend="spend")
    with pytest.raises(FrameError, match="views_at_ages adds views_at_24h itself"):
        views_at_ages(STEADY.with_columns(views_at_24h=1), keep=["views_at_24h"])
