from __future__ import annotations

import polars as pl
import pytest
from answers import needs_shared
from metrics.readings import documented, readings
from metrics.real import trending

from influtics_lab.errors import FrameError
from influtics_lab.metrics import engagement_rate, incremental_engagement_rate, with_age
from influtics_lab.schema import COUNTS

ALL = "likes+comments+reposts"


def rates(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    return frame.select("engagements", "engagement_rate_pct", "engagement_parts").rows()


def test_the_documented_rates() -> None:
    out = engagement_rate(documented())
    assert out["engagement_rate_pct"].round(5).to_list() == [3.33974, 10.57796, 10.57781]
    assert out["engagement_rate_pct"][0] == pytest.approx(3.339736842105263, abs=1e-15)
    assert out["engagements"].to_list() == [63455, 96069, 96385]


def test_reposts_are_left_out_only_where_a_video_never_reports_them() -> None:
    frame = readings(
        ("never", 0, 100, 2, 1, None),
        ("never", 1, 200, 4, 2, None),
        ("once", 0, 100, 2, 1, None),
        ("once", 1, 100, 2, 1, 1),
        columns=COUNTS,
    )
    assert rates(engagement_rate(frame)) == [
        (3, 3.0, "likes+comments"),
        (6, 3.0, "likes+comments"),
        (None, None, None),
        (4, 4.0, ALL),
    ]


def test_missing_likes_or_comments_make_it_null_there_and_zero_is_not_missing() -> None:
    frame = readings(
        ("a", 0, 100, None, 1, 1),
        ("a", 1, 100, 2, None, 1),
        ("b", 2, 100, 0, 0, 0),
        columns=COUNTS,
    )
    assert rates(engagement_rate(frame)) == [(None, None, None), (None, None, None), (0, 0.0, ALL)]


def test_a_count_that_fell_to_zero_is_hidden_until_it_is_back() -> None:
    frame = readings(
        ("a", 0, 100, 2, 0, 1),
        ("a", 1, 100, 2, 6, 1),
        ("a", 2, 100, 2, 0, 1),
        ("a", 3, 100, 2, 0, 1),
        ("a", 4, 100, 2, 6, 1),
        columns=COUNTS,
    )
    assert [row[0] for row in rates(engagement_rate(frame))] == [3, 9, None, None, 9]
    assert engagement_rate(frame)["comments"].to_list() == [0, 6, 0, 0, 6]


def test_likes_that_are_zero_throughout_are_hidden_above_a_thousand_views_and_comments_are_not() -> None:
    frame = readings(
        ("hidden", 0, 900, 0, 5, None),
        ("hidden", 1, 1001, 0, 5, None),
        ("few", 0, 1000, 0, 5, None),
        ("quiet", 0, 10**6, 5, 0, 0),
        columns=COUNTS,
    )
    assert [row[0] for row in rates(engagement_rate(frame))] == [None, None, 5, 5]
    assert [row[0] for row in rates(engagement_rate(frame, ("comments",)))] == [5, 5, 5, 0]


def test_incremental_rate_looks_past_hidden_counts() -> None:
    frame = readings(("a", 0, 100, 10, 0, None), ("a", 1, 150, 0, 0, None), ("a", 2, 200, 20, 0, None), columns=COUNTS)
    out = incremental_engagement_rate(frame)["incremental_engagement_rate_pct"].to_list()
    assert out == [None, None, 10.0]


def test_views_that_are_null_or_not_above_zero_have_no_rate() -> None:
    frame = readings(("a", 0, None, 1, 1, 1), ("a", 1, 0, 1, 1, 1), ("a", 2, -5, 1, 1, 1), columns=COUNTS)
    assert rates(engagement_rate(frame)) == [(3, None, ALL)] * 3


def test_named_parts_are_used_exactly() -> None:
    frame = readings(("a", 0, 100, 2, 1, 7), ("b", 0, 100, 2, 1, None), columns=COUNTS)
    assert rates(engagement_rate(frame, ("comments", "likes"))) == [(3, 3.0, "likes+comments")] * 2
    assert rates(engagement_rate(frame, ("likes", "comments", "reposts"))) == [(10, 10.0, ALL), (None, None, None)]
    assert rates(engagement_rate(frame, "likes")) == [(2, 2.0, "likes")] * 2


def test_named_parts_need_no_other_columns() -> None:
    frame = documented().drop("reposts")
    out = engagement_rate(frame, ("likes", "comments"))
    assert out["engagement_rate_pct"].round(5).to_list() == [2.99911, 9.93184, 9.93218]


@pytest.mark.parametrize("parts", [(), ("views",), ("likes", "shares")])
def test_parts_that_are_none_are_refused_with_what_is_allowed(parts: tuple[str, ...]) -> None:
    with pytest.raises(FrameError, match="likes, comments, reposts"):
        engagement_rate(documented(), parts)


def test_a_sum_beyond_64_bits_is_null() -> None:
    frame = readings(("a", 0, 100, 2**62, 2**62, 0), ("a", 1, 100, 2**62, 5, 0), columns=COUNTS)
    assert engagement_rate(frame)["engagements"].to_list() == [None, 2**62 + 5]


def test_repeating_engagement_rate_replaces_its_columns() -> None:
    once = engagement_rate(documented())
    assert engagement_rate(once).equals(once)
    assert rates(engagement_rate(once, ("likes",)))[0] == (56500, pytest.approx(2.973684), "likes")


def test_incremental_rate_of_the_documented_video() -> None:
    out = incremental_engagement_rate(documented())["incremental_engagement_rate_pct"].to_list()
    assert out == [None, None, pytest.approx(100 * 316 / 3000)]


def test_incremental_rate_looks_back_to_the_last_reading_with_views_and_parts() -> None:
    frame = readings(
        ("a", 0, 100, 10, 0, None),
        ("a", 1, None, 15, 0, None),
        ("a", 2, 150, None, 0, None),
        ("a", 3, 200, 20, 0, None),
        ("a", 4, 200, 20, 0, None),
        ("a", 5, 190, 20, 0, None),
        ("a", 6, 240, 15, 0, None),
        columns=COUNTS,
    )
    out = incremental_engagement_rate(frame)["incremental_engagement_rate_pct"].to_list()
    assert out == [None, None, None, 10.0, None, None, -10.0]


def test_incremental_rate_adds_one_column() -> None:
    frame = documented()
    assert incremental_engagement_rate(frame).columns == [*frame.columns, "incremental_engagement_rate_pct"]


@needs_shared
def test_nine_of_ten_real_videos_lose_engagement_rate_as_they_age() -> None:
    """Videos first read before an age of 24 h and followed for three days or more, in the half that is there."""
    known = trending().with_columns(pl.col("timestamp").min().over("video_id").alias("created_at"))
    rates = known.pipe(engagement_rate).pipe(with_age).drop_nulls("engagement_rate_pct").sort("timestamp")
    rate, age = pl.col("engagement_rate_pct"), pl.col("age_hours")
    ends = rates.group_by("video_id").agg(
        age.first().alias("from"), age.last().alias("to"), (rate.last() / rate.first()).alias("kept")
    )
    young = ends.filter(pl.col("from").is_between(0, 24), pl.col("to") - pl.col("from") >= 72)
    fell, kept = (young["kept"] < 1).mean(), young["kept"].median()
    print(f"\n{young.height} videos, {fell:.1%} fell, median last / first {kept:.2f} | 547 videos, 90 %, 0.74")
    assert fell == pytest.approx(0.90, abs=0.01)
    assert kept == pytest.approx(0.78, abs=0.01)


def test_hidden_views_are_no_views_of_an_incremental_rate() -> None:
    rows = [("a", 0, 1000, 10, 0, 0), ("a", 1, 0, 15, 0, 0), ("a", 2, 2000, 30, 0, 0)]
    out = incremental_engagement_rate(readings(*rows, columns=COUNTS))
    assert out["incremental_engagement_rate_pct"].to_list() == [None, None, 2.0]
    assert out["views"].to_list() == [1000, 0, 2000]
